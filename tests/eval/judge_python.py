"""judge_python: answers each JSON line {"text"} with true when Python's own parser accepts the text."""

import ast
import json
import sys
import warnings


def accepted(text):
    try:
        ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def main():
    warnings.simplefilter("ignore")
    for line in sys.stdin.buffer:
        print(json.dumps(accepted(json.loads(line)["text"])), flush=True)


main()
