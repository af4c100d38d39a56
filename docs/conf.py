"""What `make docs` builds of the docstrings: pages for a browser, readable without a network."""

import json
from pathlib import Path

from sphinx.application import Sphinx

NOTEBOOKS = Path(__file__).resolve().parents[1] / "notebooks"

project = "Municipal workbench"
extensions = ["sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["site"]
default_role = "py:obj"  # a name between backticks is a link where the reference has it
napoleon_google_docstring = False
napoleon_use_rtype = False
autodoc_typehints = "none"  # the docstrings say the types, with shapes and units
autodoc_default_options = {"members": True, "member-order": "bysource"}
add_module_names = False
html_theme = "furo"
html_title = project
html_show_search_summary = False  # it would fetch pages, which a browser forbids of files
html_show_sphinx = html_show_sourcelink = html_copy_source = html_show_copyright = False


def listed(app: Sphinx, page: str, source: list[str]) -> None:
    """Put the titles of the notebooks, and the question behind each, at the end of their page."""
    if page != "notebooks":
        return
    for file in sorted(NOTEBOOKS.glob("*.ipynb")):
        first = "".join(json.loads(file.read_text(encoding="utf-8"))["cells"][0]["source"])
        title, _, lead = first.removeprefix("# ").partition("\n")
        text = lead.strip().replace("`", "``")
        source[0] += f"\n\n{title}\n{'-' * len(title)}\n\n``{file.name}``\n\n{text}\n"


def setup(app: Sphinx) -> None:
    """Have the page of the notebooks written from them."""
    app.connect("source-read", listed)
