"""All figures and tables in one object, with the questions that one asks of it."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from workbench.dataset import boundaries, loading, reported, tables
from workbench.dataset.loading import DATA
from workbench.dataset.lookup import find_measure, find_municipality
from workbench.errors import MissingFigures, UsageError, described, sentences, suggest
from workbench.storage import hashing

#: Which measure speaks for an indicator: official ones before reported ones before proxies.
_RANK = {"direct": 0, "proxy": 2}
_REPORTED = 1


@dataclass(frozen=True, repr=False)
class Dataset:
    """Figures on today's boundaries, and the catalogue that explains them.

    Attributes
    ----------
    observations : DataFrame
        measure, municipality, year, value, numerator, denominator, status, origin, sources;
        a row per measure, municipality of today and year.
    set_aside : DataFrame
        measure, municipality, year, reason, sources: published figures that cannot be brought
        onto today's boundaries, each with the reason (`boundaries.REASONS`).
    kpis, measures, municipalities, targets, breaks, groups, ... : DataFrame
        The tables of ``data/datapackage.json``, as described there; ``targets`` also holds the
        municipalities' own ones.

    Examples
    --------
    >>> import workbench as wb
    >>> data = wb.load()
    >>> rows = data.observations.query("measure == 'low_income_share' and municipality == '3201'")
    >>> dict(zip(rows["year"], rows["value"], strict=True))
    {2018: 8.5, 2019: 8.6, 2020: 8.1, 2021: 7.9, 2022: 8.3}
    """

    path: Path
    observations: pd.DataFrame
    set_aside: pd.DataFrame
    published: pd.DataFrame
    municipalities: pd.DataFrame
    municipality_history: pd.DataFrame
    kpis: pd.DataFrame
    kpi_data_points: pd.DataFrame
    measures: pd.DataFrame
    units: pd.DataFrame
    labels: pd.DataFrame
    breaks: pd.DataFrame
    feeds: pd.DataFrame
    targets: pd.DataFrame
    targets_considered: pd.DataFrame
    groups: pd.DataFrame
    u4ssc_results: pd.DataFrame
    u4ssc_not_reported: pd.DataFrame
    responsible: pd.DataFrame
    senders: pd.DataFrame
    own_targets: pd.DataFrame
    reported: pd.DataFrame
    form: pd.DataFrame
    considered: pd.DataFrame

    @cached_property
    def outlines(self) -> pd.DataFrame:
        """The municipalities on a map: number, x, y, outline (units of 100 m), read when asked."""
        return loading.outlines(self.path)

    @cached_property
    def abroad(self) -> pd.DataFrame:
        """What ITU printed for cities abroad, as `reported.abroad` returns it."""
        return reported.abroad(self.u4ssc_results, self.measures)

    def figures_of(self, *places: str) -> pd.DataFrame:
        """Return the rows of ``observations`` of municipalities by number, and of cities abroad."""
        figures = hashing.select_rows(self.observations, *places)
        if self._names.keys() >= set(places):
            return figures
        return pd.concat([figures, self.abroad[self.abroad["municipality"].isin(places)]])

    @cached_property
    def _warned(self) -> set[tuple[str, str]]:
        """The series that were found empty before: Python forgets when pandas quiets a warning."""
        return set()

    @property
    def is_own(self) -> bool:
        """Whether these are the figures of this copy of the project."""
        return self.path.resolve() == DATA

    def municipality(self, wanted: str | int) -> str:
        """Return today's number for a number of today or earlier, or a name.

        Raises
        ------
        UsageError
            If no or more than one municipality fits; the sentence names the candidates.

        Examples
        --------
        >>> import workbench as wb
        >>> data = wb.load()
        >>> data.municipality("Ås"), data.municipality("0219"), data.municipality("baerum")
        ('3218', '3201', '3201')
        >>> data.municipality("Tronheim")
        Traceback (most recent call last):
            ...
        workbench.errors.UsageError: "Tronheim" is not a municipality. Did you mean Trondheim,
        Austrheim or Heim? Use a name or a four-digit number.
        """
        if isinstance(wanted, str) and wanted in self._names:
            return wanted
        return find_municipality(wanted, self.municipalities, self.municipality_history)

    def numbers(self, wanted: str | int | Iterable[str | int]) -> list[str]:
        """Return today's numbers of several municipalities, each once, in the order asked for.

        They are given as `municipality` takes them; one alone stands for a list of one. All that
        are wrong are named at once, a line each.

        Examples
        --------
        >>> import workbench as wb
        >>> wb.load().numbers(["Asker", "0219", "Bærum"])
        ['3203', '3201']
        """
        several = isinstance(wanted, Iterable) and not isinstance(wanted, str)
        asked: Any = wanted if several else [wanted]
        found, wrong = [], []
        for one in asked:
            try:
                found.append(self.municipality(one))
            except UsageError as error:
                group = isinstance(one, str) and (self.groups["group"] == one).any()
                members = f'"{one}" is a group. Its members are data.group("{one}").'
                wrong.append(members if group else str(error))
        if wrong:
            raise UsageError("\n".join(dict.fromkeys(wrong)))
        return list(dict.fromkeys(found))

    def name(self, number: str | int) -> str:
        """Return the short name of a municipality, by a number of today or earlier.

        Examples
        --------
        >>> import workbench as wb
        >>> wb.load().name("4601")
        'Bergen'
        """
        return self._names[self.municipality(number)]

    @cached_property
    def _names(self) -> dict[str, str]:
        """The names of today by number: one is found sooner than in the table."""
        rows = self.municipalities
        return dict(zip(rows["number"], rows["name"].astype(str), strict=True))

    def measure(self, wanted: str) -> pd.Series:
        """Return the row of ``measures`` for a measure's name, there or on pages in any language.

        Raises
        ------
        UsageError
            If there is no such measure; the sentence names the nearest ones.

        Examples
        --------
        >>> import workbench as wb
        >>> data = wb.load()
        >>> data.measure("low_income_share")["unit"], data.measure("Grunnskolepoeng")["measure"]
        ('percent', 'lower_secondary_grade_points')
        """
        return find_measure(wanted, self.measures)

    def series(self, measure: str, municipality: str) -> pd.Series:
        """Return the values of a measure by year, on today's boundaries.

        Returns
        -------
        Series
            Value (unit of the measure) by year, ascending; empty when there is no figure.

        Warns
        -----
        MissingFigures
            If there is no figure, with what `missing` says of it; once for these figures.

        Examples
        --------
        >>> import workbench as wb
        >>> wb.load().series("voter_turnout_storting", "Bærum").loc[2025]
        np.float64(86.2462)
        """
        name, number = self.measure(measure)["measure"], self.municipality(municipality)
        rows = self.observations
        rows = rows[(rows["measure"] == name) & (rows["municipality"] == number)]
        if rows.empty and (name, number) not in self._warned:
            self._warned.add((name, number))
            warnings.warn(self.missing(name, number), MissingFigures, stacklevel=2)
        return rows.set_index("year")["value"].sort_index().rename(name)

    def missing(self, measure: str, municipality: str) -> str:
        """Return why a municipality lacks figures of a measure, and who has some; '' if it has all.

        It lacks those of years in which others have figures.

        Examples
        --------
        >>> import workbench as wb
        >>> print(wb.load().missing("measles_vaccination_age_16", "Haram"))
        Haram has no figures of measles_vaccination_age_16. Those for 2011 to 2016 are set aside:
        the municipality was split, so that its figure cannot be handed down. Others have figures
        for 2011 to 2016 (332 municipalities).
        """
        name, number = self.measure(measure)["measure"], self.municipality(municipality)
        rows = self.observations[self.observations["measure"] == name]
        own = rows.loc[rows["municipality"] == number, "year"]
        lacks = sorted(set(rows["year"]) - set(own))
        aside = self.set_aside
        aside = aside[(aside["measure"] == name) & (aside["municipality"] == number)]
        if not lacks and len(rows):
            return ""
        of_years = f" for {_years(lacks)}" if len(own) else ""
        lines = [f"{self.name(number)} has no figures of {name}{of_years}."]
        for reason, part in aside.groupby("reason"):
            why = boundaries.REASONS[str(reason)]
            lines.append(f"Those for {_years(part['year'])} are set aside: {why}.")
        others = rows[rows["year"].isin(lacks)]
        if others.empty:
            return sentences(*lines, "Nobody has any.")
        count, years = others["municipality"].nunique(), _years(others["year"])
        return sentences(*lines, f"Others have figures for {years} ({count} municipalities).")

    def group(self, wanted: str) -> list[str]:
        """Return the numbers of a group of municipalities in ``groups``, in the table's order.

        Examples
        --------
        >>> import workbench as wb
        >>> wb.load().group("telemark")[:2]
        ['4001', '4003']
        """
        text = wanted if isinstance(wanted, str) else ""
        members = self.groups.loc[self.groups["group"] == text, "municipality"]
        if members.empty:
            known = self.groups["group"].unique()
            raise UsageError(f"{described(wanted)} is not a group. {suggest(text, known, 20)}")
        return list(members)

    def default_group(self, municipality: str) -> str:
        """Return the group to compare with when none is named.

        The U4SSC municipalities for their members, else the county; the U4SSC municipalities
        again where the county has fewer than five others (Oslo).

        Examples
        --------
        >>> import workbench as wb
        >>> data = wb.load()
        >>> data.default_group("Bærum"), data.default_group("Heim")
        ('u4ssc', 'county-trondelag')
        """
        return self.default_groups()[self.municipality(municipality)]

    def default_groups(self) -> dict[str, str]:
        """Return `default_group` of every municipality, by number."""
        return dict(hashing.of_table(self.groups, "default groups", self._default_groups))

    def _default_groups(self) -> dict[str, str]:
        sizes = self.groups["group"].value_counts()
        counties = self.groups[self.groups["group"].str.startswith("county-")]
        county = counties.drop_duplicates("municipality").set_index("municipality")["group"]
        members = self.groups.loc[self.groups["group"] == "u4ssc", "municipality"]
        apart = (county.map(sizes) <= 5) | county.index.isin(members)
        return {str(number): str(group) for number, group in county.mask(apart, "u4ssc").items()}

    def coverage(self, municipality: str) -> pd.DataFrame:
        """Return the figures that there are for each of the 91 KPIs in a municipality.

        Returns
        -------
        DataFrame
            91 rows in the order of the set: kpi, name_nb, name_en, dimension, sub_dimension,
            category, goal, status ('direct', 'proxy' or 'none'), measure (the one that tells
            most: direct before proxy, then the newest, then the longest), years (how many),
            latest (year). Components and context measures are not counted as figures for a KPI.

        Examples
        --------
        >>> import workbench as wb
        >>> wb.load().coverage("Bærum")["status"].value_counts().to_dict()
        {'none': 76, 'proxy': 9, 'direct': 6}
        """
        number = self.municipality(municipality)
        return self.coverages([number]).drop(columns="municipality")

    def coverages(self, municipalities: str | Iterable[str] | None = None) -> pd.DataFrame:
        """Return `coverage` of several municipalities in one go, with a column municipality.

        They are given as `numbers` takes them; all municipalities by default.
        """
        if municipalities is None:
            wanted = self.municipalities["number"]
            rows = self.observations[self.observations["municipality"].isin(wanted)]
        else:
            wanted = pd.Series(self.numbers(municipalities), dtype=str)
            rows = hashing.select_rows(self.observations, *wanted)
        spans = rows.groupby(["municipality", "measure"])["year"]
        spans = spans.agg(years="nunique", latest="max").reset_index()
        have = self.measures[self.measures["relation"].isin(list(_RANK))]
        known = have[["measure", "kpi", "relation"]].merge(spans, on="measure")
        known["rank"] = known["relation"].map(_RANK)
        known.loc[reported.is_reported(known["measure"]), "rank"] = _REPORTED
        place = ["municipality", "kpi"]
        best = known.sort_values(
            ["rank", "latest", "years"], ascending=[True, False, False], kind="stable"
        ).drop_duplicates(place)
        about = ["code", "name_nb", "name_en", "dimension", "sub_dimension", "category", "goal"]
        kpis = self.kpis.sort_values("number")[about].rename(columns={"code": "kpi"})
        table = wanted.rename("municipality").to_frame().merge(kpis, how="cross")
        table = table.merge(best, on=place, how="left").rename(columns={"relation": "status"})
        table = table.fillna({"status": "none", "years": 0})
        table = table.astype({"years": "int64", "latest": "Int64"})
        return table[["municipality", *kpis.columns, "status", "measure", "years", "latest"]]

    long, wide, join = tables.long, tables.wide, tables.join
    rank, by_county = tables.rank, tables.by_county

    def _facts(self) -> list[tuple[str, str]]:
        years = self.observations["year"]
        known = self.measures[self.measures["measure"].isin(self.observations["measure"])]
        kpis = known.loc[known["relation"].isin(list(_RANK)), "kpi"].nunique()
        return [
            ("Figures", f"{len(self.observations):,} on today's boundaries"),
            ("Set aside", f"{len(self.set_aside):,} that cannot be brought there"),
            ("Measures", f"{len(self.measures)}, {len(known)} of them with figures"),
            ("KPIs", f"{kpis} of {len(self.kpis)} with a figure of some municipality"),
            ("Municipalities", f"{len(self.municipalities)}"),
            ("Years", f"{years.min()} to {years.max()}"),
            ("Targets", f"{len(self.targets)}"),
            ("Groups", ", ".join(self.groups["group"].unique())),
            ("Folder", str(self.path)),
        ]

    def __repr__(self) -> str:
        return "\n".join(f"{label}: {text}" for label, text in self._facts())


def figures_of(given: object, call: str) -> Dataset:
    """Return the figures that a public call was given, or those of a view.

    Raises
    ------
    UsageError
        If it is neither; the sentence says how the `call` is written.
    """
    data = getattr(given, "data", given)
    if not isinstance(data, Dataset):
        raise UsageError(
            f"{described(given)} stands where the figures belong. They come first, as wb.load() "
            f"returns them: {call}."
        )
    return data


def _years(years: Iterable[int]) -> str:
    """Return years as one says them: '2011', '2011 to 2016', '2011, 2013 and 2016'."""
    there = sorted(set(map(int, years)))
    runs: list[list[int]] = []
    for year in there:
        if runs and year == runs[-1][1] + 1:
            runs[-1][1] = year
        else:
            runs.append([year, year])
    spans = [f"{a}" if a == b else f"{a} to {b}" for a, b in runs]
    return spans[0] if len(spans) == 1 else f"{', '.join(spans[:-1])} and {spans[-1]}"
