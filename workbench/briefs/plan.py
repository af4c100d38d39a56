"""The brief 'Which UN goals need a decision?', for the municipal plan.

The goals come in the order of `standings.ranked`: first those with a figure among the worst, then
those to keep watch on, those on course, those of which only the level is known, and those without
figures. How certain a figure is stands beside it and decides nothing. The brief never says what is
to be decided.

>>> import workbench as wb
>>> view = wb.view(None, "Bærum")
>>> print(wb.decisions.title(view))
<p class="kicker">...</p>
<h1>Hvilke bærekraftsmål bør Bærum ta stilling til?</h1>
"""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from workbench.analysis import levels, standings
from workbench.analysis.projection import ENOUGH
from workbench.briefs import pieces
from workbench.briefs.reads import Reads
from workbench.briefs.view import View, records
from workbench.language.translator import Row, change_decimals
from workbench.markup import html
from workbench.markup.html import Html

READS = Reads(peers=True, ahead=True, standing=True, record=True)

#: So many goals that come first have their figure in the box in short.
_NAMED = 2

#: Why no chance is stated, where that is said, by the name of its text.
_SILENT = {key: key for key in ("end", "ended", "unchanged", "missed", "unproven")}
_SILENT["old"] = "outdated"

#: What a KPI's row needs of `View.assessed` beside the columns of `standings.standings`.
_FACTS = [
    *("measure", "measure_nb", "measure_en", "unit", "window", "differs_nb", "differs_en"),
    *("preliminary", "to_year", "years_ahead"),
    *("target_scope", "target_basis_nb", "target_basis_en"),
]


def title(view: View) -> Html:
    """Return the heading."""
    return pieces.title(view, "plan")


def kpis(view: View) -> pd.DataFrame:
    """Return the KPIs with all series that speak for them, each with where it stands and why.

    Returns
    -------
    DataFrame
        The rows and columns of `standings.standings` (names and ``status`` are the KPI's), and of
        the measure from `View.assessed`: measure_nb and measure_en (its name), preliminary (its
        status), unit, window, differs, to_year, years_ahead, and the target's scope and basis;
        missing where there is no figure.
    """
    names = {"name_nb": "measure_nb", "name_en": "measure_en", "status": "preliminary"}
    facts = view.assessed.rename(columns=names)[_FACTS]
    return view.standings.merge(facts, on="measure", how="left")


def order(view: View) -> pd.DataFrame:
    """Return the goals that have KPIs, as `standings.ranked` orders and counts them."""
    return view.goals


def summary(view: View) -> Html:
    """Return the box 'in short': the answer, how sure, what is missing."""
    say, rows = view.say, kpis(view)
    ranks, total = order(view), len(_numbers(view))
    goals = {sense: [*ranks.loc[ranks["sense"] == sense, "goal"]] for sense in standings.URGENCY}
    first = goals["first"]
    named = view.language.listed(pieces.goal(view, goal, inside=True) for goal in first)
    answer: list[str] = [say("plan.short.first", count=len(first), total=total, goals=named)]
    reasons = dict(list(rows[rows["sense"] == "first"].groupby("goal")))
    why = [_why(reasons[goal]) for goal in first]
    answer += [_reason(view, row) for row in why[:_NAMED]]
    for sense in ("watch", "on"):
        if some := goals[sense]:
            listed = view.language.listed(map(str, sorted(some)))
            answer.append(say(f"plan.short.{sense}", count=len(some), goals=listed))
    if not first and not goals["watch"]:
        answer.append(say("plan.short.needs"))
    unknown, empty = len(goals["level"]), len(goals["none"])
    without = total - len(ranks)
    answer.append(say("plan.short.rest", unknown=unknown, empty=empty, without=without))
    counts = rows.loc[rows["leads"], "status"].value_counts()
    missing, kpi = int(counts.get("none", 0)), int(counts.sum())
    proxy = int(counts.get("proxy", 0))
    sure = say("plan.short.sure", nearest=levels.NEAREST, known=kpi - missing, proxy=proxy)
    return pieces.in_short(
        view, answer, sure, say("plan.short.missing", missing=missing, total=kpi)
    )


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
    ranks, of, parts = order(view), dict(list(kpis(view).groupby("goal"))), []
    for sense in standings.URGENCY[:-1]:
        goals = ranks.loc[ranks["sense"] == sense, "goal"]
        if len(goals):
            parts.append(html.heading(view.say(f"plan.group.{sense}")))
            parts.append(html.paragraph(view.say(f"plan.lead.{sense}")))
            parts += [section(view, of[goal]) for goal in goals]
    return html.join(*parts)


def section(view: View, rows: pd.DataFrame) -> Html:
    """Return one goal; `rows` are those of its KPIs in `kpis`."""
    every = records(rows)
    goal = int(every[0]["goal"])
    known = [row for row in every if row["standing"] != "none"]
    known.sort(key=lambda row: standings.URGENCY.index(row["sense"]))
    several, doubt = len(known) > 1, Html("<span{}>{}</span>")
    doubts = [(row, text) for row in known if (text := _doubts(view, row, several))]
    # Where nothing but a level is said, the doubts wait for whom they concern.
    open_, folded = (
        [doubt.format(pieces.about(r), text) for r, text in doubts if (r["sense"] == "level") is at]
        for at in (False, True)
    )
    show = view.say("plan.goal.doubts", count=len(folded))
    parts = {
        "known": html.items(_known(view, row) for row in known),
        "unsure": html.items(open_)
        + (html.details(show, html.items(folded), True) if folded else ""),
        "missing": _missing(view, every),
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
    say, ranks = view.say, order(view)
    of = dict(list(view.standings.groupby("goal")))
    empty = ranks[ranks["sense"] == "none"]
    names = {goal: pieces.goal(view, goal) for goal in _numbers(view)}
    lacking = [
        say("plan.none.item", goal=names[row["goal"]], count=int(row["kpis"]))
        for row in records(empty)
    ]
    listed = Html("").join(
        Html("<b>{}</b>{}").format(names[goal], _names(view, records(of[goal])))
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
    """Return background figures that move the wrong way, each with its goal."""
    say, series = view.say, Html("<span{}>{}</span>")
    entries = [
        pieces.tell(
            view,
            "plan.beside.item",
            series=series.format(pieces.about(row), view.language.name(row)),
            number=pieces.goal(view, row["goal"]),
        )
        for row in records(_background(view))
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
    used = [*kpis(view)["measure"].dropna(), *_background(view)["measure"]]
    return pieces.sources(view, used)


def _background(view: View) -> pd.DataFrame:
    """Return the rows of `View.assessed` behind `beside`, each with the number of its goal."""
    rows = view.assessed
    background = rows["relation"].isin(["context", "component"])
    rows = rows[background & (rows["motion"] == "worse") & ~rows["old"]]
    goals = rows["kpi"].map(view.data.kpis.set_index("code")["goal"])
    return rows.assign(goal=goals)[goals.notna()].astype({"goal": int})


def _numbers(view: View) -> list[int]:
    """Return the numbers of the UN goals."""
    return [int(key) for key in view.keys("goal")]


def _overview_row(view: View, row: Row) -> list[str]:
    goal = pieces.goal(view, row["goal"])
    if row["known"]:
        goal = Html('<a href="#goal-{}">{}</a>').format(row["goal"], goal)
    counted = [
        Html('<span class="word {}">{}</span>').format(
            sense, view.say(f"plan.count.{sense}", count=int(row[sense]))
        )
        for sense in standings.URGENCY
        if row[sense]
    ]
    known = view.say("plan.overview.of", known=int(row["known"]), kpis=int(row["kpis"]))
    return [goal, known, Html('<span class="unseen">, </span> ').join(counted)]


def _why(rows: pd.DataFrame) -> Row:
    """Return the row that puts a goal among the first: the one that most do better than."""
    return records(rows.sort_values("tenth", ascending=False, kind="stable"))[0]


def _reason(view: View, row: Row) -> Html:
    """Return the figure that puts a goal among the first."""
    name = "name" if row["relation"] == "direct" else "measure"
    facts = {
        "series": Html("<span{}>{}</span>").format(
            pieces.about(row), view.language.name(row, name)
        ),
        "value": view.language.amount(row["last"], view.unit(row["unit"])),
        "level": pieces.level(view, row) or pieces.law(view, row),
    }
    return pieces.tell(view, "plan.short.why", year=int(row["last_year"]), **facts)


def _aim(view: View, target: float, unit: Row) -> str:
    """Return a target as it stands beside its figure, which has said the unit."""
    if unit["unit"] == "percent":
        return view.language.amount(target, unit)
    return view.language.number(target, int(unit["decimals"]))


def _year(year: object) -> int | None:
    return None if pd.isna(year) else int(str(year))


def _known(view: View, row: Row) -> Html:
    """Return a KPI's figure, its level, motion, target and pace, and where that makes it stand."""
    say, language, unit = view.say, view.language, view.unit(row["unit"])
    value, first = (language.amount(row[key], unit) for key in ("last", "first"))
    facts = {"first": first, "first_year": int(row["first_year"])}
    motion = row["standing"] if row["standing"] in ("old", "context") else row["motion"] or "few"
    sentences = [
        say("plan.said.value", value=value, year=int(row["last_year"])),
        pieces.level(view, row),
        say(f"plan.motion.{motion}", **facts),
        *_target(view, row, unit),
        *_pace(view, row, unit),
        pieces.law(view, row),
    ]
    name, about = language.name(row, "measure"), pieces.about(row)
    word, text = pieces.standing(view, row), " ".join(filter(None, sentences))
    return Html("<div{}><b>{}</b> {}<br>{}</div>").format(about, name, word, text)


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


def _pace(view: View, row: Row, unit: Row) -> list[str]:
    """Return the change that the target takes beside the one so far, and whether it is enough."""
    if row["old"] or row["pace"] not in ("met", "away", "slow", "enough"):
        return []
    sentences = []
    if pd.notna(row["required"]):
        slope, decimals = float(row["slope"]), int(unit["decimals"])
        facts = {
            "up": row["required"] > 0,
            "required": view.language.change(abs(row["required"]), unit),
            "pace": view.language.number(abs(slope), change_decimals(slope, decimals)),
            "rose": slope > 0,
        }
        sentences.append(view.say("plan.said.required", **facts))
    if row["pace"] != "away":
        sentences.append(view.say(f"plan.motion.{row['pace']}"))
    return sentences


def _doubts(view: View, row: Row, named: bool) -> str:
    """Return the doubts about a KPI's figure, with its name if there are several, or ''."""
    say, language, year = view.say, view.language, int(row["last_year"])
    doubts = [say("plan.unsure.preliminary", year=year)] if pd.notna(row["preliminary"]) else []
    if year < view.first_recent:
        doubts.append(say("plan.unsure.old", year=year))
    doubts += _thin(view, row)
    if pd.notna(row["chance"]) and not row["old"]:
        chance = pieces.chance(view, "plan.chance", row["chance"])
        doubts.append(say("plan.said.chance", chance=chance, year=int(row["to_year"])))
    if row["relation"] == "proxy":
        differs = language.name(row, "differs")
        doubts.append(say("plan.unsure.proxy", kpi=language.name(row), differs=differs))
    if pd.notna(row["target"]) and row["measure"] not in view.decided:
        doubts += [view.basis("plan.unsure.basis", row), pieces.whose(view, row)]
    doubts += pieces.lost(view, view.aside(row["measure"]))
    if named and doubts:
        doubts.insert(0, say("plan.goal.series", series=language.name(row, "measure")))
    return " ".join(filter(None, doubts))


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
    if row["motion"] in ("better", "worse") and row["outcome"] == "unclear" and not row["old"]:
        lacks.append(view.say("plan.unsure.direction"))
    return lacks


def _missing(view: View, rows: Sequence[Row]) -> Html:
    """Return how many KPIs of a goal have no figures, and which."""
    lacking = [row for row in rows if row["standing"] == "none"]
    if not lacking:
        return html.paragraph(view.say("plan.goal.all"))
    kpis = sum(bool(row["leads"]) for row in rows)
    counted = view.say("plan.goal.without", missing=len(lacking), kpis=kpis)
    show = view.say("plan.goal.show", count=len(lacking))
    return html.paragraph(counted) + html.details(show, _names(view, lacking))


def _names(view: View, rows: Sequence[Row]) -> Html:
    return html.items(map(view.language.name, rows))


def _responsible(view: View, goal: int) -> str:
    """Return who is responsible for a goal, as the municipality wrote it; '' if it did not."""
    table = view.data.responsible
    own = table[(table["municipality"] == view.number) & (table["goal"] == goal)]
    return view.say("plan.responsible", who=own["responsible"].iloc[0]) if len(own) else ""
