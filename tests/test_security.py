"""SECURITY.md names what is there."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def test_each_guard_and_each_test_that_it_names_is_there() -> None:
    text = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
    rows = [line.split("|") for line in text.splitlines() if line.startswith("| ")][1:]
    assert len(rows) >= 8
    for *_, guards, tests, _ in rows:
        for column, folder in ((guards, "workbench/"), (tests, "tests/")):
            named = re.findall(r"`([\w/]+\.py)`", column)
            assert named, rows
            missing = [name for name in named if not (ROOT / name).is_file()]
            assert not missing and all(name.startswith(folder) for name in named), missing


def test_it_is_one_page_and_named_by_the_readme() -> None:
    text = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
    assert len(text.split()) < 800
    assert "SECURITY.md" in (ROOT / "README.md").read_text(encoding="utf-8")
