;;; drive_emacs.el --- one broken file through Eglot -*- lexical-binding: t -*-

;;; Commentary:
;; Uses the set-up that users get (editors/emacs/noodle.el).  The environment
;; names the server, the file and where to write what was seen; see
;; broken_files.py.

;;; Code:

(require 'json)
(require 'project)
(require 'flymake)
(add-to-list 'load-path (expand-file-name "editors/emacs" (getenv "NOODLE_ROOT")))

(defvar drive-patience-s 20)
(defvar drive-seen (list :diagnostics [] :actions []))

(defun drive-note (key value)
  (setq drive-seen (plist-put drive-seen key value)))

(defun drive-wait (what condition)
  "Let filters and timers run until CONDITION holds; WHAT is for the message."
  (with-timeout (drive-patience-s (error "Timed out: %s" what))
    (while (not (funcall condition))
      (accept-process-output nil 0.01))))

(defun drive-place (diagnostic)
  "Where the server put DIAGNOSTIC, read by Eglot.
Flymake's own region is no measure: it widens an empty one to the next word."
  (let ((sent (alist-get 'eglot-lsp-diag (eglot--diag-data diagnostic))))
    (eglot--lsp-position-to-point (plist-get (plist-get sent :range) :start))))

(defun drive-describe (diagnostic)
  (save-excursion
    (goto-char (drive-place diagnostic))
    (list :line (1- (line-number-at-pos))
          :before (buffer-substring-no-properties (line-beginning-position) (point))
          :message (flymake-diagnostic-text diagnostic))))

(defun drive-wait-for-place ()
  "Wait for one diagnostic where it belongs, and note what is there.
The first ones come before repairs are searched, the final ones tell the place."
  (with-timeout (drive-patience-s nil)
    (while (not (and (= 1 (length (flymake-diagnostics)))
                     (equal (getenv "NOODLE_BEFORE")
                            (plist-get (drive-describe (car (flymake-diagnostics))) :before))))
      (accept-process-output nil 0.01)))
  (drive-note :diagnostics (vconcat (mapcar #'drive-describe (flymake-diagnostics))))
  (unless (flymake-diagnostics)
    (error "No diagnostic")))

(defun drive-connect ()
  "Start the server that noodle.el registered for this buffer's mode.
Eglot asks for a project; outside version control the folder is one."
  (add-hook 'project-find-functions (lambda (folder) (cons 'transient folder)))
  (setq noodle-command (list (getenv "NOODLE_LSP") "--stdio"))
  (noodle-setup)
  (apply #'eglot (eglot--guess-contact))
  (drive-wait "the connection" #'eglot-managed-p))

(defun drive-apply-first-action (diagnostic)
  "Take the first entry of the menu at DIAGNOSTIC, as a user would.
Batch mode has no events, so the menu is told that the keyboard asked for it."
  (let ((beg (flymake-diagnostic-beg diagnostic))
        (end (flymake-diagnostic-end diagnostic))
        (last-nonmenu-event t)
        (completing-read-function
         (lambda (_prompt collection &rest _)
           (let ((titles (all-completions "" collection)))
             (drive-note :actions (vconcat titles))
             (car titles)))))
    (goto-char beg)
    (eglot-code-actions beg end nil t)))

(defun drive ()
  (setq create-lockfiles nil make-backup-files nil
        eglot-sync-connect drive-patience-s
        eglot-confirm-server-initiated-edits nil
        flymake-no-changes-timeout 0.05)
  (require 'eglot)
  (require 'noodle)
  (find-file (getenv "NOODLE_FILE"))
  (drive-connect)
  (drive-wait-for-place)
  (let ((before (buffer-string)))
    (drive-apply-first-action (car (flymake-diagnostics)))
    (drive-wait "the repair" (lambda () (not (equal before (buffer-string))))))
  ;; Idle timers never fire in batch mode, so the change is sent by hand.
  (eglot--signal-textDocument/didChange)
  (drive-wait "clear diagnostics" (lambda () (null (flymake-diagnostics))))
  (drive-note :text (buffer-string))
  (drive-note :left (length (flymake-diagnostics)))
  (save-buffer)
  (eglot-shutdown (eglot-current-server)))

(condition-case problem
    (drive)
  (error (drive-note :error (error-message-string problem))))
(let ((coding-system-for-write 'utf-8-unix))
  (write-region (json-encode drive-seen) nil (getenv "NOODLE_SEEN")))
;; A failed run must not hang on questions about the server or the buffer.
(setq kill-emacs-hook nil kill-emacs-query-functions nil)
(dolist (process (process-list))
  (set-process-query-on-exit-flag process nil))
(kill-emacs 0)
;;; drive_emacs.el ends here
