"""Neovim's built-in client against the real server."""

import os

import broken_files

broken_files.need_editor("nvim")
DRIVER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "drive_neovim.lua")
broken_files.run_editor(
    "neovim", ["nvim", "--headless", "-u", "NONE", "-i", "NONE", "-n", "-c", f"luafile {DRIVER}"],
    ["semicolon.c", "comma.py", "comma.json"])
