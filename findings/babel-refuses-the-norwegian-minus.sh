#!/usr/bin/env bash
# One would expect: Babel writes negative numbers with the sign that it gives for the language itself (U+2212 in
# Bokmål, Nynorsk, Swedish and Finnish), and reads a number that is written so.
# What happens: numbers, percentages and amounts get a hyphen, which the line may be broken after, and
# parse_decimal refuses the language's own sign, strict or not.
# Why it matters: a pace of "-0,4" that is typed as it stands in print, with a minus sign, is no number.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check babel==2.19.0
"$work/venv/bin/python" - <<'PY'
import babel
from babel.numbers import (
    NumberFormatError,
    format_decimal,
    format_percent,
    get_minus_sign_symbol,
    parse_decimal,
)

print("babel", babel.__version__)
for language in ("nb_NO", "nn_NO", "sv_SE", "fi_FI"):
    sign = get_minus_sign_symbol(language)
    written = format_decimal(-0.4, locale=language), format_percent(-0.4, locale=language)
    try:
        read = parse_decimal(f"{sign}0,4", locale=language)
    except NumberFormatError as error:
        read = f"refused: {error}"
    print(language, ascii(sign), *map(ascii, written), ascii(read))
    assert sign == "\u2212"
    assert all(text.startswith("-") for text in written)
    assert str(read).startswith("refused")
assert float(parse_decimal("-0,4", locale="nb_NO")) == -0.4
PY
