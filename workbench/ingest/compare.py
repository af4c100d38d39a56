"""What a source changed: figures that are new, revised, final or gone."""

from __future__ import annotations

import numpy as np
import pandas as pd

from workbench.dataset.boundaries import count_once, units

#: Columns of the table of what changed.
CHANGES = ["municipality", "year", "change", "was", "now"]

_FIGURES = ["value", "numerator", "denominator"]

#: How far two numbers may be apart and still be the same, written with other decimals.
_SAME = 1e-9


def compare(
    ours: pd.DataFrame, theirs: pd.DataFrame, history: pd.DataFrame, boundaries: str, years: range
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the figures to publish from now on, and what changed.

    Parameters
    ----------
    ours, theirs : DataFrame
        municipality, year, value, numerator, denominator, status: figures as they are here and as
        the source has them now.
    history : DataFrame
        As `workbench.dataset.boundaries.harmonise` takes it.
    boundaries : str
        Of which year the measure's figures are: 'year', or a year.
    years : range
        Those that the source was asked for.

    Returns
    -------
    figures : DataFrame
        `theirs`, and what only `ours` has: a source that leaves out a year takes nothing away.
        Where it prints a figure under another number of the same municipality, that one is kept.
    changes : DataFrame
        municipality, year, change ('new', 'revised', 'gone', or 'final' and
        'preliminary' where only that changed), was, now.
    """
    ours, theirs = (_placed(rows, history, boundaries) for rows in (ours, theirs))
    key = ["unit", "year"]
    was, now = (count_once(rows, key).drop(columns="as_of") for rows in (ours, theirs))
    both = was.merge(now, on=key, how="outer", suffixes=("_was", ""))
    here, there = both["printed_was"].notna(), both["printed"].notna()
    same = [_same(both[f"{name}_was"], both[name]) for name in _FIGURES]
    before, after = both["status_was"].fillna(""), both["status"].fillna("")
    asked = both["year"].between(years.start, years.stop - 1)
    kinds = {
        "new": ~here & there,
        "gone": here & ~there & asked,
        "revised": here & there & ~np.all(same, axis=0),
        "final": there & (before != after) & (after == ""),
        "preliminary": there & (before != after),
    }
    both["change"] = pd.array(np.select(list(kinds.values()), list(kinds), ""), dtype="str")
    both["municipality"] = both["printed"].fillna(both["printed_was"])
    changes = both.rename(columns={"value_was": "was", "value": "now"})
    changes = changes.loc[changes["change"] != "", CHANGES]
    kept = ours[~pd.MultiIndex.from_frame(ours[key]).isin(pd.MultiIndex.from_frame(theirs[key]))]
    figures = pd.concat([theirs, kept]) if len(kept) else theirs
    order = ["municipality", "year"]
    figures = figures.rename(columns={"printed": "municipality"})
    figures = figures.sort_values(order, ignore_index=True)[[*order, *_FIGURES, "status"]]
    return figures, changes.sort_values(order, ignore_index=True)


def _placed(rows: pd.DataFrame, history: pd.DataFrame, boundaries: str) -> pd.DataFrame:
    """Return the figures with ``unit``, the number in use then for the number ``printed``."""
    years = rows["year"].astype("int64")
    rows = rows.assign(year=years, as_of=years if boundaries == "year" else int(boundaries))
    rows = rows.rename(columns={"municipality": "printed"})
    rows = rows.merge(units(rows, history), on=["printed", "as_of"], how="left")
    return rows.assign(unit=rows["unit"].fillna(rows["printed"]))


def _same(one: pd.Series, other: pd.Series) -> pd.Series:
    near = (one - other).abs() <= _SAME * one.abs().clip(lower=1.0)
    return near | (one.isna() & other.isna())
