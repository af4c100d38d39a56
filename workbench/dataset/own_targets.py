"""A municipality's own targets, decided by its council: the rows of ``own_targets.csv``.

They join the other targets when figures are loaded and come before them for their municipality, so
that every assessment measures against what the municipality itself decided.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

import pandas as pd

from workbench.language.translator import Language

FILE = "own_targets.csv"
COLUMNS = ["municipality", "measure", "value", "year", "name", "basis", "paragraph", "decided"]

#: What tells the rows apart.
KEY = ["municipality", "measure"]

#: What the municipality may write for its council and the like, and the key of its name in texts.
_BODIES = {
    "council": r"(vedtak (i|av) )?kommunestyret?|kommunestyrevedtak|((the )?(municipal )?council)"
    r"( decision)?|decision (of|by) the (municipal )?council",
    "city": r"(vedtak (i|av) )?bystyret?|bystyrevedtak|(the )?city council( decision)?",
    "committee": r"(vedtak (i|av) )?formannskapet?|formannskapsvedtak|(the )?executive committee",
}
_CASE = re.compile(r"\d+/\d+")


def phrase(row: Mapping[str, Any], language: Language) -> str:
    """Return whose target a row is, who decided it and when, to stand in a sentence."""
    from babel.dates import format_date

    basis = str(row["basis"])
    body = next((k for k, form in _BODIES.items() if re.fullmatch(form, basis.casefold())), "")
    case = "" if pd.isna(row["paragraph"]) else str(row["paragraph"])
    day = date.fromisoformat(str(row["decided"]))
    return language.say(
        "common.own.target",
        body=language.say(f"common.own.body.{body}") if body else "",
        day=format_date(day, "long", locale=language.locale),
        case=language.say("common.own.case", number=case) if _CASE.fullmatch(case) else case,
        goal=row["name"],
        basis="" if body else basis,
    )


def joined(targets: pd.DataFrame, own: pd.DataFrame) -> pd.DataFrame:
    """Return all targets; an own one is the primary one of its municipality and measure."""
    if own.empty:
        return targets
    pair = ["municipality", "measure"]
    replaced = pd.MultiIndex.from_frame(targets[pair]).isin(pd.MultiIndex.from_frame(own[pair]))
    bases = {
        f"basis_{code}": [phrase(row, Language(code)) for row in own.to_dict("records")]
        for code in ("nb", "en")
    }
    rows = own[[*pair, "value", "year"]].assign(
        kind="level",
        of="value",
        scope="municipality",
        basis_type="own decision",
        confidence="high",
        primary="yes",
        **bases,
    )
    kept = targets.assign(primary=targets["primary"].mask(replaced, "no"))
    kept = kept.astype({"considered": "Int64"})  # an own target was not found anywhere
    rows = rows.reindex(columns=kept.columns).astype(kept.dtypes.to_dict())
    return pd.concat([kept, rows], ignore_index=True)
