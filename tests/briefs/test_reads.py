"""What a brief declares to read is what its notebook asks its view for."""

import json
from pathlib import Path
from typing import Any

import pytest

import workbench as wb
from workbench.batch.inputs import READS
from workbench.batch.notebooks import NOTEBOOKS, notebook
from workbench.dataset import Dataset

BRIEFS = [path for path in sorted(NOTEBOOKS.glob("0[1-6]_*.ipynb"))]

#: What a view finds, by what it reads for that.
FOUND = {"stands": "standing", "beside": "beside", "similar": "alike"}


@pytest.mark.parametrize("path", BRIEFS, ids=lambda path: path.stem)
def test_a_brief_finds_what_it_declares_to_read(data: Dataset, path: Path) -> None:
    reads = READS[notebook(path).brief]
    view = wb.view(data, "4003")
    names: dict[str, Any] = {"wb": wb, "view": view}
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        if cell["cell_type"] == "code" and not cell["metadata"].get("tags"):
            exec("".join(cell["source"]), names)
    found = {name: name in view.__dict__ for name in FOUND}
    assert found == {name: bool(getattr(reads, key)) for name, key in FOUND.items()}
