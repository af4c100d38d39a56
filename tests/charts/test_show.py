"""Figures of other programs, shown with a text alternative."""

from unittest.mock import patch

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
import seaborn as sns
from bs4 import BeautifulSoup
from matplotlib.figure import Figure

import workbench as wb


@pytest.fixture(autouse=True)
def _without_a_window() -> None:
    plt.switch_backend("agg")


def displayed(figure: object, **words: str) -> BeautifulSoup:
    """Return what a cell shows of a figure."""
    with patch("IPython.display.display") as shown:
        wb.show(figure, **words)
    (piece,) = shown.call_args.args
    return BeautifulSoup(piece._repr_html_(), "html5lib")


def drawings() -> dict[str, object]:
    frame = pd.DataFrame({"x": [1, 2, 3], "y": [3, 4, 1], "kind": list("aab")})
    figure = Figure()
    figure.subplots().plot([1, 2])
    return {
        "a figure of no window": figure,
        "seaborn's axes": sns.lineplot(frame, x="x", y="y"),
        "seaborn's grid": sns.relplot(frame, x="x", y="y", col="kind"),
        "seaborn's cluster map": sns.clustermap(np.array([[1.0, 2], [3, 4]])),
        "pandas' axes": frame.plot(x="x", y="y"),
        "pandas' many axes": frame.plot(subplots=True),
        "pyplot's figure and axes": plt.subplots(),
    }


@pytest.mark.parametrize("kind", drawings())
def test_a_figure_is_a_picture_with_words_and_is_closed(kind: str) -> None:
    plt.close("all")
    found = displayed(drawings()[kind], alt='Mer & "mindre"', caption="Tre <år>")
    (title,) = found.select("figure > figcaption ~ * svg > title")
    assert title.get_text() == 'Mer & "mindre"'
    assert found.select_one("figcaption").get_text() == "Tre <år>"  # type: ignore[union-attr]
    picture = found.select_one("svg")
    assert picture is not None and picture["role"] == "img"
    assert picture["aria-labelledby"] == title["id"]


def test_it_closes_its_own_figure_alone() -> None:
    plt.close("all")
    kept, shown = plt.figure(), plt.figure()
    displayed(shown, alt="tom")
    assert plt.get_fignums() == [kept.number]


def test_the_same_figure_has_the_same_bytes() -> None:
    one, two = (displayed(sns.barplot(x=["a"], y=[1]), alt="en") for _ in range(2))
    assert str(one) == str(two)


def test_thousands_of_dots_are_pixels() -> None:
    at = np.arange(20_000)
    found = displayed(sns.scatterplot(x=at, y=at % 7), alt="prikker")
    (image,) = found.select("figure > img")
    assert image["alt"] == "prikker" and not found.select("svg")
    assert str(image["src"]).startswith("data:image/png;base64,")


@pytest.mark.parametrize("alt", ["", "  "])
def test_a_figure_without_words_is_refused_and_told_how(alt: str) -> None:
    with pytest.raises(wb.UsageError, match=r"wb\.show\(figure, alt='what it shows'\)"):
        wb.show(sns.lineplot(x=[1], y=[1]), alt=alt)


@pytest.mark.parametrize("value", [None, 3, "bilde.png", pd.DataFrame({"a": [1]}), []])
def test_what_is_no_figure_is_refused(value: object) -> None:
    with pytest.raises(wb.UsageError, match=r"takes a figure of matplotlib, seaborn or pandas"):
        wb.show(value, alt="noe")
