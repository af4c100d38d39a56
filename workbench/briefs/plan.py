"""The brief 'Which UN goals need a decision?', for the municipal plan.

The goals come in the order of `standings.ranked`: first those with a KPI that is off the way to a
target or clearly moves the wrong way, then those where it is open, those on the way, those with
figures that cannot be judged, and those without any. Within each, the one furthest from its target
comes first (share of the target reached), then the one that is surest (chance of reaching the
target, q of Benjamini and Hochberg, number of figures), then what moves the wrong way. The brief
never says what is to be decided.

>>> import workbench as wb
>>> view = wb.view(None, "Bærum")
>>> print(wb.decisions.title(view))
<p class="kicker">...</p>
<h1>Hvilke bærekraftsmål bør Bærum ta stilling til?</h1>
"""

from __future__ import annotations

import pandas as pd

from workbench.analysis import standings
from workbench.analysis.outlook import UNLIKELY
from workbench.analysis.projection import ENOUGH
from workbench.briefs import pieces
from workbench.briefs.reads import Reads
from workbench.briefs.view import View, records
from workbench.language.translator import Row, change_decimals
from workbench.markup import html
from workbench.markup.html import Html

READS = Reads(peers=True, ahead=True, standing=True, record=True)

#: So many goals that are off the way have their figure in the box in short.
_NAMED = 2

#: Why no chance is stated, where that is said, by the name of its text.
_SILENT = {key: key for key in ("end", "ended", "unchanged", "missed", "unproven")}
_SILENT["old"] = "outdated"

#: A direction with a larger q may be down to chance among so many series.
_LUCK = 0.05

#: The scopes of targets that bind the state and not the municipality.
_OF_STATES = ("national", "global")

#: The senses whose word the page has a colour and a mark for, by the name of it.
_STYLE = {"off": "worse", "on": "better"}

#: What a KPI's row needs of `View.assessed` beside the columns of `standings.standings`.
_FACTS = [
    *("measure", "measure_nb", "measure_en", "unit", "window", "direction", "q", "reason"),
    *("differs_nb", "differs_en", "first", "first_year", "preliminary", "to_year", "years_ahead"),
    *("target_scope", "target_basis_nb", "target_basis_en", "target_required"),
]


def title(view: View) -> Html:
    """Return the heading."""
    return pieces.title(view, "plan")


def kpis(view: View) -> pd.DataFrame:
    """Return the 91 KPIs, each with where it stands and the evidence.

    Returns
    -------
    DataFrame
        The columns of `standings.standings` (names and ``status`` are the KPI's), and of its
        measure from `View.assessed`: measure_nb and measure_en (its name), preliminary (its
        status), unit, window, direction, q, reason, differs, first, first_year, to_year,
        years_ahead, and the target's scope, basis and required change; missing without a figure.
    """
    names = {"name_nb": "measure_nb", "name_en": "measure_en", "status": "preliminary"}
    facts = view.assessed.rename(columns=names)[_FACTS]
    return view.standings.merge(facts, on="measure", how="left")


def order(view: View) -> pd.DataFrame:
    """Return the goals that have KPIs, as `standings.ranked` orders and counts them."""
    return standings.ranked(kpis(view))


def summary(view: View) -> Html:
    """Return the box 'in short': the answer, how sure, what is missing."""
    say, rows = view.say, kpis(view)
    ranks, total = standings.ranked(rows), len(_numbers(view))
    goals = {sense: [*ranks.loc[ranks["sense"] == sense, "goal"]] for sense in standings.URGENCY}
    first = goals["off"]
    named = view.language.listed(pieces.goal(view, goal, inside=True) for goal in first)
    answer = [say("plan.short.off", count=len(first), total=total, goals=named)]
    answer += [_why(view, rows, goal) for goal in first[:_NAMED]]
    off = rows[rows["goal"].isin(first[:_NAMED]) & (rows["standing"] == "off")]
    if len(off) and off["target_scope"].isin(_OF_STATES).all():
        answer.append(say("plan.short.binding"))
    for sense in ("open", "on"):
        if some := goals[sense]:
            listed = view.language.listed(map(str, sorted(some)))
            answer.append(say(f"plan.short.{sense}", count=len(some), goals=listed))
    if not first and not goals["open"]:
        answer.append(say("plan.short.first"))
    unknown, empty = len(goals["unknown"]), len(goals["none"])
    without = total - len(ranks)
    answer.append(say("plan.short.rest", unknown=unknown, empty=empty, without=without))
    missing = int((rows["status"] == "none").sum())
    sure = say(
        "plan.short.sure",
        percent=f"{100 * UNLIKELY:.0f}",
        known=len(rows) - missing,
        proxy=int((rows["status"] == "proxy").sum()),
        judged=int(rows["chance"].notna().sum()),
    )
    lacks = say("plan.short.missing", missing=missing, total=len(rows))
    return pieces.in_short(view, answer, sure, lacks)


def overview(view: View) -> Html:
    """Return all 17 goals in one table, in the order of the brief, and the rule of that order."""
    say, ranks = view.say, order(view)
    rows = [_overview_row(view, row) for row in records(ranks)]
    rows += [
        [pieces.goal(view, goal), say("common.no_figure"), say("plan.overview.without")]
        for goal in _numbers(view)
        if goal not in set(ranks["goal"])
    ]
    columns = html.columns(say, "plan.overview", "common.goal known standing")
    heading = say("plan.overview.heading", total=len(rows))
    return html.join(
        html.heading(heading),
        html.paragraph(say("plan.overview.guide")),
        html.table(columns, rows, heading, "order", titled=True),
        html.paragraph(say("plan.overview.rule"), "note"),
    )


def sections(view: View) -> Html:
    """Return the goals with figures, in order: what is known, unsure and missing, and whose."""
    rows = kpis(view)
    ranks, parts = standings.ranked(rows), []
    for sense in standings.URGENCY[:-1]:
        goals = ranks.loc[ranks["sense"] == sense, "goal"]
        if len(goals):
            parts.append(html.heading(view.say(f"plan.group.{sense}")))
            parts.append(html.paragraph(view.say(f"plan.lead.{sense}")))
            parts += [section(view, rows[rows["goal"] == goal]) for goal in goals]
    return html.join(*parts)


def section(view: View, rows: pd.DataFrame) -> Html:
    """Return one goal; `rows` are those of its KPIs in `kpis`."""
    goal = int(rows["goal"].iloc[0])
    known = rows[rows["standing"] != "none"]
    known = records(
        known.sort_values("sense", key=lambda s: s.map(standings.URGENCY.index), kind="stable")
    )
    doubts = [_doubts(view, row, len(known) > 1) for row in known]
    parts = {
        "known": html.items(_known(view, row) for row in known),
        "unsure": html.items(filter(None, doubts)),
        "missing": _missing(view, rows),
    }
    labelled = {
        key: Html("<h4>{}</h4>{}").format(view.say(f"plan.goal.{key}"), part) if part else ""
        for key, part in parts.items()
    }
    return Html(
        '<section class="goal">{heading}<div>{known}</div>'
        "<div>{unsure}{missing}{who}</div></section>"
    ).format(
        heading=html.heading(pieces.goal(view, goal), 3, f"goal-{goal}"),
        who=html.paragraph(_responsible(view, goal)),
        **labelled,
    )


def without(view: View) -> Html:
    """Return the goals without figures, in one list, and those without indicators."""
    say, rows = view.say, kpis(view)
    ranks = standings.ranked(rows)
    empty = ranks[ranks["sense"] == "none"]
    names = {goal: pieces.goal(view, goal) for goal in _numbers(view)}
    lacking = [
        say("plan.none.item", goal=names[row["goal"]], count=int(row["kpis"]))
        for row in records(empty)
    ]
    listed = Html("").join(
        Html("<b>{}</b>{}").format(names[goal], _names(view, rows[rows["goal"] == goal]))
        for goal in empty["goal"]
    )
    left = [
        pieces.goal(view, goal, inside=True) for goal in names if goal not in set(ranks["goal"])
    ]
    unknown = set(names) - set(ranks.loc[ranks["sense"] != "none", "goal"])
    whose = {goal: _responsible(view, goal) for goal in names if goal in unknown}
    filled = view.data.responsible["municipality"] == view.number
    return html.join(
        html.heading(say("plan.group.none")),
        html.paragraph(say("plan.lead.none", count=len(lacking)) if lacking else ""),
        html.items(lacking),
        html.details(say("plan.none.show"), listed) if lacking else "",
        html.paragraph(say("plan.none.without", goals=view.language.listed(left)) if left else ""),
        html.items(f"{names[goal]}. {who}" for goal, who in whose.items() if who),
        html.paragraph("" if filled.any() else say("plan.nobody"), "note"),
    )


def beside(view: View) -> Html:
    """Return background figures that clearly move the wrong way, each with its goal."""
    say, rows = view.say, view.assessed
    goal = rows["kpi"].map(view.data.kpis.set_index("code")["goal"])
    background = rows["relation"].isin(["context", "component"]) & goal.notna()
    wrong = background & (rows["reading"] == "worse")
    entries = [
        say("plan.beside.item", series=view.language.name(row), number=pieces.goal(view, number))
        for row, number in zip(records(rows[wrong]), goal[wrong].astype(int), strict=True)
    ]
    if not entries:
        return Html("")
    return html.join(
        html.heading(say("plan.beside.heading")),
        html.paragraph(say("plan.beside.lead")),
        html.items(entries),
    )


def sources(view: View) -> Html:
    """Return where every figure of the brief comes from."""
    return pieces.sources(view, kpis(view)["measure"].dropna())


def _numbers(view: View) -> list[int]:
    """Return the numbers of the UN goals."""
    return [int(key) for key in view.keys("goal")]


def _word(view: View, text: str, sense: str) -> Html:
    """Return a word of judgement; its mark is for the eye, since the word says the same."""
    mark = "" if sense in _STYLE else view.say(f"plan.mark.{sense}")
    sign = Html('<span aria-hidden="true">{} </span>').format(mark) if mark else ""
    return Html('<span class="word {}">{}{}</span>').format(_STYLE.get(sense, sense), sign, text)


def _overview_row(view: View, row: Row) -> list[str]:
    goal = pieces.goal(view, row["goal"])
    if row["known"]:
        goal = Html('<a href="#goal-{}">{}</a>').format(row["goal"], goal)
    counted = [
        _word(view, view.say(f"plan.count.{sense}", count=int(row[sense])), sense)
        for sense in standings.URGENCY
        if row[sense]
    ]
    known = view.say("plan.overview.of", known=int(row["known"]), kpis=int(row["kpis"]))
    return [goal, known, Html('<span class="unseen">, </span> ').join(counted)]


def _why(view: View, rows: pd.DataFrame, goal: int) -> str:
    """Return the figure that puts a goal among the first."""
    own = rows[(rows["goal"] == goal) & (rows["sense"] == "off")]
    row = own.sort_values(["standing", "performance"]).iloc[0]
    unit = view.unit(row["unit"])
    facts = {
        "series": view.language.name(row, "name" if row["status"] == "direct" else "measure"),
        "value": view.language.amount(row["last"], unit),
        "year": int(row["last_year"]),
    }
    if row["standing"] == "off":
        facts |= {"target": _aim(view, row["target"], unit), "by": _year(row["target_year"])}
    return view.say(f"plan.short.why.{row['standing']}", **facts)


def _aim(view: View, target: float, unit: Row) -> str:
    """Return a target as it stands beside its figure, which has said the unit."""
    if unit["unit"] == "percent":
        return view.language.amount(target, unit)
    return view.language.number(target, int(unit["decimals"]))


def _year(year: object) -> int | None:
    return None if pd.isna(year) else int(str(year))


def _known(view: View, row: Row) -> Html:
    """Return a KPI's figure, target and standing."""
    say, language, unit = view.say, view.language, view.unit(row["unit"])
    value, first = (language.amount(row[key], unit) for key in ("last", "first"))
    year, first_year = int(row["last_year"]), int(row["first_year"])
    sentences = [
        say("plan.said.value", value=value, year=year),
        *_target(view, row, unit),
        say(f"plan.standing.{_outlook(row)}", first=first, first_year=first_year),
        *_ahead(view, row, unit),
    ]
    word = _word(view, say(f"plan.word.{row['standing']}"), row["sense"])
    name = language.name(row, "measure")
    return Html("<b>{}</b> {}<br>{}").format(name, word, " ".join(sentences))


def _target(view: View, row: Row, unit: Row) -> list[str]:
    if pd.isna(row["target"]):
        return []
    own, by = view.decided.get(row["measure"]), _year(row["target_year"])
    scope = own or view.say(f"common.scope.{row['target_scope']}")
    facts = {"target": _aim(view, row["target"], unit), "scope": scope}
    if by is None or by > view.newest:
        return [view.say("plan.said.target", year=by, **facts)]
    year, met = int(row["last_year"]), bool(row["target_met"])
    return [view.say("plan.said.over", by=by, year=year, met=met, **facts)]


def _outlook(row: Row) -> str:
    """Return the key of the sentence on where a KPI is heading."""
    standing, outcome = row["standing"], row["outcome"]
    if standing == "off":
        closer = "off_better" if row["reading"] == "better" else "off"
        return "away" if row["verdict"] == "away" else closer
    if standing == "met" and outcome == "unchanged":
        return "met_always"
    if standing == "unclear":
        return {"unchanged": "unchanged", "unclear": "unclear"}.get(outcome, "neutral")
    if standing == "unknown":
        aimed = pd.notna(row["target"]) and row["reason"] != "over"
        if aimed and row["target_met"]:
            return "now"
        if aimed and row["reason"] in _SILENT:
            return "end"
        return "overlapping" if outcome == "overlapping" else "few"
    return str(standing)


def _ahead(view: View, row: Row, unit: Row) -> list[str]:
    """Return the change that the target takes, and the chance of reaching it."""
    sentences = []
    if row["sense"] in ("off", "open") and pd.notna(row["target_required"]):
        slope, decimals = float(row["slope"]), int(unit["decimals"])
        facts = {
            "up": row["target_required"] > 0,
            "required": view.language.change(abs(row["target_required"]), unit),
            "pace": view.language.number(abs(slope), change_decimals(slope, decimals)),
            "rose": slope > 0,
        }
        sentences.append(view.say("plan.said.required", **facts))
    if pd.notna(row["chance"]):
        chance = pieces.chance(view, "plan.chance", row["chance"])
        sentences.append(view.say("plan.said.chance", chance=chance, year=int(row["to_year"])))
    return sentences


def _doubts(view: View, row: Row, named: bool) -> str:
    """Return the doubts about a KPI's figure, with its name if there are several, or ''."""
    say, language, year = view.say, view.language, int(row["last_year"])
    doubts = [say("plan.unsure.preliminary", year=year)] if pd.notna(row["preliminary"]) else []
    if year < view.first_recent:
        doubts.append(say("plan.unsure.old", year=year))
    doubts += _thin(view, row)
    if row["status"] == "proxy":
        differs = language.name(row, "differs")
        doubts.append(say("plan.unsure.proxy", kpi=language.name(row), differs=differs))
    if pd.notna(row["target"]) and row["measure"] not in view.decided:
        doubts.append(view.basis("plan.unsure.basis", row))
    doubts += pieces.lost(view, view.aside(row["measure"]))
    if named and doubts:
        doubts.insert(0, say("plan.goal.series", series=language.name(row, "measure")))
    return " ".join(doubts)


def _thin(view: View, row: Row) -> list[str]:
    """Return the gaps of a judgement: years, a chance, certainty."""
    n = int(row["n"])
    if n < ENOUGH:
        return [view.say("plan.unsure.few", n=n)]
    if row["window"] > 1:
        return [view.say("plan.unsure.overlapping", window=int(row["window"]))]
    lacks = []
    if pd.notna(row["chance"]):
        lacks += [view.say("plan.unsure.chance", n=n), *pieces.tested(view, row)]
    if pd.notna(row["target"]) and row["reason"] in _SILENT:
        lacks.append(view.say(f"plan.unsure.{_SILENT[row['reason']]}"))
    if row["standing"] in ("better", "worse") and not row["q"] <= _LUCK:
        lacks.append(view.say("plan.unsure.luck"))
    return lacks


def _missing(view: View, rows: pd.DataFrame) -> Html:
    """Return how many KPIs of a goal have no figures, and which."""
    lacking = rows[rows["standing"] == "none"]
    if lacking.empty:
        return html.paragraph(view.say("plan.goal.all"))
    counted = view.say("plan.goal.without", missing=len(lacking), kpis=len(rows))
    show = view.say("plan.goal.show", count=len(lacking))
    return html.paragraph(counted) + html.details(show, _names(view, lacking))


def _names(view: View, rows: pd.DataFrame) -> Html:
    return html.items(map(view.language.name, records(rows)))


def _responsible(view: View, goal: int) -> str:
    """Return who is responsible for a goal, as the municipality wrote it; '' if it did not."""
    table = view.data.responsible
    own = table[(table["municipality"] == view.number) & (table["goal"] == goal)]
    return view.say("plan.responsible", who=own["responsible"].iloc[0]) if len(own) else ""
