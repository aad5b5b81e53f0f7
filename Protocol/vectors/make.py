#!/usr/bin/python3
"""Writes the vectors beside this file, and the examples of Protocol/README.md, by the rules in reference.py.

Run it without arguments after changing a case; `git diff` then shows what changed in the protocol. Nothing in it is random.
(promotion.json and normal-form.json are written by hand.)
"""

import json
import re
import sys
from pathlib import Path

sys.dont_write_bytecode = True

import cases_bundle  # noqa: E402
import cases_bytes  # noqa: E402
import cases_merge  # noqa: E402
import cases_wire  # noqa: E402

HERE = Path(__file__).parent
README = HERE.parent / "README.md"


def save(name, cases):
    lines = ",\n".join("  " + json.dumps(case, ensure_ascii=False, separators=(", ", ": ")) for case in cases)
    (HERE / f"{name}.json").write_text(f"[\n{lines}\n]\n", encoding="utf-8")
    print(f"{name}.json: {len(cases)} cases")


def fill(readme, examples):
    """Puts each example between its marker, `<!-- example: NAME -->`, and the end of the code block that follows."""
    def example(match):
        return f"<!-- example: {match[1]} -->\n```text\n{examples[match[1]].rstrip()}\n```\n"
    return re.sub(r"<!-- example: ([a-z-]+) -->\n```text\n.*?```\n", example, readme, flags=re.S)


if __name__ == "__main__":
    files = {**cases_bytes.files(), **cases_merge.files(), **cases_wire.files(), **cases_bundle.files()}
    for name, cases in files.items():
        save(name, cases)
    if README.exists():
        README.write_text(fill(README.read_text(encoding="utf-8"), {**cases_wire.examples(), **cases_bundle.examples()}), encoding="utf-8")
