"""The brief 'Which UN goals need a decision?', for the municipal plan.

The goals come in the order of `standings.ranked`: first those with a KPI that is off the way to a
target or clearly moves the wrong way, then those where it is open, those on the way, those with
figures that cannot be judged, and those without any. Within each, the one furthest from its target
comes first (share of the target reached), then the one that is surest (chance of reaching the
target, q of Benjamini and Hochberg, number of figures), then what moves the wrong way. The brief
never says what is to be decided.

>>> import workbench as wb
>>> view = wb.view(None, "Bærum")
>>> int(wb.decisions.order(view)["kpis"].sum())
91
>>> print(wb.decisions.title(view))
<p class="kicker">...</p>
<h1>Hvilke bærekraftsmål bør Bærum ta stilling til?</h1>
"""

from __future__ import annotations

import pandas as pd
from markupsafe import Markup

from workbench.analysis import standings
from workbench.analysis.outlook import UNLIKELY
from workbench.analysis.projection import ENOUGH
from workbench.briefs.view import View
from workbench.language.translator import Row, change_decimals
from workbench.markup import html
from workbench.markup.html import Column, Html

#: Newest figures from before this many years ago are named as old.
_OLD = 4

#: How many figures the box in short tells of.
_TOLD = 2

#: A direction with a larger q may be down to chance among so many series.
_LUCK = 0.05

#: The scopes of targets that bind the state and not the municipality.
_OF_STATES = ("national", "global")

#: The senses whose word the page has a colour and a mark for, by the name of it.
_STYLE = {"off": "worse", "on": "better"}

#: What a KPI's row needs of `View.assessed` beside what `standings.standings` says.
_FACTS = [
    *("measure", "measure_nb", "measure_en", "unit", "window", "direction", "q", "reason"),
    *("differs_nb", "differs_en", "first", "first_year", "preliminary", "to_year"),
    *("target_scope", "target_basis_nb", "target_basis_en", "target_required"),
]


def title(view: View) -> Html:
    """Return the heading."""
    return view.title("plan")


def kpis(view: View) -> pd.DataFrame:
    """Return the 91 KPIs, each with where it stands and the evidence.

    Returns
    -------
    DataFrame
        The columns of `standings.standings` (names and ``status`` are the KPI's), and of its
        measure from `View.assessed`: measure_nb and measure_en (its name), preliminary (its
        status), unit, window, direction, q, reason, differs, first, first_year, to_year, and the
        target's scope, basis and required change; missing where there is no figure.
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
    ranks = standings.ranked(rows)
    of = {sense: list(part["goal"]) for sense, part in ranks.groupby("sense", sort=False)}
    first = of.get("off", [])
    named = view.language.listed(_goal_inside(view, goal) for goal in first)
    total = len(_numbers(view))
    answer = [say("plan.short.off", count=len(first), total=total, goals=named)]
    answer += [_why(view, rows, goal) for goal in first[:_TOLD]]
    off = rows[rows["goal"].isin(first[:_TOLD]) & (rows["standing"] == "off")]
    if len(off) and off["target_scope"].isin(_OF_STATES).all():
        answer.append(say("plan.short.binding"))
    if some := of.get("open", []):
        answer.append(say("plan.short.open", count=len(some), goals=_listed(view, some)))
    if some := of.get("on", []):
        answer.append(say("plan.short.on", count=len(some), goals=_listed(view, some)))
    empty = len(of.get("none", []))
    if not {"off", "open"} & set(of):
        answer.append(say("plan.short.first"))
    answer.append(
        say(
            "plan.short.rest",
            unknown=len(of.get("unknown", [])),
            empty=empty,
            without=total - len(ranks),
        )
    )
    status = rows["status"].value_counts()
    missing = int(status.get("none", 0))
    sure = say(
        "plan.short.sure",
        percent=f"{100 * UNLIKELY:.0f}",
        known=len(rows) - missing,
        proxy=int(status.get("proxy", 0)),
        judged=int(rows["chance"].notna().sum()),
    )
    return view.in_short(answer, sure, say("plan.short.missing", missing=missing, total=len(rows)))


def overview(view: View) -> Html:
    """Return all 17 goals in one table, in the order of the brief, and the rule of that order."""
    say, ranks = view.say, order(view)
    rows = [_overview_row(view, row) for _, row in ranks.iterrows()]
    without = [goal for goal in _numbers(view) if goal not in set(ranks["goal"])]
    dash = say("common.no_figure")
    rows += [[_goal(view, goal), dash, say("plan.overview.without")] for goal in without]
    columns = [
        Column(say("common.goal")),
        Column(say("plan.overview.known")),
        Column(say("plan.overview.standing")),
    ]
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
    ranks = standings.ranked(rows)
    pieces: list[str] = []
    for sense in standings.URGENCY[:-1]:
        part = ranks[ranks["sense"] == sense]
        if len(part):
            pieces.append(html.heading(view.say(f"plan.group.{sense}")))
            pieces.append(html.paragraph(view.say(f"plan.lead.{sense}")))
            pieces += [section(view, rows[rows["goal"] == goal]) for goal in part["goal"]]
    return html.join(*pieces)


def section(view: View, rows: pd.DataFrame) -> Html:
    """Return one goal; `rows` are those of its KPIs in `kpis`."""
    say, goal = view.say, int(rows["goal"].iloc[0])
    known = rows[rows["standing"] != "none"]
    urgent = known.assign(at=known["sense"].map(standings.URGENCY.index))
    urgent = urgent.sort_values("at", kind="stable")
    facts = [_known(view, row) for _, row in urgent.iterrows()]
    doubts = [said for _, row in urgent.iterrows() if (said := _doubts(view, row, len(known) > 1))]
    who = _responsible(view, goal)
    return Html(
        Markup('<section class="goal">{}<div>{}</div><div>{}{}{}</div></section>').format(
            Markup(html.heading(_goal(view, goal), 3, f"goal-{goal}")),
            _labelled(say("plan.goal.known"), _list(facts)),
            _labelled(say("plan.goal.unsure"), _list(doubts)),
            _labelled(say("plan.goal.missing"), _missing(view, rows)),
            Markup(html.paragraph(who)),
        )
    )


def without(view: View) -> Html:
    """Return the goals without figures, in one list, and those without indicators."""
    say, rows = view.say, kpis(view)
    ranks = standings.ranked(rows)
    empty = ranks[ranks["sense"] == "none"]
    items = [
        say("plan.none.item", goal=_goal(view, row["goal"]), count=int(row["kpis"]))
        for _, row in empty.iterrows()
    ]
    names = [
        Markup("<b>{}</b>{}").format(_goal(view, goal), _names(view, rows[rows["goal"] == goal]))
        for goal in empty["goal"]
    ]
    left = [_goal_inside(view, goal) for goal in _numbers(view) if goal not in set(ranks["goal"])]
    whose = [
        f"{_goal(view, goal)}. {who}"
        for goal in _numbers(view)
        if goal not in set(ranks.loc[ranks["sense"] != "none", "goal"])
        and (who := _responsible(view, goal))
    ]
    rest = say("plan.none.without", goals=view.language.listed(left)) if left else ""
    return html.join(
        html.heading(say("plan.group.none")),
        html.paragraph(say("plan.lead.none", count=len(items))) if items else "",
        _list(items),
        html.details(say("plan.none.show"), Markup("").join(names)) if items else "",
        html.paragraph(rest),
        _list(whose),
        html.paragraph("" if _is_filled(view) else say("plan.nobody"), "note"),
    )


def beside(view: View) -> Html:
    """Return background figures that clearly move the wrong way, each with its goal."""
    say, rows = view.say, view.assessed
    goal = rows["kpi"].map(view.data.kpis.set_index("code")["goal"])
    wrong = rows["relation"].isin(["context", "component"]) & (rows["reading"] == "worse")
    rows = rows.assign(goal=goal)[wrong & goal.notna()]
    if rows.empty:
        return Html("")
    items = [
        say(
            "plan.beside.item",
            series=view.language.name(row),
            number=_goal(view, int(row["goal"])),
        )
        for _, row in rows.iterrows()
    ]
    return html.join(
        html.heading(say("plan.beside.heading")),
        html.paragraph(say("plan.beside.lead")),
        _list(items),
    )


def sources(view: View) -> Html:
    """Return where every figure of the brief comes from."""
    return view.sources(list(kpis(view)["measure"].dropna()))


def _numbers(view: View) -> list[int]:
    """Return the numbers of the UN goals."""
    return [int(key) for key in view.keys("goal")]


def _goal(view: View, goal: int) -> str:
    return view.say("common.goal_name", number=goal, name=view.label("goal", goal))


def _goal_inside(view: View, goal: int) -> str:
    """Return a goal as it is named inside a sentence."""
    name = view.language.inside(view.label("goal", goal))
    return view.say("plan.goal_inside", number=goal, name=name)


def _listed(view: View, numbers: list[int]) -> str:
    return view.language.listed(str(number) for number in sorted(numbers))


def _list(items: list[str] | list[Markup]) -> Markup:
    """Return a list of what is not empty, or nothing."""
    entries = Markup("").join(Markup("<li>{}</li>").format(item) for item in items)
    return Markup("<ul>{}</ul>").format(entries) if entries else Markup("")


def _labelled(label: str, content: Markup) -> Markup:
    return Markup("<h4>{}</h4>{}").format(label, content) if content else Markup("")


def _word(text: str, sense: str, mark: str) -> Markup:
    """Return a word of judgement; its mark is for the eye, since the word says the same."""
    sign = Markup('<span aria-hidden="true">{} </span>').format(mark) if mark else ""
    kind = _STYLE.get(sense, sense)
    return Markup('<span class="word {}">{}{}</span>').format(kind, sign, text)


def _mark(view: View, sense: str) -> str:
    """Return the mark of a sense that the style of the page has none for."""
    return "" if sense in _STYLE else view.say(f"plan.mark.{sense}")


def _overview_row(view: View, row: pd.Series) -> list[str | Markup]:
    goal = _goal(view, row["goal"])
    words = [
        _word(view.say(f"plan.count.{sense}", count=int(row[sense])), sense, _mark(view, sense))
        for sense in standings.URGENCY
        if row[sense]
    ]
    known = view.say("plan.overview.of", known=int(row["known"]), kpis=int(row["kpis"]))
    linked = Markup('<a href="#goal-{}">{}</a>').format(row["goal"], goal)
    return [
        linked if row["known"] else goal,
        known,
        Markup('<span class="unseen">, </span> ').join(words),
    ]


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
        facts["target"] = _aim(view, row["target"], unit)
        facts["by"] = _year(row["target_year"])
    return view.say(f"plan.short.why.{row['standing']}", **facts)


def _aim(view: View, target: float, unit: Row) -> str:
    """Return a target as it stands beside its figure, which has said the unit."""
    if unit["unit"] == "percent":
        return view.language.amount(target, unit)
    return view.language.number(target, int(unit["decimals"]))


def _year(year: object) -> int | None:
    return None if pd.isna(year) else int(str(year))


def _known(view: View, row: pd.Series) -> Markup:
    """Return a KPI's figure, target and standing."""
    say, language, unit = view.say, view.language, view.unit(row["unit"])
    said = [
        say(
            "plan.said.value",
            value=language.amount(row["last"], unit),
            year=int(row["last_year"]),
        ),
        *_target(view, row, unit),
        say(
            f"plan.standing.{_outlook(row)}",
            first=language.amount(row["first"], unit),
            first_year=int(row["first_year"]),
        ),
        *_ahead(view, row, unit),
    ]
    word = say(f"plan.word.{row['standing']}")
    return Markup("<b>{}</b> {}<br>{}").format(
        language.name(row, "measure"),
        _word(word, row["sense"], _mark(view, row["sense"])),
        " ".join(said),
    )


def _target(view: View, row: pd.Series, unit: Row) -> list[str]:
    if pd.isna(row["target"]):
        return []
    target = _aim(view, row["target"], unit)
    own = view.decided.get(row["measure"])
    scope = own or view.say(f"common.scope.{row['target_scope']}")
    by = _year(row["target_year"])
    if by is not None and by <= view.newest:
        return [
            view.say(
                "plan.said.over",
                target=target,
                scope=scope,
                by=by,
                year=int(row["last_year"]),
                met=bool(row["target_met"]),
            )
        ]
    return [view.say("plan.said.target", target=target, scope=scope, year=by)]


def _outlook(row: pd.Series) -> str:
    """Return which sentence tells where a KPI is heading."""
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
        if aimed and row["reason"] in ("end", "ended", "unchanged"):
            return "end"
        return "overlapping" if outcome == "overlapping" else "few"
    return str(standing)


def _ahead(view: View, row: pd.Series, unit: Row) -> list[str]:
    """Return the change that the target takes, and the chance of reaching it."""
    said = []
    if row["sense"] in ("off", "open") and pd.notna(row["target_required"]):
        slope, decimals = float(row["slope"]), int(unit["decimals"])
        pace = view.language.number(abs(slope), change_decimals(slope, decimals))
        said.append(
            view.say(
                "plan.said.required",
                up=row["target_required"] > 0,
                required=view.language.change(abs(row["target_required"]), unit),
                pace=pace,
                rose=slope > 0,
            )
        )
    if pd.notna(row["chance"]):
        percent = int(5 * round(20 * row["chance"]))
        word = "least" if percent < 5 else "most" if percent > 95 else "about"
        chance = view.say(f"plan.chance.{word}", percent=percent)
        said.append(view.say("plan.said.chance", chance=chance, year=int(row["to_year"])))
    return said


def _doubts(view: View, row: pd.Series, named: bool) -> str:
    """Return what is unsure about a KPI's figure, with its name if there are several, or ''."""
    say, year = view.say, int(row["last_year"])
    said = [say("plan.unsure.preliminary", year=year)] if pd.notna(row["preliminary"]) else []
    if year < view.newest - _OLD:
        said.append(say("plan.unsure.old", year=year))
    said += _thin(view, row)
    if row["status"] == "proxy":
        differs, kpi = view.language.name(row, "differs"), view.language.name(row)
        said.append(say("plan.unsure.proxy", kpi=kpi, differs=differs))
    if pd.notna(row["target"]) and row["measure"] not in view.decided:
        said.append(view.basis("plan.unsure.basis", row))
    said += _lost(view, row["measure"])
    if named and said:
        said.insert(0, say("plan.goal.series", series=view.language.name(row, "measure")))
    return " ".join(said)


def _thin(view: View, row: pd.Series) -> list[str]:
    """Return what the judgement lacks: years, a chance, certainty."""
    n = int(row["n"])
    if n < ENOUGH:
        return [view.say("plan.unsure.few", n=n)]
    if row["window"] > 1:
        return [view.say("plan.unsure.overlapping", window=int(row["window"]))]
    said = []
    if pd.notna(row["chance"]) and n < 2 * ENOUGH:
        said.append(view.say("plan.unsure.chance", n=n))
    if row["reason"] in ("end", "ended", "unchanged") and pd.notna(row["target"]):
        said.append(view.say(f"plan.unsure.{row['reason']}"))
    if row["standing"] in ("better", "worse") and not row["q"] <= _LUCK:
        said.append(view.say("plan.unsure.luck"))
    return said


def _lost(view: View, measure: str) -> list[str]:
    """Return why figures of earlier years do not reach today's municipality."""
    return [
        view.say(f"common.aside.{reason}", years=view.language.span(years.min(), years.max()))
        for reason, years in view.aside(measure).groupby("reason")["year"]
    ]


def _missing(view: View, rows: pd.DataFrame) -> Markup:
    """Return how many KPIs of a goal have no figures, and which."""
    lacking = rows[rows["standing"] == "none"]
    if lacking.empty:
        return Markup("<p>{}</p>").format(view.say("plan.goal.all"))
    said = view.say("plan.goal.without", missing=len(lacking), kpis=len(rows))
    show = view.say("plan.goal.show", count=len(lacking))
    return Markup("<p>{}</p>{}").format(said, Markup(html.details(show, _names(view, lacking))))


def _names(view: View, rows: pd.DataFrame) -> Markup:
    return _list([view.language.name(row) for _, row in rows.iterrows()])


def _responsible(view: View, goal: int) -> str:
    """Return who is responsible for a goal, as the municipality wrote it; '' if it did not."""
    table = view.data.responsible
    own = table[(table["municipality"] == view.number) & (table["goal"] == goal)]
    return view.say("plan.responsible", who=own["responsible"].iloc[0]) if len(own) else ""


def _is_filled(view: View) -> bool:
    table = view.data.responsible
    return bool((table["municipality"] == view.number).any())
