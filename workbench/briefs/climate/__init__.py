"""The brief for the climate strategy: emissions and the path to their target, power, air, land.

>>> import workbench as wb
>>> view = wb.view(None, "Bærum")
>>> print(wb.climate.title(view))
<p class="kicker">...</p>
<h1>Går utslippene fort nok ned i Bærum?</h1>
"""

from __future__ import annotations

import pandas as pd

from workbench.analysis import emissions
from workbench.analysis.emissions import TOTAL
from workbench.briefs.climate.around import air, electricity, land
from workbench.briefs.climate.by_sector import sectors
from workbench.briefs.climate.data_gaps import feeding, feeds, sources
from workbench.briefs.climate.needed import target
from workbench.briefs.climate.shared import (
    AIR,
    ELECTRICITY,
    LAND,
    as_cut,
    as_share,
    chance_said,
    farmland_facts,
    joined,
    largest,
    old_air,
    pollutants,
    shown,
)
from workbench.briefs.view import View
from workbench.markup.html import Html

__all__ = [
    "air",
    "electricity",
    "feeding",
    "feeds",
    "land",
    "sectors",
    "sources",
    "summary",
    "target",
    "title",
]


def title(view: View) -> Html:
    """Return the heading."""
    return view.title("climate")


def summary(view: View) -> Html:
    """Return the box 'in short': the answer, how sure, what is missing."""
    total = emissions.total(view.alone, view.number)
    answer = _emissions_short(view) if len(total) else [view.say("climate.short.none")]
    if total.empty:
        feed = feeding(view).set_index("measure").loc[[TOTAL]].iloc[0]
        who = view.say("climate.short.who", publisher=view.language.name(feed, "publisher"))
        answer = [joined([*answer, who]), *_rest_short(view)]
    return view.in_short(
        [sentence for sentence in answer if sentence],
        joined(_how_sure(view)),
        joined(_what_lacks(view)),
    )


def _emissions_short(view: View) -> list[str]:
    say, newest = view.say, emissions.total(view.alone, view.number).iloc[-1]
    rows = emissions.sectors(view.alone, view.number)
    path = view.pathway
    amount = view.language.number(newest["per_resident"], 1)
    said = [say("climate.short.emissions", tonnes=amount, year=int(newest["year"]))]
    if path is None:
        said.append(say("climate.short.untargeted"))
    else:
        year = int(path.target["year"])
        need = {"met": "met", "zero": "need_zero"}.get(path.enough, "need")
        cut = {"required": as_cut(view, path.required), "start": path.last_year}
        said.append(say(f"climate.short.{need}", year=year, **cut))
        said.append(
            say(
                f"climate.short.pace.{path.enough}",
                first_year=path.pace_from,
                year=path.last_year,
                pace=as_cut(view, path.pace),
            )
        )
    biggest = largest(view, rows)
    return [*said, say("climate.short.biggest", **biggest) if biggest else ""]


def _rest_short(view: View) -> list[str]:
    """Return what is known of power, air and land, for a municipality without emissions."""
    say, language = view.say, view.language
    said = []
    power, air, land = (shown(view, which) for which in (ELECTRICITY, AIR, LAND))
    if len(power):
        row = power.iloc[0]
        amount = language.amount(row["last"], view.unit(row["unit"]))
        said.append(say("climate.short.electricity", amount=amount, year=row["last_year"]))
    judged = air[air["target"].notna()]
    if len(judged):
        judged = judged[judged["last_year"] == judged["last_year"].max()]
        over = judged[~judged["target_met"].astype(bool)]
        key = "air_over" if len(over) else "air_under"
        year = int(judged["last_year"].max())
        said.append(say(f"climate.short.{key}", names=pollutants(view, over), year=year))
    if "farmland_converted_4y" in land.index:
        said.append(say("climate.short.farmland", **farmland_facts(view)))
    return said or [say("climate.short.few")]


def _how_sure(view: View) -> list[str]:
    say, path = view.say, view.pathway
    total = emissions.total(view.alone, view.number)
    said = []
    if path is not None:
        said += [chance_said(view), say("climate.short.sure.path", year=int(path.target["year"]))]
        if path.target["own"]:
            said.append(say("climate.short.sure.own"))
        elif path.target["scope"] == "national":
            said.append(say("climate.short.sure.national"))
    if len(total) and pd.notna(total["status"].iloc[-1]):
        said.append(say("climate.short.sure.preliminary", year=int(total["year"].iloc[-1])))
    if total.empty:
        said.append(say("climate.short.sure.none"))
    old, newer = old_air(view)
    if old and not newer and total.empty:
        said.append(say("climate.short.sure.old_air", year=old))
    return said


def _what_lacks(view: View) -> list[str]:
    say, lacks = view.say, _lacking(view)
    said = []
    if lacks:
        names = view.language.listed(say(f"climate.group.{group}") for group in lacks)
        said.append(say("climate.short.missing.lacks", names=names))
    old, newer = old_air(view)
    if old and not newer:
        said.append(say("climate.short.missing.newer_air"))
    rows = emissions.sectors(view.alone, view.number)
    rest = rows[(rows["size"] == "rest") & (rows["share"] >= emissions.SMALL)]
    if said:
        said.append(say("climate.short.missing.where"))
    if len(rest):
        share = as_share(view, rest["share"].iloc[0])
        said.append(say("climate.short.missing.rest", share=share))
    return said or [say("climate.short.missing.nothing")]


def _lacking(view: View) -> list[str]:
    """Return the groups of figures that there are none of."""
    groups = {"emissions": (TOTAL,), "electricity": ELECTRICITY, "air": AIR}
    return [group for group, measures in groups.items() if shown(view, measures).empty]
