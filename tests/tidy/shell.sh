#!/usr/bin/env bash
# Our shell scripts pass shellcheck, where it is installed.
set -eu
cd "$(dirname "$0")/../.."
if ! command -v shellcheck >/dev/null; then
    echo "shellcheck is not installed"
    exit 77
fi
find dev .ci tests -type f \( -name dev -o -path .ci/run -o -name '*.sh' \) -print0 | xargs -0 shellcheck
