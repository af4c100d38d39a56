"""Several municipalities over the years, each named where its line ends."""

from __future__ import annotations

import numpy as np
import pandas as pd

from workbench.charts.drawing import (
    INK,
    OWN,
    PEERS,
    TARGET,
    Scale,
    cut,
    drawing,
    labelled,
    scale_left,
    svg_of,
    write,
    years_below,
)

#: Colours of the others: told apart without colour vision (after Okabe and Ito), on light and dark.
_OTHERS = (TARGET, "#0b8a66", "#b0609a", "#8f7200", "#4a90c2", PEERS)

#: Size of the picture (inches), and of that the height of the axes and of a name (points).
_SIZE, _HEIGHT, _NAME = (5.8, 3.2), 195.0, 11.0


def lines_chart(rows: pd.DataFrame, *, own: str, name: str, alt: str, scale: Scale) -> str:
    """Return a line per municipality, with its name at the end; the own one is drawn thick.

    Parameters
    ----------
    rows : DataFrame
        label, year, value; ascending by year.
    own : str
        The label that is drawn on top.
    name, alt : str
        For the ids and the text alternative.
    """
    import seaborn as sns

    others = [label for label in dict.fromkeys(rows["label"]) if label != own]
    colours = {label: _OTHERS[at % len(_OTHERS)] for at, label in enumerate(others)} | {own: OWN}
    with drawing(*_SIZE) as (figure, axes):
        for part, width in ((rows["label"] != own, 1.4), (rows["label"] == own, 2.6)):
            if not part.any():  # seaborn would warn of a palette for nobody
                continue
            sns.lineplot(
                rows[part],
                x="year",
                y="value",
                hue="label",
                style="label",
                palette=colours,
                markers=dict(zip([own, *others], "oDs^vPX" * (1 + len(others) // 7), strict=False)),
                dashes=False,
                markersize=4.5,
                linewidth=width,
                errorbar=None,
                legend=False,
                ax=axes,
            )
        axes.set(xlabel="", ylabel="")
        years_below(axes, int(rows["year"].min()), int(rows["year"].max()))
        scale_left(axes, scale)
        ends = rows.drop_duplicates("label", keep="last").sort_values("value")
        low, high = axes.get_ylim()
        at = (ends["value"].to_numpy() - low) / (high - low) * _HEIGHT
        for end, height, apart in zip(ends.itertuples(), at, _apart(at), strict=True):
            text, place, mine = cut(str(end.label), 24), (end.year, end.value), end.label == own
            colour = OWN if mine else INK
            write(axes, text, place, (7, apart - height), mine, va="center", color=colour)
        return labelled(svg_of(figure), name, alt)


def _apart(heights: np.ndarray) -> np.ndarray:
    """Return ascending heights moved as little as it takes for names not to touch."""
    steps = np.arange(len(heights)) * _NAME
    # The nearest ascending heights, once each step is taken off (pool adjacent violators).
    blocks: list[tuple[float, int]] = []
    for height in heights - steps:
        blocks.append((float(height), 1))
        while len(blocks) > 1 and blocks[-2][0] > blocks[-1][0]:
            (right, many), (left, few) = blocks.pop(), blocks.pop()
            blocks.append(((right * many + left * few) / (many + few), many + few))
    return np.concatenate([np.full(count, mean) for mean, count in blocks]) + steps
