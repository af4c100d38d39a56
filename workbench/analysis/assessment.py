"""Trend, distance to target and place among peers: frames in, frames out.

The plain version: yearly change as a random walk with drift, whose interval comes from the spread
of the yearly changes themselves. No text, no charts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
import pandas as pd

from workbench.analysis import verdicts
from workbench.analysis.projection import at_end, project, says_chance
from workbench.dataset import Dataset
from workbench.dataset.lookup import check_numbers
from workbench.errors import UsageError
from workbench.methods import distributions, multiple, trendtests
from workbench.storage import cache, hashing

#: Fewer figures than this carry no trend at all, and fewer than ENOUGH no word on certainty.
MINIMUM, ENOUGH = 3, 5

#: The year of the UN goals, to which series are projected.
HORIZON = 2030

#: From and up to which chance a target is called likely and unlikely to be reached.
LIKELY, UNLIKELY = 0.8, 0.2

T = TypeVar("T")

#: Why no chance of reaching a target is stated: there is none, its year is over, there are fewer
#: than 5 figures, they share years, are all the same, the target is an end of the scale, or the
#: series ended before a break, so that no other municipality tells of it.
SILENT = ("no target", "over", "too few", "overlapping", "unchanged", "end", "ended")

_SERIES = ["measure", "municipality"]

#: What `stated` rounds.
_STATED = ["projected", "low80", "high80", "low95", "high95"]

#: Up to here every whole number is a float.
_EXACT = 2.0**53


def trend(
    observations: pd.DataFrame, breaks: pd.DataFrame, measures: pd.DataFrame, level: float = 0.95
) -> pd.DataFrame:
    """Return the yearly change of every series, with its interval.

    A series is a random walk with drift observed at irregular years: the drift is
    ``(last - first) / span``; the interval is a t interval with n - 2 degrees of freedom from the
    spread of the changes around it, each weighted by the years it took. A fitted line would take
    the years as independent and be far too sure of short yearly series. Only figures from the
    newest series break on are used.

    Parameters
    ----------
    observations : DataFrame
        measure, municipality, year, value (unit of the measure), status; one row per series
        and year.
    breaks : DataFrame
        measure, year (the first of the new level).
    measures : DataFrame
        measure, direction (1, -1, 0), window (years that one value covers).
    level : float
        Nominal coverage of the interval.

    Returns
    -------
    DataFrame
        A row per measure and municipality: n, first_year, last_year, first, last, status (of the
        newest figure), broken_at (first year of the newest level, or missing), slope, low, high
        (unit of the measure per year), outcome:

        'too few'
            fewer than 3 figures; no slope.
        'short'
            3 or 4 figures; a slope, and nothing on how sure.
        'overlapping'
            values cover several years and share figures, so the interval would be too narrow;
            a slope and no interval.
        'unchanged'
            every figure is the same.
        'rising', 'falling'
            the interval is on one side of zero.
        'unclear'
            the interval holds zero.

        p (Mann and Kendall, two-sided; exact up to 10 figures without ties), sen, sen_low,
        sen_high (Sen's slope with its interval), and reading: 'better',
        'worse' or 'neutral' (direction 0) for 'rising' and 'falling',
        empty otherwise.

    Examples
    --------
    >>> import workbench as wb
    >>> data = wb.load()
    >>> rows = wb.trend(data.observations, data.breaks, data.measures)
    >>> row = rows.query("measure == 'low_income_share' and municipality == '3201'").iloc[0]
    >>> row[["n", "first", "last", "outcome"]].to_dict()
    {'n': 5, 'first': 8.5, 'last': 8.3, 'outcome': 'unclear'}
    """
    figures = newest_level(observations, breaks)
    return drift(figures, measures, level).merge(_tests(figures), on=_SERIES)


def drift(figures: pd.DataFrame, measures: pd.DataFrame, level: float = 0.95) -> pd.DataFrame:
    """Return what `trend` does of figures on one level each, without what ranks tell of them.

    Parameters
    ----------
    figures : DataFrame
        As `newest_level` returns them.
    measures : DataFrame
        measure, direction, window.
    level : float
        Nominal coverage of the interval.

    Returns
    -------
    DataFrame
        The columns of `trend` but p and those of Sen's slope.
    """
    figures = figures.sort_values([*_SERIES, "year"])
    # By its place among the series: comparing two names for every step would take longer.
    code, found = pd.MultiIndex.from_frame(figures[_SERIES]).factorize()
    series = found.set_names(_SERIES)
    keys = figures.groupby(code)
    rows = keys.agg(
        n=("year", "size"),
        first_year=("year", "first"),
        last_year=("year", "last"),
        first=("value", "first"),
        last=("value", "last"),
        broken_at=("broken_at", "first"),
    )
    rows["status"] = keys["status"].nth(-1).to_numpy()
    span = rows["last_year"] - rows["first_year"]
    slope = (rows["last"] - rows["first"]) / span.where(span > 0)

    steps = keys[["year", "value"]].diff()
    expected = slope.to_numpy()[code]
    squared = (steps["value"] - expected * steps["year"]) ** 2 / steps["year"]
    spread = squared.groupby(code).sum()
    freedom = (rows["n"] - 2).where(rows["n"] >= ENOUGH)
    error = np.sqrt(spread / freedom / span)
    half = error * distributions.t_ppf((1 + level) / 2, freedom)

    about = measures.set_index("measure").loc[series.get_level_values("measure")]
    overlapping = (about["window"] > 1).to_numpy()
    half = half.mask(overlapping)
    rows["slope"] = slope.where(rows["n"] >= MINIMUM)
    rows["low"], rows["high"] = slope - half, slope + half
    rows["outcome"] = np.select(
        [
            rows["n"] < MINIMUM,
            (spread == 0) & (slope == 0),
            rows["n"] < ENOUGH,
            overlapping,
            rows["low"] > 0,
            rows["high"] < 0,
        ],
        ["too few", "unchanged", "short", "overlapping", "rising", "falling"],
        default="unclear",
    )
    moved = rows["outcome"].map({"rising": 1, "falling": -1}).fillna(0)
    good = moved * about["direction"].to_numpy()
    rows["reading"] = np.select(
        [moved == 0, good > 0, good < 0], ["", "better", "worse"], default="neutral"
    )
    return rows.set_axis(series).reset_index()


def _tests(figures: pd.DataFrame) -> pd.DataFrame:
    """Return Mann-Kendall's p and Sen's slope with its interval, a row per series."""
    code, series = pd.MultiIndex.from_frame(figures[_SERIES]).factorize()
    columns = code, figures["year"], figures["value"]
    p = trendtests.mann_kendall(*columns)["p"]
    sen = trendtests.sen(*columns)[["slope", "low", "high"]].add_prefix("sen_")
    rows = pd.concat([p, sen], axis=1).rename(columns={"sen_slope": "sen"})
    return rows.set_axis(series.set_names(_SERIES)).reset_index()


def target_values(targets: pd.DataFrame, observations: pd.DataFrame) -> pd.DataFrame:
    """Return the targets that hold for each municipality, each as a value of its measure.

    A cut counts from the value of its base year. A cut of the numerator (emissions in tonnes) is
    divided by the newest denominator (residents), because the goal is for the total.
    A target without figures for its base year is left out.

    Returns
    -------
    DataFrame
        A row per measure, municipality with figures, and target: the columns of ``targets``,
        ``target`` (unit of the measure) and ``own`` (decided by the municipality itself). A
        municipality's own target, where it has one, is the primary one of its measure.
    """
    aimed = observations["measure"].isin(targets["measure"])
    figures = observations[aimed].sort_values("year")
    newest = figures.groupby(_SERIES, as_index=False)["denominator"].last()
    held = newest.merge(targets.rename(columns={"municipality": "decided_by"}), on="measure")
    held["own"] = held["decided_by"] == held["municipality"]
    held = held[held["own"] | held["decided_by"].isna()]
    base = figures[[*_SERIES, "year", "value", "numerator"]].rename(
        columns={"year": "base_year", "value": "base_value"}
    )
    held = held.merge(base, on=[*_SERIES, "base_year"], how="left")
    total = held["numerator"] / held["denominator"]
    start = held["base_value"].where(held["of"] == "value", total)
    cut = start * (1 - held["value"] / 100)
    held["target"] = held["value"].where(held["kind"] == "level", cut)
    decided = held.groupby(_SERIES)["own"].transform("any")
    held["primary"] = held["primary"].where(~decided | held["own"], "no")
    added = ["denominator", "numerator", "base_value", "decided_by"]
    return held[held["target"].notna()].drop(columns=added).reset_index(drop=True)


def distance(latest: pd.DataFrame, targets: pd.DataFrame, measures: pd.DataFrame) -> pd.DataFrame:
    """Return how far the newest figures are from their targets.

    Parameters
    ----------
    latest : DataFrame
        measure, municipality, last_year, last: the newest figures.
    targets : DataFrame
        As `target_values` returns them.
    measures : DataFrame
        measure, direction.

    Returns
    -------
    DataFrame
        The columns of `targets` and: last, last_year, gap (unit of the measure, above zero when
        the target is not reached), met, required (change per year from the newest figure to the
        target's year; missing when the year is over, is not set, or the target is met).

    Examples
    --------
    >>> import workbench as wb
    >>> from workbench.analysis.assessment import target_values
    >>> data = wb.load()
    >>> rows = data.observations.query("measure == 'low_income_share' and year == 2022")
    >>> newest = rows.rename(columns={"year": "last_year", "value": "last"})
    >>> targets = target_values(data.targets, data.observations)
    >>> gaps = wb.distance(newest, targets, data.measures).set_index("municipality")
    >>> gaps.loc["3201", ["target", "last", "met"]].to_dict()
    {'target': 4.25, 'last': 8.3, 'met': False}
    """
    rows = targets.merge(latest[[*_SERIES, "last", "last_year"]], on=_SERIES)
    direction = rows["measure"].map(measures.set_index("measure")["direction"])
    rows["gap"] = direction * (rows["target"] - rows["last"])
    rows["met"] = rows["gap"] <= 0
    years = (rows["year"] - rows["last_year"]).astype("Float64").astype("float64")
    rows["required"] = ((rows["target"] - rows["last"]) / years).where((years > 0) & ~rows["met"])
    return rows


def peer_range(
    observations: pd.DataFrame, measures: pd.DataFrame, peers: Sequence[str]
) -> pd.DataFrame:
    """Return what the peers' figures are, per measure and year.

    Measures that add up (residents, tonnes, decares) grow with the size of the municipality and
    are left out: they cannot be compared.

    Returns
    -------
    DataFrame
        measure, year, peers (how many have a figure), peers_low, peers_median, peers_high (unit
        of the measure). Preliminary figures count.
    """
    check_numbers(peers, observations["municipality"])
    sums = measures.loc[measures["aggregation"] == "sum", "measure"]
    figures = observations[observations["municipality"].isin(list(peers))]
    figures = figures[~figures["measure"].isin(sums)]
    return figures.groupby(["measure", "year"], as_index=False).agg(
        peers=("value", "size"),
        peers_low=("value", "min"),
        peers_median=("value", "median"),
        peers_high=("value", "max"),
    )


def outlook(
    data: Dataset, trends: pd.DataFrame, goals: pd.DataFrame, horizon: int = HORIZON
) -> pd.DataFrame:
    """Return where every series is heading and how likely it reaches its target.

    Parameters
    ----------
    data : Dataset
    trends : DataFrame
        As `trend` returns them.
    goals : DataFrame
        The primary target of each series, as `distance` returns it.
    horizon : int
        Year to project to where a target sets none, or one that the figures have reached.

    Returns
    -------
    DataFrame
        A row per series: measure, municipality, to_year, projected (median), low80, high80, low95,
        high95 (unit of the measure, rounded as `stated` does; missing where there is no
        projection), wide (whether low80 to high80 says next to nothing, see `_wide`), chance (0 to
        1, in hundredths, of the target being met in its year), reason (why no chance is stated,
        see `SILENT`; '' where it is) and verdict:

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
    about = data.measures.set_index("measure").loc[rows["measure"]]
    direction = about["direction"].to_numpy()
    moved = rows["moved"].eq(True).to_numpy(dtype=bool)
    may = says_chance(rows["n"], pd.Series(about["window"].to_numpy()), pd.Series(moved))
    chance = rows["chance_above"].where(direction > 0, 1 - rows["chance_above"]).round(2)
    closer = direction * (rows["projected"] - rows["last"])
    bounds = about["lower_bound"].to_numpy(), about["upper_bound"].to_numpy()
    rows[_STATED] = stated(rows[_STATED]).clip(*bounds, axis=0)
    end = at_end(rows["target"], *bounds)
    rows["chance"] = chance.where(may & ~over & ~end)
    causes = [
        rows["target"].isna(),
        over,
        rows["n"] < ENOUGH,
        about["window"].to_numpy() > 1,
        rows["projected"].notna() & ~moved,
        end,
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
    columns = ["to_year", "projected", "low80", "high80", "low95", "high95", "wide", "chance"]
    return rows[[*_SERIES, *columns, "reason", "verdict"]]


def stated(rows: pd.DataFrame) -> pd.DataFrame:
    """Return projections in as many digits as their uncertainty allows.

    An uncertainty is stated with at most two significant digits, and the estimate to the same
    place: JCGM 100:2008 (Guide to the Expression of Uncertainty in Measurement), 7.2.6. The
    uncertainty is half the width of the 95 % interval. Where rounding itself lifts it to the next
    power of ten, the coarser place is taken, so that rounding again changes nothing.

    Parameters
    ----------
    rows : DataFrame
        projected, low80, high80, low95, high95 (any unit).

    Returns
    -------
    DataFrame
        The same columns, each row rounded to one place. A row is left as it is where the interval
        has no width, or where the place is beyond the digits of a float.
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


def assess(
    data: Dataset,
    municipality: str,
    peers: str | Iterable[str],
    beside: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Return all that is said of a municipality, one row per measure with figures.

    Parameters
    ----------
    data : Dataset
    municipality : str
        A number of today or earlier, or a name.
    peers : str or iterable of str
        As `Dataset.numbers` takes them; the municipality itself is no peer.
    beside : DataFrame, optional
        `peer_range` of the peers, where it is known already.

    Returns
    -------
    DataFrame
        The columns of `trend`; q (p after Benjamini and Hochberg, over the series of this
        municipality with at least 5 figures); those of `peer_range` for the newest
        year; ``place`` ('better',
        'worse' or 'level' against the peers' median, empty when the measure has no direction or
        fewer than 3 peers have a figure for that year); those of `distance` for the primary
        target with the prefix ``target_``; those of `outlook`; and those of
        `verdicts.verdicts`, with the verdicts of one, two and three figures ago (``eurostat_1``
        to ``germany_3``). Every input of every verdict is a column.

    Examples
    --------
    >>> import workbench as wb
    >>> data = wb.load()
    >>> rows = wb.assess(data, "Bærum", data.group("u4ssc")).set_index("measure")
    >>> rows.loc["voter_turnout_storting", ["last", "peers", "place"]].to_dict()
    {'last': 86.2462, 'peers': 10, 'place': 'better'}
    """
    number = data.municipality(municipality)
    others = [peer for peer in data.numbers(peers) if peer != number]
    if beside is None:
        beside = peer_range(data.observations, data.measures, others)
    trends, goals = (_of(number, table) for table in trends_and_goals(data))
    now, before = (_of(number, table) for table in judgements(data))
    ahead = _of(number, projections(data))
    return _side_by_side(data, Parts(trends, goals, ahead, now, before), beside)


@dataclass(frozen=True)
class Parts:
    """What `assess` puts side by side for one municipality, each with a column measure.

    Attributes
    ----------
    trends, goals, ahead, now, before : DataFrame
        As `trend`, `distance` (primary targets), `outlook`, `verdicts.verdicts` and
        `verdicts.earlier` return them.
    """

    trends: pd.DataFrame
    goals: pd.DataFrame
    ahead: pd.DataFrame
    now: pd.DataFrame
    before: pd.DataFrame


def try_target(
    data: Dataset, municipality: str, measure: str, value: float, year: int, beside: pd.DataFrame
) -> tuple[pd.DataFrame, Parts]:
    """Return what `assess` would say of one measure if its target were another; nothing is kept.

    Parameters
    ----------
    data : Dataset
    municipality : str
        A number of today or earlier, or a name.
    measure : str
        One that the municipality has figures for.
    value : float
        The target (unit of the measure).
    year : int
        When it should be reached.
    beside : DataFrame
        `peer_range` of the peers.

    Returns
    -------
    DataFrame
        One row, as `assess` returns it; the target's scope and basis are missing.
    Parts
        What it was put together from.

    Raises
    ------
    UsageError
        If the municipality has no figure of that measure.
    """
    municipality, measure = data.municipality(municipality), data.measure(measure)["measure"]
    trends = _of(municipality, trends_and_goals(data)[0])
    own = trends[trends["measure"] == measure]
    if own.empty:
        raise UsageError(data.missing(measure, municipality))
    tried = pd.DataFrame({"measure": [measure], "municipality": [municipality]})
    tried = tried.assign(target=value, year=pd.array([year], dtype="Int64"))
    nothing = dict.fromkeys(["scope", "basis_nb", "basis_en", "confidence"])
    goals = distance(own, tried.assign(**nothing), data.measures)
    part = _only(data, [measure, "population"])
    # Of all municipalities, since SDSN's scale begins where the worst of them are.
    figures = newest_level(_only(data, [measure]).observations, data.breaks)
    parts = Parts(
        trends,
        goals,
        outlook(part, own, goals),
        _of(municipality, verdicts.verdicts(figures, goals, data.measures, HORIZON)),
        _of(municipality, verdicts.earlier(figures, goals, data.measures)),
    )
    rows = _side_by_side(data, parts, beside)
    return rows[rows["measure"] == measure].reset_index(drop=True), parts


def _side_by_side(data: Dataset, parts: Parts, beside: pd.DataFrame) -> pd.DataFrame:
    """Return the table that `assess` describes."""
    rows = parts.trends.copy()
    rows["q"] = multiple.benjamini_hochberg(rows["p"].where(rows["n"] >= ENOUGH))
    rows = rows.merge(
        beside, left_on=["measure", "last_year"], right_on=["measure", "year"], how="left"
    ).drop(columns="year")
    rows["peers"] = rows["peers"].fillna(0).astype("int64")
    direction = rows["measure"].map(data.measures.set_index("measure")["direction"])
    ahead = np.sign(direction * (rows["last"] - rows["peers_median"]))
    ahead = ahead.where(rows["peers"] >= MINIMUM)
    rows["place"] = np.select(
        [direction == 0, ahead > 0, ahead < 0, ahead == 0], ["", "better", "worse", "level"], ""
    )
    shown = ["target", "year", "scope", "basis_nb", "basis_en"]
    shown += ["confidence", "gap", "met", "required"]
    goals = parts.goals.set_index("measure")[shown].add_prefix("target_")
    goals = goals.rename(columns={"target_target": "target"})
    rows = rows.merge(goals, left_on="measure", right_index=True, how="left")
    rows = rows.merge(parts.ahead.drop(columns="municipality"), on="measure", how="left")
    return rows.merge(_judged(parts), on="measure", how="left")


def _of(number: str, table: pd.DataFrame) -> pd.DataFrame:
    return hashing.select_rows(table, number).reset_index(drop=True)


def _judged(parts: Parts) -> pd.DataFrame:
    """Return the published verdicts on a municipality's series, now and earlier, side by side."""
    known = ["municipality", "year", "value", "target", "target_year"]
    now = parts.now.drop(columns=known).rename(columns={"direction": "judged_direction"})
    past = parts.before.pivot(index="measure", columns="back", values=list(verdicts.SENSE))
    past.columns = pd.Index([f"{method}_{back}" for method, back in past.columns])
    return now.merge(past, left_on="measure", right_index=True, how="left")


def projections(data: Dataset) -> pd.DataFrame:
    """Return `outlook` of every series against its primary target, kept until figures change."""

    def make(part: Dataset) -> tuple[pd.DataFrame]:
        return (outlook(part, *_for(part, trends_and_goals(data))),)

    return _kept_by_measure(data, "outlook", make, others=("population",))[0]


def judgements(data: Dataset) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the published methods' verdicts on every series, and those of earlier years.

    As `verdicts.verdicts` and `verdicts.earlier` return them, measure by measure, kept until the
    figures change.
    """

    def make(part: Dataset) -> tuple[pd.DataFrame, pd.DataFrame]:
        figures = newest_level(part.observations, part.breaks)
        _, goals = _for(part, trends_and_goals(data))
        return (
            verdicts.verdicts(figures, goals, part.measures, HORIZON),
            verdicts.earlier(figures, goals, part.measures),
        )

    now, before = _kept_by_measure(data, "judgements", make)
    return now, before


def kept(data: Dataset, what: str, make: Callable[[], T], remember: bool = True) -> T:
    """Return what depends on all figures and the code of the package; made once for both.

    What is large and seldom asked for is not remembered in memory, of which each fork has a copy.
    """
    # The tables themselves, not their files: someone may have bent a target in memory.
    facts = [hashing.fingerprint(table) for table in _made_from(data)]
    key = hashing.digest([], hashing.program(), what, *facts)
    return cache.cached(key, make, remember=remember)


def _made_from(data: Dataset) -> tuple[pd.DataFrame, ...]:
    """Return the tables that results depend on; each has a column measure."""
    return data.observations, data.targets, data.breaks, data.measures


def _kept_by_measure(
    data: Dataset,
    what: str,
    make: Callable[[Dataset], tuple[pd.DataFrame, ...]],
    others: tuple[str, ...] = (),
) -> tuple[pd.DataFrame, ...]:
    """Return tables of all series, of which only those of changed measures are made again.

    `make` takes the dataset with the observations of some measures, and of `others` that those
    depend on.
    """

    def again() -> tuple[pd.DataFrame, ...]:
        keys = _measure_keys(data, what, others)
        if not keys:
            return make(data)
        parts = cache.cached_per_measure(
            what, keys, lambda names: make(_only(data, [*names, *others]))
        )
        return tuple(hashing.joined(tables) for tables in zip(*parts.values(), strict=True))

    return kept(data, what, again)


def _measure_keys(data: Dataset, what: str, others: tuple[str, ...]) -> dict[str, str]:
    """Return, per measure in order, the hash of all that its results depend on."""
    about = [hashing.fingerprints(table) for table in _made_from(data)]
    common = [hashing.program(), what, *(about[0].get(other, "") for other in others)]
    return {
        measure: hashing.digest([], *common, *(table.get(measure, "") for table in about))
        for measure in sorted(about[0])
    }


def _only(data: Dataset, measures: Sequence[str]) -> Dataset:
    """Return the dataset with the observations of some measures."""
    of = data.observations["measure"]
    return replace(data, observations=data.observations[of.isin(measures)])


def _for(part: Dataset, tables: tuple[pd.DataFrame, ...]) -> tuple[pd.DataFrame, ...]:
    """Return the rows of tables for the measures in the dataset."""
    known = part.observations["measure"].unique()
    return tuple(table[table["measure"].isin(known)] for table in tables)


def trends_and_goals(data: Dataset) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return `trend` of every series, and `distance` to its primary target where it has one.

    Kept until the figures change.
    """

    def make(part: Dataset) -> tuple[pd.DataFrame, pd.DataFrame]:
        trends = trend(part.observations, part.breaks, part.measures)
        goals = distance(trends, target_values(part.targets, part.observations), part.measures)
        return trends, goals[goals["primary"] == "yes"]

    trends, goals = _kept_by_measure(data, "trends", make)
    return trends, goals


def newest_level(observations: pd.DataFrame, breaks: pd.DataFrame) -> pd.DataFrame:
    """Return the figures from the newest break of their measure on that they reach."""
    figures = observations.reset_index(drop=True)
    # Few measures have a break at all.
    broken = figures[figures["measure"].isin(breaks["measure"])]
    newest = broken.groupby(_SERIES)["year"].transform("max")
    start = pd.Series(np.nan, index=broken.index)
    for measure, year in breaks[["measure", "year"]].itertuples(index=False):
        reached = (broken["measure"] == measure) & (newest >= year)
        start = start.mask(reached & ~(start >= year), year)
    figures["broken_at"] = start.reindex(figures.index)
    return figures[~(figures["year"] < figures["broken_at"])]
