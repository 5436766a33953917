"""broken_texts: broken texts with what they were before, as `dev eval` and model/rerank.py read them.

    python3 -m model.broken_texts CORPUS OUT_DIR [--part validation] [--count N] [--seed N]

Writes OUT_DIR/LANG.jsonl with id, lang, kind, category, broken, fixed and min_edits for each language of the corpus.
"""

import argparse
import json
import os
import sys

from model import corpus, features, samples

KIND = "made"


def texts(maker, language, count):
    """The first `count` broken texts that are whole in UTF-8."""
    found = []
    while len(found) < count:
        for source, _, mistake, broken, _, back in maker.batch()[0]:
            try:
                fixed_text, broken_text = (each.encode("latin-1").decode("utf-8") for each in (source.text, broken))
            except UnicodeDecodeError:
                continue  # a mistake inside of a character
            found.append({"id": f"{language}-{len(found)}", "lang": language, "kind": KIND, "category": mistake.kind,
                          "broken": broken_text, "fixed": fixed_text, "min_edits": int(back.edits)})
    return found[:count]


def main():
    parser = argparse.ArgumentParser(prog="broken_texts", description=__doc__.split("\n\n")[0])
    parser.add_argument("corpus", metavar="CORPUS")
    parser.add_argument("out", metavar="OUT_DIR")
    parser.add_argument("--part", choices=corpus.PARTS, default="validation")
    parser.add_argument("--count", type=int, default=400, metavar="N", help="texts of each language")
    parser.add_argument("--seed", type=int, default=1)
    features.add_server_option(parser)
    options = parser.parse_args()
    os.makedirs(options.out, exist_ok=True)
    stream = features.Stream(options.server)
    for language in samples.LANGUAGES:
        maker = samples.Maker(options.corpus, options.part, stream, options.seed, [language])
        path = os.path.join(options.out, f"{language}.jsonl")
        with open(path + ".new", "w", encoding="utf-8") as file:
            for text in texts(maker, language, options.count):
                file.write(json.dumps(text) + "\n")
        os.replace(path + ".new", path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
