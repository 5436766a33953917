"""Emacs with Eglot against the real server."""

import os
import subprocess
import sys

import broken_files

broken_files.need_editor("emacs")
# -q and not -Q: Debian activates its Emacs packages, Eglot among them, from the site files.
HAS_EGLOT = ["emacs", "--batch", "-q", "--eval", "(kill-emacs (if (require 'eglot nil t) 0 1))"]
if subprocess.run(HAS_EGLOT, stdin=subprocess.DEVNULL, capture_output=True).returncode != 0:
    print("skipped: Emacs has no Eglot (Debian: elpa-eglot)")
    sys.exit(broken_files.SKIPPED)
DRIVER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "drive_emacs.el")
# Emacs 28 opens JSON in JavaScript's mode.
broken_files.run_editor("emacs", ["emacs", "--batch", "-q", "-l", DRIVER], ["semicolon.c", "comma.py"])
