#!/usr/bin/env bash
# One would expect that a <figure> with a <figcaption> and an SVG with a text alternative becomes, in
# Chromium's tagged PDF, one Figure with that alternative.
# What happens: the figure element becomes a Figure without alternative around another Figure that
# has it, and a link gets no description (/Contents), with or without aria-label.
# Why it matters: PDF/UA wants an alternative for every Figure and a description for every link. The
# role that would help, <figure role="group">, is an error in HTML as soon as there is a caption.
set -euo pipefail
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
browser="$(command -v chromium || command -v chromium-browser || command -v google-chrome)"
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check pypdf==7.1.0

cat > "$folder/page.html" <<'HTML'
<!DOCTYPE html>
<html lang="en"><title>T</title><main><h1>T</h1>
<figure><figcaption>One</figcaption>
<svg role="img" aria-label="A square" width="9" height="9"><rect width="9" height="9"/></svg></figure>
<div role="group"><p>Two</p>
<svg role="img" aria-label="A dot" width="9" height="9"><circle cx="5" cy="5" r="4"/></svg></div>
<p><a href="https://example.org/" aria-label="Described">Link</a></p></main></html>
HTML
"$browser" --headless --disable-gpu --no-sandbox --no-pdf-header-footer \
    --user-data-dir="$folder/profile" --print-to-pdf="$folder/page.pdf" \
    "file://$folder/page.html" 2>"$folder/log" || { cat "$folder/log"; exit 1; }
"$browser" --version

"$folder/venv/bin/python" - "$folder/page.pdf" <<'PYTHON'
import sys

import pypdf

read = pypdf.PdfReader(sys.argv[1])


def walk(node, inside=""):
    below = node.get("/K", [])
    for child in below if isinstance(below, list) else [below]:
        child = child.get_object()
        if isinstance(child, dict) and "/S" in child:
            if child["/S"] == "/Figure":
                yield child.get("/Alt"), inside
            yield from walk(child, child["/S"])


figures = list(walk(read.trailer["/Root"]["/StructTreeRoot"]))
links = [one.get_object().get("/Contents") for one in read.pages[0]["/Annots"]]
print("pypdf", pypdf.__version__)
print("figures, each with its alternative and the tag around it:", figures)
print("descriptions of links:", links)
seen = [None, "A square", "A dot"]
same = [alt for alt, _ in figures] == seen and figures[1][1] == "/Figure"
if not same or links != [None]:
    sys.exit("This has changed: see what the top of this file says.")
print("As seen before: a Figure without alternative around one that has it, links undescribed.")
PYTHON
