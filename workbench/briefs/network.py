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

import pandas as pd
from markupsafe import Markup

from workbench import charts
from workbench.analysis.similarity import NEAREST, TRAITS, by_chance, comparable, since
from workbench.briefs.view import View
from workbench.language.translator import Row
from workbench.markup import html
from workbench.markup.html import Column, Html
from workbench.storage import hashing

#: So many municipalities are named in the box in short, and shown per measure.
_NAMED, _SHOWN = 3, 3

#: Units of the traits that are not measures themselves, by trait.
_UNITS = {"size": "persons", "land": "m2", "young": "percent", "old": "percent"}
_UNITS |= {"income": "percent"}


def title(view: View) -> Html:
    """Return the heading."""
    return view.title("network")


def summary(view: View) -> Html:
    """Return the box 'in short': whom to call, how sure that is, what is missing."""
    say, language = view.say, view.language
    nearest = language.listed(_names(view, view.similar["municipality"].head(_NAMED)))
    unusual = bool(view.similar["unusual"].iloc[0])
    rows = further(view)
    clear = [
        say("network.short.call", measure=_measure_inside(view, measure), names=_called(view, part))
        for measure, part in rows.groupby("measure", sort=False)
    ]
    leads = ahead(view)
    answer = [
        say("network.short.similar", names=nearest, unusual=unusual),
        *clear[:_NAMED],
        say("network.short.none", count=int(view.beside["alike"].sum())) if not clear else "",
        say("network.short.ahead", count=leads["measure"].nunique()) if len(leads) else "",
        say("network.short.rank"),
    ]
    sure = say(
        "network.short.sure",
        pairs=int(view.beside["alike"].sum()),
        found=int(view.beside["further"].sum()),
        chance=int(by_chance(view.beside) + 0.5),
    )
    missing = say("network.short.missing", count=len(left_out(view)))
    return view.in_short(answer, sure, missing)


def likeness(view: View) -> Html:
    """Return the most similar municipalities, each trait beside that of the municipality."""
    say, language = view.say, view.language
    table = view.traits.pivot(index="municipality", columns="trait", values="value")
    years = view.traits.drop_duplicates("trait").set_index("trait")["year"]
    columns = [Column(say("common.municipality"))]
    head = Markup("{}<br><small>{}</small>")
    columns += [
        Column(head.format(say(f"network.likeness.{one.key}"), years[one.key]), numeric=True)
        for one in TRAITS
    ]
    columns.append(Column(say("network.likeness.distance"), numeric=True))
    shown = [
        (view.number, 0.0),
        *view.similar[["municipality", "distance"]].itertuples(index=False),
    ]
    rows = [
        [_named(view, number), *_traits_of(view, table.loc[number]), language.number(distance, 2)]
        for number, distance in shown
    ]
    lacking = table.loc[[number for number, _ in shown]].isna()
    return html.join(
        html.heading(say("network.likeness.heading")),
        html.paragraph(say("network.likeness.lead", count=NEAREST)),
        html.table(columns, rows, say("network.likeness.caption"), titled=True),
        html.paragraph(
            say(
                "network.likeness.scale", middle=language.number(view.similar["middle"].iloc[0], 2)
            ),
            "note",
        ),
        *[html.paragraph(text, "note") for text in _lacking(view, lacking)],
        html.paragraph(_group(view)),
    )


def places(view: View) -> Html:
    """Return the map of the municipality, its group and the most similar ones, and their names."""
    say = view.say
    rows = marked(view)
    kinds = [kind for kind in ("own", "similar", "both", "group") if kind in set(rows["mark"])]
    names = {
        kind: view.language.listed(rows.loc[rows["mark"] == kind, "label"])
        for kind in ("similar", "both", "group")
    }
    outlines = view.data.outlines
    # The whole country has room for the names that matter most, the surroundings for more.
    few = rows.assign(label=rows["label"].where(rows["mark"] != "group", ""))
    country = charts.country_map(
        outlines, few, name="map-country", alt=say("network.map.alt", **names)
    )
    near = charts.near_map(outlines, rows, name="map-near", alt=say("network.map.near_alt"))
    key = charts.map_key([(kind, say(f"network.map.key_{kind}")) for kind in kinds])
    table = html.table(
        [Column(say(f"common.{key}")) for key in ("municipality",)]
        + [Column(say(f"network.map.{key}")) for key in ("county", "mark")],
        [
            [row.label, row.county_name, say(f"network.map.key_{row.mark}")]
            for row in rows.itertuples()
        ],
        say("network.map.caption"),
        titled=True,
    )
    return html.join(
        html.heading(say("network.map.heading")),
        f'<ul class="key">{key}</ul>',
        Markup('<div class="maps">{}{}</div>').format(
            Markup(html.figure(country, say("network.map.country"))),
            Markup(html.figure(near, say("network.map.near"))),
        ),
        html.details(say("network.map.names"), table),
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


def ahead(view: View) -> pd.DataFrame:
    """Return who began alike and came further, without it being clear, as `further` does."""
    rows = view.beside
    return _strongest(view, rows[rows["ahead"] & ~rows["further"]])


def evidence(view: View) -> str:
    """Return a hash of all that the brief says of others' figures.

    Of the many that it compares it shows few: it is another brief only when these are others.
    """
    unseen = ["spread", "gained", "gain", "most", "low", "high"]
    shown = [
        hashing.fingerprint(rows.drop(columns=unseen)) for rows in (further(view), ahead(view))
    ]
    counts = (view.beside[["alike", "further"]].sum().tolist(), _nobody(view))
    compared = sorted(view.beside["measure"].unique())
    return hashing.digest([], *shown, str(counts), *compared)


def further_tables(view: View) -> Html:
    """Return a table per measure of those who began alike and came clearly further."""
    say = view.say
    rows = further(view)
    pieces = [
        html.heading(say("network.further.heading")),
        html.paragraph(say("network.further.lead", since=since(view.data.observations))),
    ]
    pieces += _tables(view, rows, "further")
    if rows.empty:
        pieces.append(html.paragraph(say("network.further.none")))
    return html.join(*pieces, html.paragraph(_nobody(view), "note"))


def leads(view: View) -> Html:
    """Return those who came further than the municipality without it being clear."""
    say = view.say
    rows = ahead(view)
    if rows.empty:
        return Html("")
    return html.join(
        html.heading(say("network.ahead.heading")),
        html.paragraph(say("network.ahead.lead")),
        *_tables(view, rows, "ahead"),
    )


def left_out(view: View) -> pd.DataFrame:
    """Return the municipality's measures with a good direction that nobody can be set beside."""
    rows = view.assessed[view.assessed["direction"] != 0]
    return rows[~rows["measure"].isin(view.beside["measure"])]


def before_calling(view: View) -> Html:
    """Return what to bear in mind: rank is no target, chance, reasons, and contact."""
    say = view.say
    shown = pd.concat([further(view), ahead(view)])
    aimed = shown[shown["target"].notna()]
    scopes = sorted({str(scope) for scope in aimed["scope"]})
    met = say("network.before.met", total=len(aimed), met=int(aimed["met"].eq(True).sum()))
    rank = [say("network.before.rank"), met, *[say(f"common.scope.{scope}") for scope in scopes]]
    points = [" ".join(text for text in rank if text)]
    points += [say(f"network.before.{key}") for key in ("small", "why", "contact")]
    items = Markup("").join(Markup("<li>{}</li>").format(point) for point in points)
    return html.join(
        html.heading(say("network.before.heading")), Markup("<ul>{}</ul>").format(items)
    )


def sources(view: View) -> Html:
    """Return where every figure of the brief comes from."""
    used = [measure for one in TRAITS for measure in one.measures]
    compared = view.beside["measure"].drop_duplicates()
    return view.sources([*used, *[measure for measure in compared if measure not in used]])


def _strongest(view: View, rows: pd.DataFrame) -> pd.DataFrame:
    """Return the few that gained most per measure; the measure with the largest gain first."""
    gain = rows["gained"] / rows["spread"]
    rows = rows.assign(gain=gain, most=gain.groupby(rows["measure"]).transform("max"))
    rows = rows.sort_values(["most", "measure", "gain"], ascending=[False, True, False])
    return rows.groupby("measure", sort=False).head(_SHOWN).reset_index(drop=True)


def _tables(view: View, rows: pd.DataFrame, kind: str) -> list[Html]:
    """Return a heading, the units and a table for each measure."""
    pieces = []
    for measure, part in rows.groupby("measure", sort=False):
        facts = view.measure(str(measure))
        name, unit = view.language.name(facts), view.unit(facts["unit"])
        written = {key: view.language.name(unit, key) for key in ("symbol", "change")}
        pieces += [
            html.heading(name, 3, f"{kind}-{measure}"),
            html.paragraph(view.say("network.further.units", **written), "note"),
            _table(view, part, unit, name),
        ]
    return pieces


def _table(view: View, rows: pd.DataFrame, unit: Row, caption: str) -> Html:
    """Return start, end and change of each municipality above those of our own."""
    heads = ["start", "now", "change", *(["target"] if rows["target"].notna().any() else [])]
    columns = [Column(view.say("common.municipality"))]
    columns += [Column(view.say(f"network.further.{head}"), numeric=True) for head in heads]
    body = [
        [_about(view, row), *_cells(view, row, int(unit["decimals"]))[: len(heads)]]
        for _, row in rows.iterrows()
    ]
    return html.table(columns, body, caption, titled=True)


def _cells(view: View, row: pd.Series, decimals: int) -> list[str | Markup]:
    """Return start, now, change and target; below each the same of our own municipality."""
    say, number = view.say, view.language.number
    two = Markup("<b>{}</b><br><small>{}</small>")
    cells: list[str | Markup] = [
        two.format(
            number(row[key], decimals, signed),
            say("network.further.own", value=number(row[f"own_{key}"], decimals, signed)),
        )
        for key, signed in (("first", False), ("last", False), ("change", True))
    ]
    if pd.isna(row["target"]):
        return [*cells, say("common.no_figure")]
    word = say(f"network.further.{'met' if row['met'] else 'not_met'}")
    return [*cells, two.format(number(row["target"], decimals), word)]


def _about(view: View, row: pd.Series) -> Markup:
    """Return a name, the years, and the number of residents, which tells what chance may do."""
    say, language, number = view.say, view.language, row["municipality"]
    years = language.span(row["first_year"], row["last_year"])
    early = f" ({say('common.preliminary')})" if pd.notna(row["status"]) else ""
    residents = say("network.further.residents", number=language.number(view.sizes[number]))
    return Markup("{}<br><small>{}{}<br>{}</small>").format(
        view.names[number], years, early, residents
    )


def _named(view: View, number: str) -> str | Markup:
    """Return a name in the table of traits, with a word for our own and for the group."""
    mark = "own" if number == view.number else "group" if number in view.peers else ""
    name = view.names[number]
    word = view.say(f"network.likeness.is_{mark}") if mark else ""
    return Markup("{}<br><small>{}</small>").format(name, word) if word else name


def _traits_of(view: View, row: pd.Series) -> list[str]:
    none = view.say("common.no_figure")
    units = {one.key: view.unit(_UNITS[one.key]) for one in TRAITS}
    return [
        view.language.number(row[key], int(unit["decimals"])) if pd.notna(row[key]) else none
        for key, unit in units.items()
    ]


def _lacking(view: View, lacking: pd.DataFrame) -> list[str]:
    """Return which municipalities lack a trait, a sentence per trait."""
    return [
        view.say(
            "network.likeness.lacking",
            names=view.language.listed(_names(view, lacking.index[lacking[trait]])),
            trait=view.say(f"network.likeness.trait.{trait}"),
        )
        for trait in lacking.columns[lacking.any()]
    ]


def _group(view: View) -> str:
    """Return whom the municipality is compared with in the other briefs."""
    alike = [number for number in view.similar["municipality"] if number in view.peers]
    return view.say(
        "network.likeness.group",
        group=view.group_name,
        count=len(view.peers),
        alike=len(alike),
        total=len(view.similar),
    )


def _nobody(view: View) -> str:
    """Return the measures on which somebody was compared and nobody stands out."""
    facts = comparable(view.data.measures).set_index("measure")
    silent = set(view.beside["measure"]) - set(further(view)["measure"])
    measures = [measure for measure in facts.index if measure in silent]
    names = [view.language.inside(view.language.name(facts.loc[measure])) for measure in measures]
    return view.say("network.further.nobody", names=view.language.listed(names)) if names else ""


def _measure_inside(view: View, measure: object) -> str:
    return view.language.inside(view.language.name(view.measure(str(measure))))


def _called(view: View, rows: pd.DataFrame) -> str:
    return view.language.listed(_names(view, rows["municipality"]))


def _names(view: View, numbers: pd.Series | pd.Index) -> list[str]:
    return [view.names[number] for number in numbers]
