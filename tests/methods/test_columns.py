"""A function of arrays takes single figures and columns, and gives back what it was given."""

from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest

from workbench.methods.columns import Column, columnwise, figures

pytestmark = pytest.mark.filterwarnings("error")


class Pair(NamedTuple):
    total: Column
    sign: Column


@columnwise
def both(a: Column, b: Column = 1.0, *, word: str = "up") -> Pair:
    return Pair(a + b, np.where(a > b, word, "no"))


def test_single_figures_give_plain_values() -> None:
    result = both(2, 3)
    assert result == Pair(5.0, "no")
    assert type(result.total) is float
    assert type(result.sign) is str


def test_columns_give_columns_with_their_index() -> None:
    result = both(pd.Series([1, None, 3], index=list("abc"), dtype="Int64"), 2)
    assert list(result.total.index) == ["a", "b", "c"]
    assert result.total.tolist() == pytest.approx([3, np.nan, 5], nan_ok=True)
    assert result.sign.tolist() == ["no", "no", "up"]


def test_arrays_and_lists_give_arrays() -> None:
    assert both([1, 2], b=[0, 5]).total.tolist() == [1, 7]
    assert both(np.ones((2, 2)), 1).total.shape == (2, 2)


def test_settings_are_handed_on() -> None:
    assert both(2, 1, word="more").sign == "more"


def test_columns_that_do_not_belong_together_are_refused() -> None:
    with pytest.raises(ValueError, match="indexes"):
        both(pd.Series([1, 2]), pd.Series([1, 2], index=[1, 2]))


@pytest.mark.parametrize("missing", [None, np.nan, pd.NA])
def test_missing_is_nan(missing: object) -> None:
    assert np.isnan(figures(missing))
    assert np.isnan(figures(pd.Series([missing, 1.0], dtype="Float64"))[0])
