"""The brief 'Whom should we call?': the most similar municipalities, and who came further.

>>> import workbench as wb
>>> view = wb.view(None, "Bærum")
>>> view.similar["municipality"].map(view.data.name).head(3).tolist()
['Nordre Follo', 'Lillestrøm', 'Asker']
>>> print(wb.network.title(view))
<p class="kicker">...</p>
<h1>Hvem bør Bærum ringe?</h1>
"""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from workbench import charts
from workbench.analysis.similarity import NEAREST, TRAITS, by_chance, since
from workbench.analysis.standings import judged
from workbench.briefs import pieces
from workbench.briefs.reads import Reads
from workbench.briefs.view import View, records
from workbench.language.translator import Row
from workbench.markup import html
from workbench.markup.html import Html
from workbench.storage import hashing

READS = Reads(peers=True, alike=True, beside=True, standing=True)


#: So many municipalities are named in the box in short, and shown per measure.
_NAMED, _SHOWN = 3, 3

#: Units of the traits that are not measures themselves, by trait.
_UNITS = {"size": "persons", "land": "m2", "young": "percent", "old": "percent"}
_UNITS |= {"income": "percent"}

#: Ground and letters of a figure by its tenth, the best first: the same on a dark page, and in a
#: notebook, which has no style of a page.
_TENTHS = (
    *(("#3570a5", "#fff"), ("#5f8db7", "#010101"), ("#89aac8", "#010101"), ("#b4c8db", "#010101")),
    *(("#dee5ec", "#010101"), ("#ece4e0", "#010101"), ("#dfc4b5", "#010101")),
    *(("#d1a289", "#010101"), ("#c3825e", "#010101"), ("#b66234", "#010101")),
)


def title(view: View) -> Html:
    """Return the heading."""
    return pieces.title(view, "network")


def summary(view: View) -> Html:
    """Return the box 'in short': whom to call, how sure that is, what is missing."""
    say, alike = view.say, int(view.beside["alike"].sum())
    nearest = _names(view, view.similar["municipality"].head(_NAMED))
    clear = []
    for measure, part in worth_a_call(view).groupby("measure", sort=False):
        series = pieces.named(view, [_own(view, str(measure))])
        names = _names(view, part["municipality"])
        clear.append(pieces.tell(view, "network.short.call", measure=series, names=names))
    answer = [
        say("network.short.similar", names=nearest, unusual=bool(view.similar["unusual"].iloc[0])),
        *clear[:_NAMED],
        say("network.short.rank") if clear else say("network.short.none", count=alike),
    ]
    sure = say("network.short.sure", pairs=alike, **_counted(view))
    missing = say("network.short.missing", count=len(incomparable(view)))
    return pieces.in_short(view, answer, sure, missing)


def likeness(view: View) -> Html:
    """Return the most similar municipalities, each trait beside that of the municipality."""
    say, number = view.say, view.language.number
    years = view.traits.drop_duplicates("trait").set_index("trait")["year"]
    traits = [one.key for one in TRAITS if one.key in years]
    heads = {key: say(f"network.likeness.{key}") for key in traits}
    columns = [
        html.Column(say("common.municipality")),
        *(html.Column(html.small(head, str(years[key])), True) for key, head in heads.items()),
        html.Column(say("network.likeness.distance"), numeric=True),
    ]
    distances = {view.number: 0.0} | dict(
        zip(*view.similar[["municipality", "distance"]].T.to_numpy(), strict=True)
    )
    table = view.traits.pivot(index="municipality", columns="trait", values="value")
    table = table.loc[[*distances]]
    rows = [
        [_named(view, at), *_traits_of(view, table.loc[at, traits]), number(distance, 2)]
        for at, distance in distances.items()
    ]
    lacking = [
        say(
            "network.likeness.lacking",
            names=_names(view, values.index[values.isna()]),
            trait=say(f"network.likeness.trait.{trait}"),
        )
        for trait, values in table.items()
        if values.isna().any()
    ]
    middle = number(view.similar["middle"].iloc[0], 2)
    group = say(
        "network.likeness.group",
        group=view.group_name,
        count=len(view.peers),
        alike=int(view.similar["municipality"].isin(view.peers).sum()),
        total=len(view.similar),
    )
    how = [say("network.likeness.scale", middle=middle), *lacking, group]
    return html.join(
        html.heading(say("network.likeness.heading")),
        html.paragraph(say("network.likeness.lead", count=NEAREST, traits=len(traits))),
        html.table(columns, rows, say("network.likeness.caption"), titled=True),
        html.details(say("network.likeness.how"), html.join(*map(html.paragraph, how))),
    )


def placed(view: View) -> pd.DataFrame:
    """Return the newest figures of the municipality and those like it, side by side.

    Returns
    -------
    DataFrame
        Rows of `standings.judged`, in the order of the KPIs: of each series that speaks for one
        and whose level can be compared with that of any of them, those for the year of the
        municipality's own figure.
    """
    own = view.standings[view.standings["leads"] & view.standings["level"].fillna("").ne("")]
    rows = hashing.select_rows(judged(view.data), view.number, *view.similar["municipality"])
    rows = rows[rows["measure"].map(own.set_index("measure")["last_year"]).eq(rows["last_year"])]
    rows = rows[rows["measure"].duplicated(keep=False)]
    place = {measure: at for at, measure in enumerate(own["measure"])}
    return rows.sort_values("measure", key=lambda cells: cells.map(place), kind="stable")


def side_by_side(view: View) -> Html:
    """Return the table of `placed`, shaded, and who does better on the most; '' with nothing."""
    say, rows = view.say, placed(view)
    if rows.empty:
        return Html("")
    numbers = [view.number, *view.similar["municipality"]]
    names = [view.names[number] for number in numbers]
    tenths, figures = (
        rows.pivot(index="measure", columns="municipality", values=values).reindex(
            index=rows["measure"].unique(), columns=numbers
        )
        for values in ("tenth", "last")
    )
    better = tenths.lt(tenths[view.number], axis=0).sum()
    most = [view.names[number] for number in numbers if 0 < better[number] == better.max()]
    counts = {"count": int(better.max()), "total": len(tenths), "best": len(most)}
    finding = say("network.side.finding", names=view.some(most), **counts)
    body, about = [], []
    for (measure, cells), shades in zip(figures.iterrows(), tenths.to_numpy(), strict=True):
        facts, own = view.measure(str(measure)), _own(view, str(measure))
        unit = view.unit(facts["unit"])
        name, symbol = (view.language.name(*of) for of in ((facts,), (unit, "symbol")))
        named = name if symbol in name else f"{name}\N{NO-BREAK SPACE}({symbol})"
        written = [_figure(view, value, unit) for value in cells]
        shaded = [_shaded(*cell, shades[0]) for cell in zip(written, shades, strict=True)]
        body.append([html.small(named, str(own["last_year"])), *shaded])
        about.append(pieces.about(own))
    heading = say("network.side.heading")
    columns = [html.Column(say("common.measure")), *(html.Column(name, True) for name in names)]
    return html.join(
        html.heading(heading),
        html.paragraph(finding),
        html.paragraph(say("network.side.caption"), "note"),
        html.table(columns, body, heading, "places", titled=True, about=about),
        html.paragraph(say("network.side.note"), "note"),
    )


def _shaded(written: str, tenth: float, own: float) -> str:
    """Return a figure on the colour of its tenth, bold where that is better than the own one."""
    if pd.isna(tenth):
        return written
    figure = Html("<b>{}</b>").format(written) if tenth < own else written
    mark = '<span class="tenth" style="background:{};color:{}">{}</span>'
    return Html(mark).format(*_TENTHS[int(tenth) - 1], figure)


def _figure(view: View, value: float, unit: Row) -> str:
    none = view.say("common.no_figure")
    return view.language.number(value, int(unit["decimals"])) if pd.notna(value) else none


def places(view: View) -> Html:
    """Return the map of the municipality, its group and the most similar ones."""
    say, rows, outlines = view.say, marked(view), view.data.outlines
    kinds = [kind for kind in ("own", "similar", "both", "group") if kind in set(rows["mark"])]
    names = {
        kind: view.language.listed(rows.loc[rows["mark"] == kind, "label"])
        for kind in ("similar", "both", "group")
    }
    # The whole country has room for the names that matter most.
    few = rows.assign(label=rows["label"].where(rows["mark"] != "group", ""))
    picture = charts.country_map(
        outlines, few, name="map-country", alt=say("network.map.alt", **names)
    )
    key = charts.map_key([(kind, say(f"network.map.key_{kind}")) for kind in kinds])
    return html.join(
        html.heading(say("network.map.heading")),
        f'<ul class="key">{key}</ul>',
        html.figure(picture),
        html.paragraph(say("network.map.source"), "note"),
    )


def marked(view: View) -> pd.DataFrame:
    """Return the municipalities on the map: number, mark, label, county_name, in that order."""
    alike, group = list(view.similar["municipality"]), set(view.peers)
    numbers = [view.number, *alike, *sorted(group - set(alike))]
    marks = ["own", *("both" if number in group else "similar" for number in alike)]
    marks += ["group"] * (len(numbers) - len(marks))
    facts = view.data.municipalities.set_index("number").loc[numbers, ["name", "county_name"]]
    rows = facts.rename(columns={"name": "label"}).rename_axis("number").reset_index()
    return rows.assign(mark=marks)


def further(view: View) -> pd.DataFrame:
    """Return who began alike and came clearly further: the strongest few per measure."""
    return _strongest(view, view.beside[view.beside["further"]])


def worth_a_call(view: View) -> pd.DataFrame:
    """Return the rows of `further`, or none where chance alone would show as many."""
    rows, counted = further(view), _counted(view)
    return rows if counted["found"] > counted["chance"] else rows.iloc[:0]


def _counted(view: View) -> dict[str, int]:
    """Return how many pairs are clearly apart, and how many chance alone would show."""
    return {"found": int(view.beside["further"].sum()), "chance": int(by_chance(view.beside) + 0.5)}


def further_tables(view: View) -> Html:
    """Return a table per measure of those who began alike and came clearly further, if any."""
    say, rows = view.say, worth_a_call(view)
    if rows.empty:
        return Html("")  # the box in short has said so
    return html.join(
        html.heading(say("network.further.heading")),
        html.paragraph(say("network.further.lead", since=since(view.data.observations))),
        *_tables(view, rows),
    )


def incomparable(view: View) -> pd.DataFrame:
    """Return the municipality's measures with a good direction that nobody can be set beside."""
    rows = view.assessed[view.assessed["direction"] != 0]
    return rows[~rows["measure"].isin(view.beside["measure"])]


def before_calling(view: View) -> Html:
    """Return the cautions: rank is no target, chance, reasons, and contact; '' with no call."""
    say, rows = view.say, worth_a_call(view)
    if rows.empty:
        return Html("")
    aimed = rows[rows["target"].notna()]
    rank = [
        say("network.before.rank"),
        say("network.before.met", total=len(aimed), met=int(aimed["met"].eq(True).sum())),
        *[say(f"common.scope.{scope}") for scope in sorted(set(aimed["scope"].map(str)))],
    ]
    others = [say(f"network.before.{key}") for key in ("small", "why", "contact")]
    return html.join(
        html.heading(say("network.before.heading")),
        html.items([" ".join(filter(None, rank)), *others]),
    )


def sources(view: View) -> Html:
    """Return where every figure of the brief comes from."""
    known = set(view.data.measures["measure"])
    traits = [measure for one in TRAITS for measure in one.measures if measure in known]
    used = [*traits, *placed(view)["measure"], *view.beside["measure"]]
    return pieces.sources(view, dict.fromkeys(used))


def _strongest(view: View, rows: pd.DataFrame) -> pd.DataFrame:
    """Return the few that gained most per measure; the measure with the largest gain first."""
    gain = rows["gained"] / rows["spread"]
    rows = rows.assign(gain=gain, most=gain.groupby(rows["measure"]).transform("max"))
    rows = rows.sort_values(["most", "measure", "gain"], ascending=[False, True, False])
    return rows.groupby("measure", sort=False).head(_SHOWN).reset_index(drop=True)


def _tables(view: View, rows: pd.DataFrame) -> list[Html]:
    """Return a heading, the units and a table for each measure."""
    parts: list[Html] = []
    for measure, part in rows.groupby("measure", sort=False):
        facts = view.measure(str(measure))
        name, unit = view.language.name(facts), view.unit(facts["unit"])
        written = {key: view.language.name(unit, key) for key in ("symbol", "change")}
        piece = html.join(
            html.heading(name, 3, f"further-{measure}"),
            html.paragraph(view.say("network.further.units", **written), "note"),
            _table(view, part, int(unit["decimals"]), name),
        )
        about = pieces.about(_own(view, str(measure)))
        parts.append(Html("<div{}>{}</div>").format(about, piece))
    return parts


def _own(view: View, measure: str) -> Row:
    """Return where the municipality's own series of a measure stands."""
    return records(view.stands[view.stands["measure"] == measure])[0]


def _table(view: View, rows: pd.DataFrame, decimals: int, caption: str) -> Html:
    """Return start, end and change of each municipality above those of our own."""
    aimed = rows["target"].notna().any()
    heads = f"common.municipality #start #now #change {'#target' if aimed else ''}"
    columns = html.columns(view.say, "network.further", heads)
    body = [
        [_about(view, row), *_cells(view, row, decimals)][: len(columns)] for row in records(rows)
    ]
    return html.table(columns, body, caption, titled=True)


def _cells(view: View, row: Row, decimals: int) -> list[str]:
    """Return start, now, change and target; below each the same of our own municipality."""
    say, number, bold = view.say, view.language.number, Html("<b>{}</b>")
    cells: list[str] = []
    for key, signed in (("first", False), ("last", False), ("change", True)):
        theirs, own = (number(row[name], decimals, signed) for name in (key, f"own_{key}"))
        cells.append(html.small(bold.format(theirs), say("network.further.own", value=own)))
    if pd.isna(row["target"]):
        return [*cells, say("common.no_figure")]
    met = say(f"network.further.{'met' if row['met'] else 'not_met'}")
    return [*cells, html.small(bold.format(number(row["target"], decimals)), met)]


def _about(view: View, row: Row) -> Html:
    """Return a name, the years, and the number of residents, by which chance can be judged."""
    number = row["municipality"]
    years = view.language.span(row["first_year"], row["last_year"])
    early = pieces.preliminary(view, row["status"])
    sizes = view.traits[view.traits["trait"] == "size"].set_index("municipality")["value"]
    size = view.language.number(sizes[number])
    residents = view.say("network.further.residents", number=size)
    return html.small(view.names[number], Html("{}{}<br>{}").format(years, early, residents))


def _named(view: View, number: str) -> Html:
    """Return a name in the table of traits, with a word for our own and for the group."""
    mark = "own" if number == view.number else "group" if number in view.peers else ""
    return html.small(view.names[number], view.say(f"network.likeness.is_{mark}") if mark else "")


def _traits_of(view: View, row: pd.Series) -> list[str]:
    return [_figure(view, value, view.unit(_UNITS[str(key)])) for key, value in row.items()]


def _names(view: View, numbers: Iterable[str]) -> str:
    return view.language.listed(view.names[number] for number in numbers)
