"""Small tables that tests of the analysis are made of."""

from dataclasses import replace

import pandas as pd

from workbench.dataset import Dataset

NO_BREAKS = pd.DataFrame({"measure": [], "year": []})

NONE = float("nan")

NAMES = ["low95", "low80", "projected", "high80", "high95"]

OSLO, BAERUM, SKIEN, BERGEN, HEIM = "0301", "3201", "4003", "4601", "5055"


def measures(direction: int = 1, window: int = 1, aggregation: str = "mean") -> pd.DataFrame:
    return pd.DataFrame(
        {
            "measure": ["m"],
            "direction": [direction],
            "window": [window],
            "aggregation": [aggregation],
        }
    )


def series(values: list[float], years: list[int] | None = None) -> pd.DataFrame:
    span = years or list(range(2010, 2010 + len(values)))
    return pd.DataFrame(
        {"measure": "m", "municipality": "0301", "year": span, "value": values, "status": None}
    )


def about(**what: object) -> dict[str, object]:
    bounds = {"lower_bound": NONE, "upper_bound": NONE, "growth": "no"}
    return {**measures().iloc[0].to_dict(), **bounds, **what}


def aim(value: float, **what: object) -> dict[str, object]:
    usual = {"measure": "m", "municipality": None, "kind": "level", "value": value, "of": "value"}
    said = {"scope": "local", "basis_nb": "lov", "basis_en": "law", "confidence": "high"}
    return {**usual, **said, "base_year": pd.NA, "year": 2030, "primary": "yes", **what}


def aims(*rows: dict[str, object]) -> pd.DataFrame:
    table = pd.DataFrame(rows or [aim(0.0)]).astype({"base_year": "Int64", "year": "Int64"})
    return table if rows else table.iloc[:0]


def figures(measure: str = "m", first: int = 2015, **values: list[float]) -> pd.DataFrame:
    """Figures of municipalities, named by a letter before the number."""
    parts = [
        series(of_one, list(range(first, first + len(of_one)))).assign(
            measure=measure, municipality=name[1:], numerator=NONE, denominator=NONE
        )
        for name, of_one in values.items()
    ]
    return pd.concat(parts, ignore_index=True)


def small(
    data: Dataset,
    observations: list[pd.DataFrame],
    *targets: dict[str, object],
    catalogue: list[dict[str, object]] | None = None,
    breaks: pd.DataFrame = NO_BREAKS,
) -> Dataset:
    return replace(
        data,
        observations=pd.concat(observations, ignore_index=True),
        targets=aims(*targets),
        measures=pd.DataFrame(catalogue or [about()]),
        breaks=breaks,
    )
