#!/usr/bin/env bash
# One would expect: papermill -p municipality 0301 and -y "municipality: 0301" hand the number of Oslo to
# a notebook whose parameter is the text "3201".
# What happens: -p hands over the integer 301, and -y the integer 193, since YAML 1.1 reads a number that
# starts with zero as octal. Neither warns; only -r keeps the text. A number without a leading zero
# (4204) becomes an integer, too, and one such as 1E05 a hundred thousand.
# Why it matters: a run over all municipalities makes the page of another place, or of none, for every
# number that starts with zero. Use -r for numbers that are names.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check papermill==2.7.0
cd "$work"
venv/bin/python - <<'PY'
from nbformat import write
from nbformat.v4 import new_code_cell, new_notebook

cell = new_code_cell('municipality = "3201"', metadata={"tags": ["parameters"]})
about = {"name": "python3", "display_name": "", "language": "python"}
write(new_notebook(cells=[cell], metadata={"kernelspec": about}), "in.ipynb")
PY
handed() {  # what the notebook is given
    venv/bin/papermill --prepare-only in.ipynb out.ipynb "$@" 2>/dev/null
    venv/bin/python -c 'import nbformat; print(nbformat.read("out.ipynb", 4).cells[1].source.split("\n")[1])'
}
venv/bin/papermill --version
for way in "-p municipality 0301" "-y municipality:@0301" "-p municipality 1E05" "-r municipality 0301"; do
    read -r -a words <<< "$way"
    echo "${way/@/ }  gives  $(handed "${words[@]/@/ }")"
done
[ "$(handed -p municipality 0301)" = "municipality = 301" ]
[ "$(handed -y "municipality: 0301")" = "municipality = 193" ]
[ "$(handed -p municipality 1E05)" = "municipality = 100000.0" ]
[ "$(handed -r municipality 0301)" = 'municipality = "0301"' ]
