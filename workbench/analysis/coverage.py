"""What is known of the 91 KPIs in some municipalities, how old it is, and what would fill it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import pandas as pd

from workbench.dataset import Dataset
from workbench.dataset.reported import is_reported
from workbench.storage import hashing

#: Sources whose figures for the same year are further apart than this do not agree.
APART = 0.05

#: What fills a KPI that no feed does, and where the form does not ask for it either.
FORM, NOTHING = "form", "nothing known"

COLUMNS = ["number", "kpi", "name_en", "direct", "proxy", "missing", "reported"]
COLUMNS += ["oldest", "newest", "filled_by"]


def places(data: Dataset, municipalities: Sequence[str], group: str | None) -> list[str]:
    """Return the numbers of municipalities (by number or name) and of a group, each once.

    The group is ``u4ssc`` where neither is given.
    """
    numbers = data.numbers(municipalities)
    if group is not None or not numbers:
        numbers += data.group(group or "u4ssc")
    return list(dict.fromkeys(numbers))


def coverage(
    data: Dataset, municipalities: str | Iterable[str], fetched: Mapping[str, str] | None = None
) -> pd.DataFrame:
    """Return how many of the municipalities have figures for each KPI.

    Returns
    -------
    DataFrame
        91 rows in the order of the set: number, kpi, name_en; direct, proxy, missing (how many
        municipalities, together all of them, as `Dataset.coverages` counts them); reported (how
        many have a figure in the form or in a report of ITU, whatever else there is); oldest,
        newest (year of the newest figure of the municipality that lags most, and least; missing
        where none has one); filled_by (the command that fetches it, else a feed by hand; and the
        form where that is no direct figure; 'form' where there is no feed, 'nothing known' where
        the form does not ask for it; empty where every municipality has a direct figure).
        ``fetched`` are the KPIs that ``update --kpi`` fetches, each with the nearest relation of
        what it fetches ('direct', 'proxy', 'component').
    """
    numbers = data.numbers(municipalities)
    rows = data.coverages(numbers)
    counts = rows.groupby(["kpi", "status"]).size().unstack(fill_value=0)
    counts = counts.reindex(columns=["direct", "proxy", "none"], fill_value=0)
    latest = rows.groupby("kpi")["latest"].agg(["min", "max"])
    table = data.kpis.sort_values("number")[["number", "code", "name_en"]]
    table = table.rename(columns={"code": "kpi"}).set_index("kpi", drop=False)
    table = table.join(counts.rename(columns={"none": "missing"}))
    table["reported"] = _reported(data, numbers).reindex(table.index).fillna(0).astype("int64")
    table = table.join(latest.rename(columns={"min": "oldest", "max": "newest"}))
    form = set(data.form["kpi"])
    filled = {kpi: FORM if kpi in form else NOTHING for kpi in table.index} | _feeds(data)
    for kpi, relation in (fetched or {}).items():
        also = "" if relation == "direct" else f" ({relation}); {FORM}"
        filled[kpi] = f'update --kpi "{kpi}"{also}'
    table["filled_by"] = [
        "" if row.direct == len(numbers) else filled[str(row.kpi)] for row in table.itertuples()
    ]
    return table[COLUMNS].reset_index(drop=True)


def differing(data: Dataset, municipality: str) -> pd.DataFrame:
    """Return where a reported figure is more than 5 % from an official one of the same year.

    Returns
    -------
    DataFrame
        kpi, data_point, year, measure, value (reported) and official, official_value (unit of the
        data point); a row per pair of series, of the newest year that both have, in the order of
        the set. A figure of another year, and a proxy, is compared with nothing.
    """
    about = data.measures[data.measures["relation"] == "direct"]
    about = about[["measure", "kpi", "data_point"]].fillna({"data_point": "value"})
    rows = hashing.select_rows(data.observations, data.municipality(municipality))
    rows = rows[["measure", "year", "value"]].merge(about, on="measure")
    own = is_reported(rows["measure"])
    other = rows[~own].rename(columns={"measure": "official", "value": "official_value"})
    both = rows[own].merge(other, on=["kpi", "data_point", "year"]).sort_values("year")
    both = both.drop_duplicates(["measure", "official"], keep="last")
    apart = (both["value"] - both["official_value"]).abs() > APART * both["official_value"].abs()
    both = both[apart]
    place = both["kpi"].map(data.kpis.set_index("code")["number"])
    return both.loc[place.sort_values(kind="stable").index]


def _reported(data: Dataset, numbers: Sequence[str]) -> pd.Series:
    """Return how many of the municipalities have reported a figure, by KPI."""
    printed = data.u4ssc_results[data.u4ssc_results["reported"] == "yes"]
    own = data.reported[data.reported["answer"] != "not reported"]
    both = pd.concat([table[["municipality", "kpi"]] for table in (printed, own)])
    both = both[both["municipality"].isin(list(numbers))].drop_duplicates()
    return both.groupby("kpi").size()


def _feeds(data: Dataset) -> dict[str, str]:
    """Return the feeds that would fill each KPI: the direct ones, else proxies and the form."""
    known = data.measures.set_index("measure")[["kpi", "relation"]]
    rows = data.feeds.drop(columns=["kpi", "relation"], errors="ignore")
    rows = rows.join(known, on="measure").dropna(subset=["kpi"])
    found = {}
    for kpi, part in rows.groupby("kpi"):
        direct = part[part["relation"] == "direct"]
        named = [_named(row) for _, row in (direct if len(direct) else part).iterrows()]
        said = "; ".join(dict.fromkeys(named))
        found[str(kpi)] = said if len(direct) else f"{said} (proxy); {FORM}"
    return found


def _named(feed: pd.Series) -> str:
    table = feed.get("table")
    parts = [str(feed["publisher_en"])] + ([] if pd.isna(table) else [str(table)])
    how = feed.get("brought_in")
    return " ".join(parts) + ("" if how is None or pd.isna(how) else f", {how}")


def as_text(table: pd.DataFrame, municipalities: int) -> str:
    """Return the table of `coverage` as it is read: a summary, and a line per KPI."""
    of = "1 municipality" if municipalities == 1 else f"{municipalities} municipalities"
    some = (table["direct"] > 0).sum(), ((table["direct"] == 0) & (table["proxy"] > 0)).sum()
    unknown = int((table["missing"] == municipalities).sum())
    asked = int((table["filled_by"] == FORM).sum())
    fetched = int(table["filled_by"].str.startswith("update").sum())
    lines = [
        f"{of}, {len(table)} KPIs: {some[0]} with a direct figure somewhere, {some[1]} with a "
        f"proxy only, {unknown} with none.",
        f"{fetched} have a feed (python -m workbench update --kpi CODE); {asked} can only come "
        "through the form (python -m workbench form).",
        "",
        f"{'KPI':<19}{'direct':>7}{'proxy':>7}{'missing':>8}{'reported':>9}  {'newest':<11}"
        "filled by",
    ]
    for row in table.itertuples():
        years = sorted({str(year) for year in (row.oldest, row.newest) if pd.notna(year)})
        lines.append(
            f"{row.kpi:<19}{row.direct:>7}{row.proxy:>7}{row.missing:>8}{row.reported:>9}  "
            f"{'-'.join(years) or '-':<11}{row.filled_by or '-'}"
        )
        lines.append(f"  {row.name_en}")
    return "\n".join(lines)
