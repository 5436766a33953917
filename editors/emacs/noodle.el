;;; noodle.el --- noodle-lsp through Eglot -*- lexical-binding: t -*-

;; Package-Requires: ((emacs "28.1") (eglot "1.9"))
;; SPDX-License-Identifier: MIT

;;; Commentary:

;; noodle-lsp finds broken syntax while you type and offers the repair.  Put
;; this file on the load path and add to your init file:
;;
;;     (require 'noodle)
;;     (noodle-setup)                ; or only some: (noodle-setup "c" "json")
;;     (add-hook 'python-mode-hook #'eglot-ensure)
;;
;; Eglot talks to one server per buffer, so noodle-lsp takes the place of the
;; server that a mode had before.  A repair is an ordinary code action (M-x
;; eglot-code-actions).  JSON needs a mode of its own: Emacs 29 and newer have
;; one, on Emacs 28 the package json-mode brings it.

;;; Code:

(require 'cl-lib)
(require 'eglot)

(defgroup noodle nil
  "Broken syntax found and repaired."
  :group 'tools)

(defcustom noodle-command '("noodle-lsp" "--stdio")
  "The language server and its arguments."
  :type '(repeat string))

(defconst noodle-modes
  '(("c" c-mode c-ts-mode)
    ("python" python-mode python-ts-mode)
    ("json" json-mode json-ts-mode js-json-mode)
    ("typescriptreact" tsx-ts-mode)
    ("typescript" typescript-mode typescript-ts-mode)
    ("javascript" js-mode js-ts-mode js2-mode)
    ("go" go-mode go-ts-mode)
    ("rust" rust-mode rust-ts-mode)
    ("java" java-mode java-ts-mode))
  "The protocol's name of each language, then its major modes.
JSON stands before JavaScript, because its modes are derived from `js-mode'.")

;;;###autoload
(defun noodle-setup (&rest languages)
  "Let Eglot start noodle-lsp for LANGUAGES, or for all of `noodle-modes'."
  (dolist (language languages)
    (unless (assoc language noodle-modes)
      (user-error "No language %s; there are %s" language (mapconcat #'car noodle-modes ", "))))
  ;; Pushed in reverse, so that they end up in the order of the table.  One entry per language: a server of Eglot 1.9
  ;; has one language.
  (cl-loop for (language . modes) in (reverse noodle-modes)
           when (or (null languages) (member language languages))
           do (push (cons (cl-loop for mode in modes collect (list mode :language-id language))
                          (lambda (&rest _) noodle-command))
                    eglot-server-programs)))

(provide 'noodle)
;;; noodle.el ends here
