"""Where every series is heading, in as many digits as can be known, and whether that is enough."""

from __future__ import annotations

import numpy as np
import pandas as pd

from workbench.analysis.projection import ENOUGH, at_end, has_chance, project
from workbench.analysis.trend import newest_level
from workbench.dataset import Dataset

#: The year of the UN goals, to which series are projected.
HORIZON = 2030

#: From and up to which chance a target is called likely and unlikely to be reached.
LIKELY, UNLIKELY = 0.8, 0.2

#: Why no chance of reaching a target is stated: there is none, its year is over, there are fewer
#: than 5 figures, they share years, are all the same, the target is an end of the scale, the newest
#: figure is too old, or the series ended before a break, so that no other municipality says
#: anything of it. `record.withhold` adds 'missed' and 'unproven'.
SILENT = ("no target", "over", "too few", "overlapping", "unchanged", "end", "old", "ended")

#: Nothing is projected from a figure more than so many years older than the newest of all.
TOO_OLD = 6

_SERIES = ["measure", "municipality"]

#: What `round_to_uncertainty` rounds.
_STATED = ["projected", "low80", "high80", "low95", "high95"]

#: Up to here every whole number is a float.
_EXACT = 2.0**53


def outlook(
    data: Dataset, trends: pd.DataFrame, goals: pd.DataFrame, horizon: int = HORIZON
) -> pd.DataFrame:
    """Return where every series is heading and how likely it reaches its target.

    Series are as `trend` returns them, with the primary targets of `distance`; they are projected
    to `horizon` where a target sets no year, or one that the figures have reached.

    Returns
    -------
    DataFrame
        A row per series: measure, municipality, to_year, projected (median), low80, high80, low95,
        high95 (unit of the measure, by `round_to_uncertainty`; missing where there is no
        projection), years_ahead (from the newest figure), withheld ('old' where that is too old to
        project from, else ''), wide (whether low80 to high80 says next to nothing, see `_wide`),
        chance (0 to 1, in hundredths, of the target being met in its year), reason (why no chance
        is stated, see `SILENT`; '' where it is) and verdict:

        'met'
            the target is met now and more likely than not when its year comes.
        'likely', 'open', 'unlikely'
            the chance is at least 80 %, between, or at most 20 %.
        'away'
            unlikely, and heading away from the target.
        'unknown'
            there is a target, but too little is known to state a chance.
        ''
            there is no target, or the figures have reached its year.
    """
    rows = trends[[*_SERIES, "n", "last", "last_year"]].merge(
        goals[[*_SERIES, "target", "met", "year"]], on=_SERIES, how="left"
    )
    year = rows["year"].astype("Float64").astype("float64")
    over = (year <= rows["last_year"]).to_numpy()
    to_year = year.mask(over).fillna(horizon).set_axis(pd.MultiIndex.from_frame(rows[_SERIES]))
    aims = goals[[*_SERIES, "target"]]
    ahead = project(data.observations, data.measures, data.breaks, to_year, aims)
    rows = rows.merge(ahead, on=_SERIES, how="left").astype({"to_year": "float64"})
    rows["years_ahead"] = rows["to_year"] - rows["last_year"]
    old = data.observations["year"].max() - rows["last_year"] > TOO_OLD
    rows["withheld"] = np.where(old & rows["projected"].notna(), "old", "")
    about = data.measures.set_index("measure").loc[rows["measure"]]
    direction = about["direction"].to_numpy()
    moved = rows["moved"].eq(True).to_numpy(dtype=bool)
    may = has_chance(rows["n"], pd.Series(about["window"].to_numpy()), pd.Series(moved))
    chance = rows["chance_above"].where(direction > 0, 1 - rows["chance_above"]).round(2)
    closer = direction * (rows["projected"] - rows["last"])
    bounds = about["lower_bound"].to_numpy(), about["upper_bound"].to_numpy()
    rows[_STATED] = round_to_uncertainty(rows[_STATED]).clip(*bounds, axis=0)
    end = at_end(rows["target"], *bounds)
    rows.loc[old, _STATED] = np.nan
    rows["chance"] = chance.where(may & ~over & ~end & ~old)
    causes = [
        rows["target"].isna(),
        over,
        rows["n"] < ENOUGH,
        about["window"].to_numpy() > 1,
        rows["projected"].notna() & ~moved,
        end,
        rows["withheld"] == "old",
        rows["projected"].isna(),
    ]
    rows["reason"] = np.select(causes, SILENT, default="")
    met = rows["met"].eq(True).to_numpy(dtype=bool)
    rows["verdict"] = np.select(
        [
            rows["target"].isna() | over,
            rows["chance"].isna(),
            met & (rows["chance"] >= 0.5),
            rows["chance"] >= LIKELY,
            rows["chance"] > UNLIKELY,
            closer < 0,
        ],
        ["", "unknown", "met", "likely", "open", "away"],
        default="unlikely",
    )
    rows["wide"] = _wide(rows, newest_level(data.observations, data.breaks), about["aggregation"])
    columns = ["to_year", *_STATED, "years_ahead", "withheld", "wide", "chance"]
    return rows[[*_SERIES, *columns, "reason", "verdict"]]


def round_to_uncertainty(rows: pd.DataFrame) -> pd.DataFrame:
    """Return projections in as many digits as their uncertainty allows.

    An uncertainty is stated with at most two significant digits, and the estimate to the same
    place: JCGM 100:2008 (Guide to the Expression of Uncertainty in Measurement), 7.2.6. The
    uncertainty is half the width of the 95 % interval. Where rounding itself lifts it to the next
    power of ten, the coarser place is taken, so that rounding again changes nothing.

    Parameters
    ----------
    rows : DataFrame
        projected, low80, high80, low95, high95 (any unit). A row is left as it is where the
        interval has no width, or where the place is beyond the digits of a float.
    """
    low, high, values = rows["low95"].to_numpy(), rows["high95"].to_numpy(), rows.to_numpy()
    with np.errstate(all="ignore"):  # an interval without width has no place
        place = _second_digit((high - low) / 2)
        lifted = _second_digit((_rounded(high, place) - _rounded(low, place)) / 2)
        place = np.fmax(place, lifted)
        digits = np.fmax(np.abs(low), np.abs(high)) * 10.0**-place
        fit = (high > low) & (digits < _EXACT)
        rounded = np.where(fit[:, None], _rounded(values, place[:, None]), values)
    return pd.DataFrame(rounded, index=rows.index, columns=rows.columns)


def _second_digit(width: np.ndarray) -> np.ndarray:
    """Return the place of the second significant digit, as a power of ten: 0.012 gives -3."""
    return np.floor(np.log10(width)) - 1


def _rounded(values: np.ndarray, place: np.ndarray) -> np.ndarray:
    """Return the values rounded to 10 to the power of `place`, each the float nearest to that."""
    unit = 10.0 ** np.abs(place)
    # Dividing a whole number by a power of ten is exact; multiplying by 0.1 is not.
    whole = np.where(place < 0, np.rint(values * unit) / unit, np.rint(values / unit) * unit)
    return whole + 0.0  # never minus zero


def _wide(rows: pd.DataFrame, figures: pd.DataFrame, aggregation: pd.Series) -> pd.Series:
    """Return whether an 80 % interval is more than twice as wide as all that was ever seen.

    That is the range of all figures of the measure; for sums, which grow with size, the interval
    is wider than four times the newest figure.
    """
    seen = figures.groupby("measure")["value"].agg(["min", "max"])
    span = rows["measure"].map(seen["max"] - seen["min"])
    limit = (2 * span).where(aggregation.to_numpy() != "sum", 4 * rows["last"])
    return rows["high80"] - rows["low80"] > limit
