"""The front page of a municipality: the answers of its briefs, and where each UN goal stands.

Made from frames once the briefs are there; it links only what lies in the folder. `write` makes
the front pages and the portal of a run.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache, partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

import jinja2
import pandas as pd
from babel.dates import format_date
from markupsafe import Markup

from workbench.analysis.outlook import HORIZON
from workbench.analysis.similarity import everybody, similar
from workbench.analysis.standings import SENSE, SENSES, STANDINGS, every_standing, judged
from workbench.batch import code as modules
from workbench.batch import inputs, manifest
from workbench.batch.manifest import Entry, Ledger
from workbench.batch.notebooks import pages
from workbench.batch.plan import FRONT, Front, Work, of_modules
from workbench.briefs import pieces
from workbench.briefs.view import FILES, View, view
from workbench.dataset import Dataset, load
from workbench.dataset.lookup import folder_name
from workbench.language.translator import Language, languages
from workbench.markup import html
from workbench.markup.html import Column, Html
from workbench.rendering import page as publish
from workbench.storage import hashing

#: How a sense is marked, beside its word.
SYMBOLS = {"on": "✓", "open": "○", "off": "✗", "unknown": "?", "none": "\N{EN DASH}"}

#: The UN goal that the line on climate is about.
CLIMATE = 13

#: A municipality's rows of `standings`.
Rows = list[dict[Hashable, Any]]

#: How many of the most similar municipalities the summary names.
_CALLED = 3


@dataclass(frozen=True, repr=False)
class Run:
    """What every page of a run is made from.

    Attributes
    ----------
    data : Dataset
    day : date
        The day that the pages say they were made.
    out : Path
        The folder that holds a folder of briefs per municipality.
    first : str
        Language of the portal.
    peers : str
        The group that the briefs compare with; empty: each municipality's own.
    """

    data: Dataset
    day: date
    out: Path
    first: str
    peers: str = ""

    @cached_property
    def standings(self) -> pd.DataFrame:
        """Where each KPI of every municipality stands, as `standings.every_standing` returns it."""
        return every_standing(self.data)

    def rows(self, number: str) -> Rows:
        """Return the rows of `standings` for a municipality."""
        return hashing.select_rows(self.standings, number).to_dict("records")

    @cached_property
    def on_course(self) -> pd.DataFrame:
        """The series of all municipalities that are on the way, the quickest first."""
        rows = judged(self.data)
        rows = rows[rows["standing"].map(SENSE) == "on"]
        direction = rows["measure"].map(self.data.measures.set_index("measure")["direction"])
        pace = direction * rows["slope"] / rows["last"].abs()
        return rows.assign(pace=pace).sort_values("pace", ascending=False, kind="stable")

    @cached_property
    def traits(self) -> pd.DataFrame:
        """What likeness is judged by, as `similarity.traits` returns it."""
        return everybody(self.data)

    @cached_property
    def facts(self) -> dict[str, pd.Series]:
        """The rows of ``measures`` by measure."""
        return {str(row["measure"]): row for _, row in self.data.measures.iterrows()}

    @cached_property
    def scopes(self) -> dict[tuple[str, str], str]:
        """Whom a target binds, by measure and municipality; '' is every municipality."""
        rows = self.data.targets
        rows = rows[rows["primary"] == "yes"].fillna({"municipality": ""})
        keys = rows[["measure", "municipality"]].itertuples(index=False, name=None)
        return dict(zip(keys, rows["scope"], strict=True))

    @cached_property
    def names(self) -> dict[str, str]:
        """The names of the municipalities by number."""
        return dict(self.data.municipalities[["number", "name"]].to_numpy())

    @cached_property
    def figures(self) -> pd.DataFrame:
        """How many figures each municipality has (count), and the year of its newest (newest)."""
        years = self.data.observations.groupby("municipality")["year"]
        return years.agg(count="size", newest="max")

    @cached_property
    def labels(self) -> dict[int, pd.Series]:
        """The rows of ``labels`` of the UN goals by number."""
        rows = self.data.labels.query("kind == 'goal'")
        return {int(row["key"]): row for _, row in rows.iterrows()}

    @cached_property
    def methods(self) -> list[str]:
        """The names of the pages that are for all municipalities."""
        return pages()

    def folder(self, number: str) -> Path:
        """Return where the briefs of a municipality lie."""
        return self.out / folder_name(number, self.names[number])

    def scope(self, row: dict[Hashable, Any]) -> str:
        """Return whom the target of a row of `standings` binds."""
        own = self.scopes.get((row["measure"], row["municipality"]))
        return own or self.scopes[row["measure"], ""]

    def goal(self, language: Language, goal: int) -> str:
        """Return a UN goal's number and name."""
        name = language.name(self.labels[goal])
        return language.say("common.goal_name", number=goal, name=name)

    @cached_property
    def figures_hash(self) -> str:
        """A hash of all figures, and of all that explains them."""
        return inputs.everything(self.data)

    @cached_property
    def read(self) -> dict[tuple[str, str], inputs.Read]:
        """A hash of what each municipality's front page reads of the figures."""
        usual = self.data.default_groups()
        groups = {number: self.peers or usual[number] for number in self.names}
        return inputs.of(self.data, groups, [FRONT])

    @cached_property
    def behind(self) -> str:
        """The hash of the code, the templates and the texts behind all pages."""
        used = of_modules("workbench.batch.front_page", "workbench.batch.portal")
        files = [path for path in modules.PACKAGE.glob("t*/*/*") if path.is_file()]
        return hashing.digest([*used, *files])

    @property
    def asked(self) -> tuple[str, ...]:
        """What was asked for, as far as pages show it."""
        return (self.first, self.peers, self.day.isoformat(), *self.methods)

    def key(self, number: str, code: str, inside: Iterable[str]) -> str:
        """Return the hash of all that a front page is made from; `inside` is what lies beside."""
        beside = sorted(name for name in inside if not name.startswith(("index.", ".")))
        return hashing.digest(
            [], self.behind, *self.asked, self.read[number, FRONT].all, code, *beside
        )

    def portal(self, code: str) -> str:
        """Return the file name of the portal in a language."""
        return "index.html" if code == self.first else f"index.{code}.html"

    def made(self, language: Language, rows: pd.DataFrame) -> dict[str, str]:
        """Return the day, and the count and newest year of figures, as they are written."""
        newest = rows["newest"].max()
        return {
            "day": format_date(self.day, "long", locale=language.locale),
            "figures": language.number(rows["count"].sum()),
            "newest": "" if pd.isna(newest) else str(int(newest)),
        }


def works(
    run: Run,
    again: Iterable[str],
    force: bool = False,
    known: Mapping[str, Ledger] | None = None,
) -> list[Work]:
    """Return the front pages that are due, a piece of work for each municipality.

    Parameters
    ----------
    run : Run
    again : iterable of str
        Numbers of the municipalities whose pages are made again if they would be others. Those of
        municipalities beside are made where they are missing beside their briefs.
    force : bool
        Make them again even if they would be the same.
    known : mapping of str to Ledger, optional
        Ledgers that have been read already and not been written to since, by their names.
    """
    there, wanted, ledgers = manifest.listing(run.out), set(again), dict(known or {})
    ledgers |= manifest.read_all(run.out, there, ledgers)
    held: dict[str, list[str]] = {}
    for path in there:
        folder, _, name = path.partition("/")
        held.setdefault(folder, []).append(name)
    found = []
    for number in run.names:
        name = run.folder(number).name
        inside = held.get(name, [])
        # Asked by name, since a bucket has no folders.
        codes = languages_of(inside)
        if number not in wanted:
            codes = [code for code in codes if f"index.{code}.html" not in inside]
        if not codes:
            continue
        said = ledgers.get(name, Ledger(run.out, name))
        keys = {code: run.key(number, code, inside) for code in codes}
        due = {
            code: key
            for code, key in keys.items()
            if force or number not in wanted or not said.current(f"index.{code}", key, there)
        }
        if due:
            asked = Front(run.day, run.first, run.peers, run.figures_hash, tuple(due.items()))
            place = "" if run.data.is_own else str(run.data.path.resolve())
            found.append(Work(run.out, name, (), number=number, figures=place, front=asked))
    return found


def make(wanted: Work) -> list[str]:
    """Write the front pages of a piece of work; return what failed, a line each."""
    if wanted.front is None:
        return []
    asked, failed = wanted.front, []
    run = _run(wanted.figures, wanted.out, asked.day, asked.first, asked.peers, asked.figures_hash)
    for code, key in asked.keys:
        page = wanted.out / wanted.name / f"index.{code}.html"
        failed += written(page, f"index.{code}", key, partial(front_page, run, wanted.number, code))
    return failed


@lru_cache(maxsize=1)
def _run(figures: str, out: Path, day: date, first: str, peers: str, _hash: str) -> Run:
    """Return what the pages of a run are made from; the same for all that one process makes."""
    return Run(load(figures or None), day, out, first, peers)


def portals(run: Run) -> list[str]:
    """Return the languages of the portal, that of ``index.html`` last."""
    known = {code for number in run.names for code in fronts(run, number)}
    # What an earlier run wrote is kept up to date.
    known |= {code for code in languages() if (run.out / f"index.{code}.html").exists()}
    return [*sorted(known - {run.first}), run.first]


def front_page(run: Run, number: str, code: str) -> str:
    """Return the front page of a municipality in a language."""
    place, rows = view(run.data, number, code, run.peers), run.rows(number)
    others = [other for other in spoken(run.folder(number)) if other != code]
    links = [(f"../{run.portal(code)}", place.say("front.all"), "")]
    links += [(f"index.{other}.html", own_name(other), other) for other in others]
    content = html.join(
        html.paragraph(place.say("front.kicker"), "kicker"),
        html.heading(place.name, 1),
        summary(run, place, rows),
        reports(run, place),
        goals(run, place, rows),
        indicators(run, place, rows),
        about(run, place),
    )
    template = environment().get_template("front/index.html.j2")
    return template.render(
        code=code,
        title=place.say("front.title"),
        links=links,
        skip=place.say("common.skip"),
        content=Markup(content),
    )


def summary(run: Run, place: View, rows: Rows) -> Html:
    """Return the answers of the briefs, a line each; then how sure they are, and what is missing.

    `rows` are the municipality's rows of `standings`, here and below.
    """
    lines = {
        "known": _known(place, rows),
        "targets": _targets(place, rows),
        "moves": _moves(place, rows),
        "ahead": _ahead(place, rows),
        "climate": _climate(run, place, rows),
        "decide": _decide(place, rows),
        "call": _call(run, place, rows),
    }
    said = Markup("<b>{}</b> {}")
    answer = [said.format(place.say(f"front.label.{k}"), text) for k, text in lines.items() if text]
    senses = Counter(row["sense"] for row in rows)
    known = len(rows) - senses["none"]
    sure = place.say("front.short.sure", known=known, unknown=senses["unknown"])
    lacks = place.say("front.short.missing", missing=senses["none"], total=len(rows))
    return pieces.in_short(place, answer, sure, lacks)


def reports(run: Run, place: View) -> Html:
    """Return links to what lies in the folder: each brief with its question, and the figures."""
    code, folder = place.language.code, run.folder(place.number)
    links: list[tuple[str, str, str]] = []
    for brief in sorted(folder.glob(f"*.{code}.html")):
        if brief.name != f"index.{code}.html":
            links.append((brief.name, publish.title_of(brief), _printed(brief)))
    links += [
        (f"../{name}.{code}.html", place.say("common.methods"), "")
        for name in run.methods
        if (run.out / f"{name}.{code}.html").is_file()
    ]
    files = [
        (name, name, f": {place.say(f'common.file.{kind}')}")
        for kind, name in FILES.items()
        if (folder / name).is_file()
    ]
    return html.join(
        html.heading(place.say("front.reports")),
        _links(links),
        html.heading(place.say("common.reuse"), 3) if files else "",
        _links(files),
    )


def goals(run: Run, place: View, rows: Rows) -> Html:
    """Return how many KPIs of each of the 17 UN goals stand how."""
    say, language = place.say, place.language
    columns = [Column(say("common.goal"))]
    columns += [Column(head(language, key), numeric=True) for key in SENSES]
    columns += [Column(say(f"front.column.{key}"), numeric=True) for key in ("known", "kpis")]
    body: list[list[str | Markup]] = []
    without = []
    for goal in run.labels:
        name, counts = run.goal(language, goal), Counter(_senses(rows, goal))
        total = counts.total()
        if not total:
            without.append(name)
        link = Markup('<a href="#goal-{}">{}</a>').format(goal, name) if total else name
        marks = [mark(key, counts[key], language) for key in SENSES]
        body.append([link, *marks, str(total - counts["none"]), str(total)])
    none = say("status.goals.none", goals=language.listed(without)) if without else ""
    return html.join(
        html.heading(say("front.goals.heading")),
        html.paragraph(say("front.goals.lead")),
        html.table(columns, body, say("front.goals.caption", count=len(rows)), "goals"),
        html.paragraph(none, "note"),
    )


def indicators(run: Run, place: View, rows: Rows) -> Html:
    """Return the KPIs under each goal, each with where it stands, to unfold."""
    pieces = []
    for goal in run.labels:
        part = [row for row in rows if row["goal"] == goal]
        if part:
            pieces.append(_indicators(run, place, goal, part))
    return html.join(
        '<section class="indicators">',
        html.heading(place.say("front.kpi.heading")),
        html.paragraph(place.say("front.kpi.lead")),
        *pieces,
        "</section>",
    )


def about(run: Run, place: View) -> Html:
    """Return when the page was made, and from which figures."""
    own = run.figures.reindex([place.number])
    said = place.say("front.made", **run.made(place.language, own.fillna({"count": 0})))
    return html.paragraph(said, "note")


def spoken(folder: Path) -> list[str]:
    """Return the languages that there are briefs in, in a folder of briefs."""
    return languages_of(path.name for path in folder.glob("*.*.html"))


def languages_of(names: Iterable[str]) -> list[str]:
    """Return the languages of the briefs among the names of files."""
    pages = (name.split(".") for name in names if name.endswith(".html"))
    found = {parts[-2] for parts in pages if len(parts) > 2 and parts[0] != "index"}
    return sorted(found & set(languages())) if found else []


def fronts(run: Run, number: str) -> list[str]:
    """Return the languages of the front pages that a municipality has."""
    folder = run.folder(number)
    if not folder.is_dir():
        return []
    return [code for code in languages() if (folder / f"index.{code}.html").is_file()]


def word(language: Language, sense: str) -> str:
    """Return a sense in a word or two."""
    return language.say(f"front.sense.{sense}")


def head(language: Language, sense: str) -> str:
    """Return the header of a column of counts: the sign and the word of its sense."""
    # A dash before numbers would be taken for a minus.
    sign = "" if sense == "none" else f"{SYMBOLS[sense]}\N{NO-BREAK SPACE}"
    return sign + word(language, sense)


def mark(sense: str, count: int, language: Language) -> Markup:
    """Return a count with the sign of its sense; a zero, and what has no figure, stay bare."""
    if sense == "none" or not count:
        return Markup('<span class="nil">{}</span>').format(language.number(count))
    sign = Markup('<span class="mark {}"><span aria-hidden="true">{}</span> {}</span>')
    return sign.format(sense, SYMBOLS[sense], language.number(count))


def own_name(code: str) -> str:
    """Return what a language calls itself: 'English', 'Norsk bokmål'."""
    name = Language(code).locale.get_language_name(code) or code
    return name[:1].upper() + name[1:]


@lru_cache
def environment() -> jinja2.Environment:
    """Return where the pages' templates and styles are read from."""
    loader = jinja2.FileSystemLoader([publish.TEMPLATES, publish.TEMPLATES / "brief"])
    return jinja2.Environment(loader=loader, autoescape=True, undefined=jinja2.StrictUndefined)


def written(page: Path, what: str, key: str, make: Callable[[], str]) -> list[str]:
    """Write a page and note from what it was made; return a line that says what went wrong."""
    folder = page.parent.name
    inside = what.startswith("index.")
    out = page.parent.parent if inside else page.parent
    try:
        publish.write(page, make())
        entry = Entry(key, manifest.written(out, [page]))
        manifest.note(out, folder if inside else manifest.SHARED, what, entry)
    except Exception as error:  # one page must not cost the others
        said = str(error).strip().splitlines() or [""]
        return [f"{folder}/{page.stem}: {type(error).__name__}: {said[0]}"]
    return []


def _senses(rows: Rows, goal: int) -> list[str]:
    return [row["sense"] for row in rows if row["goal"] == goal]


def _known(place: View, rows: Rows) -> str:
    counts = Counter(row["status"] for row in rows)
    known = counts["direct"] + counts["proxy"]
    return place.say(
        "front.short.known",
        known=known,
        total=len(rows),
        direct=counts["direct"],
        proxy=counts["proxy"],
    )


def _targets(place: View, rows: Rows) -> str:
    met = [bool(row["target_met"]) for row in rows if pd.notna(row["target_met"])]
    return place.say("front.short.targets", total=len(met), met=sum(met))


def _moves(place: View, rows: Rows) -> str:
    reading, outcome = (Counter(row[key] for row in rows) for key in ("reading", "outcome"))
    return place.say(
        "front.short.moves",
        better=reading["better"],
        worse=reading["worse"],
        unclear=outcome["unclear"] + outcome["unchanged"],
    )


def _ahead(place: View, rows: Rows) -> str:
    counts = Counter(row["standing"] for row in rows if pd.notna(row["chance"]))
    on, off, unsure = counts["likely"] + counts["met"], counts["off"], counts["open"]
    return place.say(
        "front.short.ahead", year=HORIZON, total=on + off + unsure, on=on, off=off, unsure=unsure
    )


def _climate(run: Run, place: View, rows: Rows) -> str:
    """Return how the KPI on climate stands, or that there is no figure for it."""
    part = [row for row in rows if row["goal"] == CLIMATE]
    known = _ordered([row for row in part if row["sense"] != "none"])
    if not known:
        names = place.language.listed(_name(place, row) for row in part)
        return place.say("front.short.no_climate", names=names)
    row = known[0]
    fact, aimed = run.facts[row["measure"]], pd.notna(row["target"])
    unit = place.unit(fact["unit"])
    return place.say(
        "front.short.climate",
        measure=place.language.name(fact),
        value=place.language.amount(row["last"], unit),
        year=int(row["last_year"]),
        # The unit has just been said.
        target=place.language.number(row["target"], int(unit["decimals"])) if aimed else "",
        by="" if pd.isna(row["target_year"]) else int(row["target_year"]),
        standing=place.say(f"front.climate.{row['standing']}"),
        scope=place.say(f"common.scope.{run.scope(row)}") if aimed else "",
    )


def _decide(place: View, rows: Rows) -> str:
    missed, wrong = (
        [_name(place, row) for row in rows if row["standing"] == key] for key in ("off", "worse")
    )
    return place.say(
        "front.short.decide",
        missed=place.some(missed),
        wrong=place.some(wrong),
        count=len(missed) + len(wrong),
        judged=sum(row["sense"] in ("on", "open") for row in rows),
    )


def _call(run: Run, place: View, rows: Rows) -> str:
    """Return who is most alike, and who is on the way with what is not here, the quickest first.

    The latter is told of the first KPI, in the order of `_ordered`, that a peer is on the way with.
    """
    near = similar(run.traits, place.number, _CALLED)
    said = place.say(
        "network.short.similar",
        names=place.language.listed(run.names[number] for number in near["municipality"]),
        unusual=bool(near["unusual"].iloc[0]),
    )
    peers = run.on_course[run.on_course["municipality"].isin(place.peers)]
    for row in _ordered([row for row in rows if row["sense"] in ("off", "open")]):
        there = peers.loc[peers["measure"] == row["measure"], "municipality"]
        if len(there):
            names = place.some([run.names[number] for number in there])
            kpi = _name(place, row)
            return f"{said} {place.say('front.short.call', kpi=kpi, names=names, count=len(there))}"
    return said


def _ordered(rows: Rows) -> Rows:
    """Return the KPIs with what most asks for a decision first, else in the order of the set."""
    return sorted(rows, key=lambda row: STANDINGS.index(row["standing"]))


def _indicators(run: Run, place: View, goal: int, rows: Rows) -> Html:
    """Return the KPIs of one goal: those with figures, then the names of the others."""
    say = place.say
    known = _ordered([row for row in rows if row["sense"] != "none"])
    without = [place.language.name(row) for row in rows if row["sense"] == "none"]
    title = say(
        "front.kpi.summary",
        goal=run.goal(place.language, goal),
        known=len(known),
        total=len(rows),
    )
    items = Markup("").join(_kpi(run, place, row) for row in known)
    rest = say("front.kpi.without", names=place.language.listed(without)) if without else ""
    # A browser opens the box when a link leads into it.
    content = Markup('<div id="goal-{}">{}{}</div>').format(
        goal,
        Markup("<ul>{}</ul>").format(items) if items else "",
        Markup(html.paragraph(rest, "note")),
    )
    return html.details(title, content)


def _kpi(run: Run, place: View, row: dict[Hashable, Any]) -> Markup:
    """Return one KPI: its name, where it stands, and the figure and target it is judged by."""
    return Markup(
        '<li>{}: <span class="mark {}"><span aria-hidden="true">{}</span> {}</span>'
        "<br><small>{}</small></li>"
    ).format(
        place.language.name(row),
        row["sense"],
        SYMBOLS[row["sense"]],
        place.say(f"front.standing.{row['standing']}"),
        _figure(run, place, row),
    )


def _figure(run: Run, place: View, row: dict[Hashable, Any]) -> str:
    """Return the newest figure and its target, with whom that binds."""
    language, fact = place.language, run.facts[row["measure"]]
    unit, aimed = place.unit(fact["unit"]), pd.notna(row["target"])
    return place.say(
        "front.kpi.figure",
        measure=language.name(fact),
        value=language.amount(row["last"], unit),
        year=int(row["last_year"]),
        target=language.amount(row["target"], unit) if aimed else "",
        by="" if pd.isna(row["target_year"]) else int(row["target_year"]),
        scope=place.say(f"common.scope.{run.scope(row)}") if aimed else "",
        proxy=row["status"] == "proxy",
    )


def _name(place: View, row: dict[Hashable, Any]) -> str:
    return place.language.inside(place.language.name(row))


def _printed(brief: Path) -> Markup | str:
    """Return the link to the brief on paper, where there is one."""
    sheet = brief.with_suffix(".pdf")
    return Markup(' (<a href="{}">PDF</a>)').format(quote(sheet.name)) if sheet.is_file() else ""


def _links(links: Sequence[tuple[str, str, str]]) -> str:
    """Return a list of links: address, text, and what follows it."""
    item = Markup('<li><a href="{}">{}</a>{}</li>')
    items = Markup("").join(item.format(quote(address), *said) for address, *said in links)
    return Markup('<ul class="links">{}</ul>').format(items) if items else ""
