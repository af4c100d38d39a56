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
from workbench.analysis.emissions import CHANGE, TOTAL
from workbench.analysis.projection import MINIMUM
from workbench.briefs import pieces
from workbench.briefs.climate import shared
from workbench.briefs.climate.greenhouse import decided, decided_by, sectors, target
from workbench.briefs.climate.shared import AIR, ELECTRICITY, LAND, assessed
from workbench.briefs.reads import Reads
from workbench.briefs.view import View, records
from workbench.language.translator import Row, capitalised
from workbench.markup import html
from workbench.markup.html import Html

__all__ = ["air", "by_sector", "electricity", "feeding", "feeds", "known", "land", "sectors"]
__all__ += ["sources", "summary", "table", "target", "title"]


#: What tells something of climate where there are no emissions.
_INSTEAD = (CHANGE, "electric_car_share")

_MEASURES = (
    *(TOTAL, *_INSTEAD, *ELECTRICITY, *AIR, *LAND),
    *("population", "distance_to_centre", "work_in_own_municipality"),
)

READS = Reads(
    peers=_MEASURES,
    ahead=_MEASURES,
    all_of=(TOTAL,),
    targets=_MEASURES,
    standing=_MEASURES,
    record=True,
)


def title(view: View) -> Html:
    """Return the heading."""
    return pieces.title(view, "climate")


def table(view: View) -> pd.DataFrame:
    """Return the rows of `View.assessed` for the measures of this brief."""
    return assessed(view, _MEASURES)


def by_sector(view: View) -> pd.DataFrame:
    """Return where emissions come from, as `emissions.sectors` returns it."""
    return emissions.sectors(view.alone, view.number)


def summary(view: View) -> Html:
    """Return the box 'in short': the answer, how sure, what is missing."""
    total = emissions.total(view.alone, view.number)
    answer = _emissions_short(view, total) if len(total) else _rest_short(view)
    sure, lacks = (" ".join(filter(None, of(view, total))) for of in (_how_sure, _what_lacks))
    return pieces.in_short(view, answer, sure, lacks)


def _emissions_short(view: View, total: pd.DataFrame) -> list[str]:
    say, newest, path = view.say, total.iloc[-1], view.pathway
    row = shared.assessed(view, (TOTAL,)).iloc[0]
    amount = view.language.number(newest["per_resident"], 1)
    sentences = [say("climate.short.emissions", tonnes=amount, year=int(newest["year"]))]
    if path is None:
        sentences.append(say("climate.short.untargeted"))
    else:
        need = {"met": "met", "zero": "need_zero"}.get(path.enough, "need")
        required, pace = (shared.cut(view, rate) for rate in (path.required, path.pace))
        years = {"start": path.last_year, "year": int(path.target["year"])}
        sentences.append(say(f"climate.short.{need}", required=required, **years))
        years = {"first_year": path.pace_from, "year": path.last_year}
        kind = path.enough.replace("enough", "slow")
        sentences.append(say(f"climate.short.pace.{kind}", pace=pace, **years))
        if path.enough != "met" and row["pace"] in ("enough", "slow", "away"):
            enough = say(f"climate.short.enough.{row['pace']}", first_year=row["first_year"])
            sentences.append(enough)
    biggest = shared.largest(view, by_sector(view))
    span, about = Html("<span{}>{}</span>"), pieces.about(row)
    said = [span.format(about, sentence) for sentence in filter(None, sentences)]
    return [*said, say("climate.short.biggest", **biggest) if biggest else ""]


def _rest_short(view: View) -> list[str]:
    """Return the sentences on power, air and land, for a municipality without emissions."""
    say, language = view.say, view.language
    feeds = feeding(view)
    who = [
        say("climate.short.who", publisher=language.name(feed, "publisher"))
        for feed in records(feeds[feeds["measure"] == TOTAL])[:1]
    ]
    rest = []
    for row in records(assessed(view, ELECTRICITY))[:1]:
        amount = language.amount(row["last"], view.unit(row["unit"]))
        rest.append(say("climate.short.electricity", amount=amount, year=row["last_year"]))
    judged = assessed(view, AIR)
    judged = judged[judged["target"].notna()]
    judged = judged[judged["last_year"] == judged["last_year"].max()]
    if len(judged):
        over = judged[~judged["target_met"].astype(bool)]
        key, year = "air_over" if len(over) else "air_under", int(judged["last_year"].max())
        names = shared.pollutants(view, over)
        rest.append(pieces.tell(view, f"climate.short.{key}", names=names, year=year))
    if farmland := shared.farmland(view, "climate.short.farmland"):
        rest.append(farmland)
    cut = decided(view)
    none = say(f"climate.short.{'level' if cut else 'none'}")
    return [*cut[:1], " ".join([none, *who]), *(rest or [say("climate.short.few")])]


def _how_sure(view: View, total: pd.DataFrame) -> list[str]:
    say, path, sentences = view.say, view.pathway, []
    if path is not None:
        sentences.append(shared.chance(view))
        sentences.append(say("climate.short.sure.path", year=int(path.target["year"])))
        if path.target["own"]:
            sentences.append(say("climate.short.sure.own"))
        elif path.target["scope"] == "national":
            sentences.append(say("climate.short.sure.national"))
    if total.empty:
        sentences.append(say("climate.short.sure.none"))
        old, newer = shared.old_air(view)
        if old and not newer:
            sentences.append(say("climate.short.sure.old_air", year=old))
    elif pd.notna(total["status"].iloc[-1]):
        sentences.append(say("climate.short.sure.preliminary", year=int(total["year"].iloc[-1])))
    return sentences


def _what_lacks(view: View, total: pd.DataFrame) -> list[str]:
    say, sentences = view.say, []
    groups = {"emissions": (TOTAL,), "electricity": ELECTRICITY, "air": AIR}
    lacks = [key for key, measures in groups.items() if assessed(view, measures).empty]
    if lacks:
        names = view.language.listed(say(f"climate.group.{group}") for group in lacks)
        sentences.append(say("climate.short.missing.lacks", names=names))
    old, newer = shared.old_air(view)
    if old and not newer:
        sentences.append(say("climate.short.missing.newer_air"))
    if sentences:
        sentences.append(say("climate.short.missing.where"))
    rows = emissions.sectors(view.alone, view.number)
    rest = rows.loc[(rows["size"] == "rest") & (rows["share"] >= emissions.SMALL), "share"]
    if len(rest):
        share = shared.share(view, rest.iloc[0])
        sentences.append(say("climate.short.missing.rest", share=share))
    return sentences or [say("climate.short.missing.nothing")]


def known(view: View) -> Html:
    """Return what is known of climate in place of emissions, where there are none of these."""
    if len(emissions.total(view.alone, view.number)):
        return Html("")
    say, targets = view.say, view.data.targets
    targets = targets[targets["municipality"].eq(view.number) & targets["primary"].eq("yes")]
    aims = {row["measure"]: row for row in records(targets[targets["kind"] == "level"])}
    rows = {row["measure"]: row for row in records(view.assessed)}
    found, amount = list[Html](), view.language.amount
    for measure in _INSTEAD:
        facts = view.data.measures[view.data.measures["measure"] == measure]
        if facts.empty or (measure not in rows and measure not in aims):
            continue
        unit = view.unit(facts["unit"].iloc[0])
        said, about = dict.fromkeys(("value", "year", "target", "by"), ""), ""
        if row := rows.get(measure):
            about = pieces.about(row)
            said |= {"value": amount(row["last"], unit), "year": str(row["last_year"])}
        if aim := aims.get(measure):
            said |= {"target": amount(aim["value"], unit), "by": view.by(aim["year"])}
        text = say("climate.known.item", name=view.language.name(facts.iloc[0]), **said)
        if measure == emissions.CHANGE and (cut := decided(view)):
            text = " ".join([*cut, *decided_by(view)])
        found.append(Html("<span{}>{}</span>").format(about, text))
    if not found:
        return Html("")
    return html.join(html.heading(say("climate.known.heading")), html.items(found))


def electricity(view: View) -> Html:
    """Return the use of electricity per resident."""
    rows = assessed(view, ELECTRICITY)
    if rows.empty:
        return Html("")
    row = rows.iloc[0]
    amount = view.language.amount(row["last"], view.unit(row["unit"]))
    lead = view.say("climate.electricity.lead", amount=amount, year=row["last_year"])
    return html.join(
        html.heading(view.say("climate.electricity.heading")),
        html.paragraph(lead),
        html.paragraph(view.say("climate.electricity.industry")),
        _facts(view, rows, view.say("climate.electricity.heading")),
    )


def air(view: View) -> Html:
    """Return the quality of the air, and how old the figures are."""
    say, rows = view.say, assessed(view, AIR)
    if rows.empty:
        return Html("")
    judged, sentences = rows[rows["target"].notna()], list[str]()
    met = judged["target_met"].astype(bool)
    for year, part in judged.groupby("last_year"):
        for key, rest in (("over", part[~met[part.index]]), ("under", part[met[part.index]])):
            if len(rest):
                names = shared.pollutants(view, rest)
                sentences.append(pieces.tell(view, f"climate.air.{key}", names=names, year=year))
    sentences += [
        pieces.law(view, row, say(f"climate.pollutant.{row['measure']}")) for row in records(judged)
    ]
    own = judged["measure"].isin(list(view.decided))
    bases = dict.fromkeys(view.language.name(row, "target_basis") for row in records(judged[~own]))
    if bases:
        sentences.append(say("climate.air.basis", basis=view.language.listed(bases)))
    for measure in judged.loc[own, "measure"]:
        name = capitalised(say(f"climate.pollutant.{measure}"))
        sentences.append(f"{name}: {view.decided[measure]}")
    old, newer = shared.old_air(view)
    age = say(f"climate.air.{'some_old' if newer else 'old'}", year=old) if old else ""
    return html.join(
        html.heading(say("climate.air.heading")),
        html.paragraph(age),
        html.paragraph(Html(" ").join(filter(None, sentences))),
        _facts(view, rows, say("climate.air.heading")),
        html.paragraph(say("climate.air.stations"), "note"),
    )


def land(view: View) -> Html:
    """Return how land is used."""
    say, rows = view.say, assessed(view, LAND)
    if rows.empty:
        return Html("")
    known = set(view.data.measures["measure"]) - {*rows.index}
    lacks = [view.measure(measure) for measure in LAND if measure in known]
    notes = shared.boundary_notes(view, LAND)
    if lacks:
        names = view.language.listed(pieces.names_inside(view, pd.DataFrame(lacks)))
        notes.insert(0, say("climate.land.lacks", names=names))
    return html.join(
        html.heading(say("climate.land.heading")),
        html.paragraph(shared.farmland(view, "climate.land.farmland")),
        html.details(
            say("climate.land.show", count=len(rows)),
            html.join(
                _facts(view, rows, say("climate.land.heading")),
                *[html.paragraph(note, "note") for note in notes],
            ),
        ),
    )


def _facts(view: View, rows: pd.DataFrame, caption: str) -> Html:
    """Return the measures of a section: newest figure, change, direction, group, target."""
    heads = "common.measure #newest #change direction #group"
    heads += " #target" if rows["target"].notna().any() else ""
    columns = html.columns(view.say, "climate.table", heads)
    body = [_fact(view, row)[: len(columns)] for row in records(rows)]
    marks = [pieces.about(row) for row in records(rows)]
    about = []
    for row in records(rows):
        texts = filter(None, (view.language.name(row, field) for field in ("differs", "note")))
        if text := " ".join(texts):
            name = view.language.name(row)
            about.append(view.say("climate.table.about_one", measure=name, text=text))
    return html.join(
        pieces.comparison(view) if (rows["peers"] >= MINIMUM).any() else "",
        html.table(columns, body, caption, titled=True, about=marks),
        html.details(view.say("climate.table.about"), html.items(about, "note")),
    )


def _fact(view: View, row: Row) -> list[str]:
    say, language, unit = view.say, view.language, view.unit(row["unit"])
    none = say("common.no_figure")
    proxy = say("common.relation.proxy") if row["relation"] == "proxy" else ""
    newest = f"{row['last_year']}{pieces.preliminary(view, row['status'], ', {}')}"
    change = direction = target = none
    if row["n"] >= MINIMUM:
        span = language.span(row["first_year"], row["last_year"])
        change = html.small(language.change(row["slope"], unit, signed=True), span)
        direction = pieces.direction(view, row)
    if pd.notna(row["target"]):
        met = say(f"climate.table.{'met' if row['target_met'] else 'not_met'}")
        if row["old"]:
            met = say("common.standing.old", year=row["last_year"])
        target = html.small(language.amount(row["target"], unit), met)
    return [
        html.small(language.name(row), proxy),
        html.small(language.amount(row["last"], unit), newest),
        change,
        direction,
        language.amount(row["peers_median"], unit) if row["peers"] >= MINIMUM else none,
        target,
    ]


def feeds(view: View) -> Html:
    """Return the official tables with the figures that lack or are old, and how to bring them."""
    say, name = view.say, view.language.name
    heading, rows = html.heading(say("climate.feeds.heading")), feeding(view)
    if rows.empty:
        return html.join(heading, html.paragraph(say("climate.feeds.nothing")))
    body = []
    for row in records(rows):
        measure, table = name(view.measure(row["measure"])), name(row, "title")
        if row["measure"] == TOTAL:
            measure = say("climate.feeds.with_sectors", name=measure)
        elif row["old"]:
            measure = say("climate.feeds.newer", name=measure)
        if pd.notna(row["table"]):
            table = say("climate.feeds.numbered", number=row["table"], title=table)
        sure = say(f"climate.feeds.confidence.{row['confidence']}")
        body.append([measure, name(row, "publisher"), table, name(row, "where"), sure])
    columns = html.columns(say, "climate.feeds", "measure publisher table where sure")
    stands = dict(zip(view.stands["measure"], view.stands["standing"], strict=True))
    marks = [
        pieces.about({"measure": m, "standing": stands[m]}) if m in stands else ""
        for m in rows["measure"]
    ]
    table = html.table(columns, body, say("climate.feeds.caption"), titled=True, about=marks)
    lead = html.paragraph(say("climate.feeds.lead"))
    return html.join(heading, html.details(say("climate.feeds.caption"), html.join(lead, table)))


def feeding(view: View) -> pd.DataFrame:
    """Return the rows of ``feeds`` for measures without figures or with old ones (``old``)."""
    newest = view.assessed.set_index("measure")["last_year"]
    rows = view.data.feeds
    rows = rows.assign(old=rows["measure"].map(newest) < view.first_recent)
    return rows[rows["old"] | ~rows["measure"].isin(newest.index)]


def sources(view: View) -> Html:
    """Return where every figure of the brief comes from."""
    parts = emissions.sector_measures(view.data.measures)
    instead = () if len(emissions.total(view.alone, view.number)) else _INSTEAD
    measures = (TOTAL, *instead, *parts, *ELECTRICITY, *AIR, *LAND)
    return pieces.sources(view, assessed(view, measures)["measure"])
