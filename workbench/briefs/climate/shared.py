"""What the sections share: the rows of a section, numbers as written, and notes."""

from __future__ import annotations

import pandas as pd

from workbench.analysis.emissions import TOTAL
from workbench.briefs.view import View

ELECTRICITY = ("electricity_per_capita", "household_electricity_per_capita")
AIR = (
    "pm25_annual_mean",
    "pm10_annual_mean",
    "no2_annual_mean",
    "pm25_annual_mean_station",
    "pm10_annual_mean_station",
    "no2_annual_mean_station",
)
LAND = (
    "farmland_converted_4y",
    "new_dwellings_outside_settlements",
    "residential_land_per_resident",
    "urban_density",
    "green_share_of_built_up_land",
    "recreation_area_access",
    "nearby_nature_access",
    "shoreline_accessible_share",
)

#: Newest figures from before this many years ago are named as old.
_OLD = 4


def shown(view: View, measures: tuple[str, ...]) -> pd.DataFrame:
    """Return the assessed rows of these measures, in their order."""
    rows = view.assessed.set_index("measure", drop=False)
    return rows.loc[[measure for measure in measures if measure in rows.index]]


def boundary_notes(view: View, measures: tuple[str, ...]) -> list[str]:
    """Return why figures of earlier years are not there, with the measures that lack them."""
    aside = view.set_aside[view.set_aside["measure"].isin(measures)]
    notes = []
    for reason, part in aside.groupby("reason"):
        years = view.language.span(part["year"].min(), part["year"].max())
        names = [
            view.language.inside(view.language.name(view.measure(measure)))
            for measure in part["measure"].unique()
        ]
        said = view.say(f"common.aside.{reason}", years=years)
        listed = view.language.listed(names)
        notes.append(view.say("climate.land.aside", reason=said, names=listed))
    return notes


def chance_said(view: View) -> str:
    """Return the chance of the target, rounded to what it was shown to be worth: 5 points."""
    rows = shown(view, (TOTAL,))
    chance = rows["chance"].iloc[0] if len(rows) else float("nan")
    if pd.isna(chance):
        return ""
    percent = int(5 * round(20 * chance))
    word = "least" if percent < 5 else "most" if percent > 95 else "about"
    said = view.say(f"climate.target.{word}", percent=percent)
    kind = "chance_met" if rows["target_met"].iloc[0] else "chance"
    return view.say(f"climate.target.{kind}", chance=said, year=int(rows["to_year"].iloc[0]))


def with_year(view: View, text: str, year: int, newest: int, status: object) -> str:
    """Return a figure with its year where that is not the newest."""
    if pd.notna(status):
        text = f"{text} ({view.say('common.preliminary')})"
    return text if year == newest else view.say("climate.several", value=text, year=year)


def as_tonnes(view: View, value: float) -> str:
    """Return tonnes as written."""
    return view.language.amount(value, view.unit("tonnes CO2e"))


def as_cut(view: View, rate: float) -> str:
    """Return a yearly change as a number of per cent without its sign."""
    return "" if pd.isna(rate) else view.language.number(abs(100 * rate), 1)


def as_rate(view: View, rate: float) -> str:
    """Return a relative yearly change as a signed per cent."""
    if pd.isna(rate):
        return view.say("common.no_figure")
    return as_percent(view, rate, 1, signed=True)


def as_share(view: View, share: float) -> str:
    """Return a share as a per cent, a tiny one in words."""
    if 0 < share < 0.01:
        return view.say("climate.under_one")
    return as_percent(view, share)


def as_percent(view: View, value: float, decimals: int = 0, signed: bool = False) -> str:
    """Return a relative number as a per cent."""
    return view.say("climate.percent", value=view.language.number(100 * value, decimals, signed))


def as_yearly(view: View, value: float) -> str:
    """Return a signed yearly change in tonnes."""
    if pd.isna(value):
        return view.say("common.no_figure")
    return view.language.number(value, signed=True)


def joined(sentences: list[str]) -> str:
    """Return the sentences that there are, one after the other."""
    return " ".join(sentence for sentence in sentences if sentence)


def sector_names(view: View, rows: pd.DataFrame) -> list[str]:
    """Return the names of sectors as they stand inside a sentence."""
    return [view.language.inside(view.say(f"climate.sector.{m}")) for m in rows["measure"]]


def largest(view: View, rows: pd.DataFrame) -> dict[str, str]:
    """Return the sector with most emissions, and its share."""
    known = rows[(rows["size"] == "large") & rows["share"].notna()]
    if known.empty:
        return {}
    name = view.say(f"climate.sector.{known['measure'].iloc[0]}")
    share = as_share(view, known["share"].iloc[0])
    return {"biggest": name, "sector": view.language.inside(name), "share": share}


def farmland_facts(view: View) -> dict[str, object]:
    """Return what is said of farmland that went over to other use."""
    row = shown(view, ("farmland_converted_4y",)).iloc[0]
    return {
        "nothing": row["last"] == 0,
        "one": round(row["last"]) == 1,
        "amount": view.language.amount(row["last"], view.unit(row["unit"])),
        "first_year": row["last_year"] - row["window"] + 1,
        "year": row["last_year"],
    }


def pollutants(view: View, rows: pd.DataFrame) -> str:
    """Return the names of what was measured in the air, as a list."""
    return view.language.listed(view.say(f"climate.pollutant.{m}") for m in rows["measure"])


def first_recent(view: View) -> int:
    """Return the first year whose figures are not called old."""
    return view.newest - _OLD


def old_air(view: View) -> tuple[int, bool]:
    """Return the newest year of WHO's old figures (zero: none); whether others are newer."""
    rows = shown(view, AIR)
    old = (rows["last_year"] < first_recent(view)) & rows["publisher"].str.startswith("WHO")
    return (int(rows.loc[old, "last_year"].max()) if old.any() else 0), bool((~old).any())
