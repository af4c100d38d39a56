"""What the sections share: the measures of each, numbers as written, and phrases."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from workbench.analysis.emissions import TOTAL
from workbench.briefs import pieces
from workbench.briefs.view import View, records
from workbench.markup.html import Html

ELECTRICITY = ("electricity_per_capita", "household_electricity_per_capita")
AIR = (
    *("pm25_annual_mean", "pm10_annual_mean", "no2_annual_mean"),
    *("pm25_annual_mean_station", "pm10_annual_mean_station", "no2_annual_mean_station"),
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


def assessed(view: View, measures: Iterable[str]) -> pd.DataFrame:
    """Return the assessed rows of these measures, in their order."""
    rows = view.assessed.set_index("measure", drop=False)
    return rows.loc[[measure for measure in measures if measure in rows.index]]


def boundary_notes(view: View, measures: Iterable[str]) -> list[str]:
    """Return why figures of earlier years are not there, with the measures that lack them."""
    notes = []
    for _, part in view.set_aside[view.set_aside["measure"].isin(measures)].groupby("reason"):
        facts = pd.DataFrame([view.measure(measure) for measure in part["measure"].unique()])
        names = view.language.listed(pieces.names_inside(view, facts))
        notes += [
            view.say("climate.land.aside", reason=reason, names=names)
            for reason in pieces.lost(view, part)
        ]
    return notes


def chance(view: View) -> str:
    """Return the sentence on the chance of the target, or ''."""
    rows = assessed(view, (TOTAL,))
    value = rows["chance"].iloc[0] if len(rows) else float("nan")
    if pd.isna(value):
        return ""
    written = pieces.chance(view, "climate.target", value)
    kind = "chance_met" if rows["target_met"].iloc[0] else "chance"
    return view.say(f"climate.target.{kind}", chance=written, year=int(rows["to_year"].iloc[0]))


def number(view: View, value: float, decimals: int = 0, signed: bool = False) -> str:
    """Return a number as written, or the sign for none."""
    if pd.isna(value):
        return view.say("common.no_figure")
    return view.language.number(value, decimals, signed)


def tonnes(view: View, value: float) -> str:
    """Return tonnes as written."""
    return view.language.amount(value, view.unit("tonnes CO2e"))


def cut(view: View, rate: float) -> str:
    """Return a yearly change as a number of per cent without its sign."""
    return "" if pd.isna(rate) else view.language.number(abs(100 * rate), 1)


def percent(view: View, value: float, decimals: int = 0, signed: bool = False) -> str:
    """Return a relative number as a per cent, or the sign for none."""
    if pd.isna(value):
        return view.say("common.no_figure")
    return view.say("climate.percent", value=view.language.number(100 * value, decimals, signed))


def share(view: View, value: float) -> str:
    """Return a share as a per cent, a tiny one in words."""
    return view.say("climate.under_one") if 0 < value < 0.01 else percent(view, value)


def largest(view: View, rows: pd.DataFrame) -> dict[str, str]:
    """Return the sector with most emissions, and its share."""
    known = rows[(rows["size"] == "large") & rows["share"].notna()]
    if known.empty:
        return {}
    name = view.say(f"climate.sector.{known['measure'].iloc[0]}")
    of_all = share(view, known["share"].iloc[0])
    return {"biggest": name, "sector": view.language.inside(name), "share": of_all}


def farmland(view: View, key: str) -> str:
    """Return the sentence on farmland that went over to other use, or ''."""
    rows = assessed(view, ("farmland_converted_4y",))
    if rows.empty:
        return ""
    row = rows.iloc[0]
    return view.say(
        key,
        nothing=row["last"] == 0,
        one=round(row["last"]) == 1,
        amount=view.language.amount(row["last"], view.unit(row["unit"])),
        first_year=row["last_year"] - row["window"] + 1,
        year=row["last_year"],
    )


def pollutants(view: View, rows: pd.DataFrame) -> Html:
    """Return the names of what was measured in the air, as a list."""
    name = Html("<span{}>{}</span>")
    named = [
        name.format(pieces.about(row), view.say(f"climate.pollutant.{row['measure']}"))
        for row in records(rows)
    ]
    return Html(view.language.listed(named))


def old_air(view: View) -> tuple[int, bool]:
    """Return the newest year of WHO's old figures (zero: none); whether others are newer."""
    rows = assessed(view, AIR)
    old = (rows["last_year"] < view.first_recent) & rows["publisher"].str.startswith("WHO")
    return (int(rows.loc[old, "last_year"].max()) if old.any() else 0), bool((~old).any())
