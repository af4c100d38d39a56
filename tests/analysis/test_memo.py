"""What is made once for the same figures and code."""

from dataclasses import replace

import pytest

from workbench.analysis import memo
from workbench.dataset import Dataset
from workbench.storage import cache, hashing


def test_what_is_kept_belongs_to_all_tables_and_all_code(
    data: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache, "cached", lambda key, make, **_: (key, make()))
    usual, made = memo.cached(data, "word", lambda: 7)
    assert made == 7
    assert memo.cached(data, "word", lambda: 7)[0] == usual
    assert memo.cached(data, "other", lambda: 7)[0] != usual
    for table in ("observations", "targets", "breaks", "measures"):
        shorter = replace(data, **{table: getattr(data, table).iloc[1:]})
        assert memo.cached(shorter, "word", lambda: 7)[0] != usual
    monkeypatch.setattr(hashing, "program", lambda: "other code")
    assert memo.cached(data, "word", lambda: 7)[0] != usual
