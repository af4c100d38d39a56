#!/usr/bin/env bash
# One would expect: Norwegian number words of num2words to be "hundre" or "ett hundre", and "tusen" or
# "ett tusen": both nouns are neuter.
# What happens: it writes "en hundre" and "en tusen", also inside larger numbers and ordinals ("en
# hundrede"), for lang="no"; "en million" is right.
# Why it matters: sentences of a report that begin with a number need it in words.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check num2words==0.5.14
"$work/venv/bin/python" - <<'PY'
from importlib.metadata import version

from num2words import num2words

print("num2words", version("num2words"))
found = {number: num2words(number, lang="no") for number in (100, 101, 1000, 1100, 1_000_000)}
for number, words in found.items():
    print(number, words)
print("100 as an ordinal:", num2words(100, lang="no", to="ordinal"))
assert found[100] == "en hundre" and found[1000] == "en tusen"
assert found[1100] == "en tusen en hundre" and found[1_000_000] == "en million"
assert num2words(100, lang="no", to="ordinal") == "en hundrede"
PY
