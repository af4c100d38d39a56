"""Where a file is found in the JupyterLab that runs here."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

from markupsafe import Markup


def link(path: Path) -> Markup:
    """Return a link to a file: through JupyterLab if one serves its folder, else on the disk."""
    text = Markup('<a href="{}" target="_blank" rel="noopener">{}</a>')
    return text.format(href(path), path.name)


def href(path: Path) -> str:
    """Return the address of a file: of the server with the nearest root, else ``file://``."""
    path = path.resolve()
    known = [(Path(str(one["root_dir"])).resolve(), str(one["base_url"])) for one in _servers()]
    known = [(root, base) for root, base in known if path.is_relative_to(root)]
    if not known:
        return path.as_uri()
    root, base = max(known, key=lambda one: len(one[0].parts))
    return f"{base}files/{quote(path.relative_to(root).as_posix())}"


def _servers() -> list[dict[str, object]]:
    try:
        from jupyter_server.serverapp import list_running_servers
    except ImportError:
        return []
    return list(list_running_servers())
