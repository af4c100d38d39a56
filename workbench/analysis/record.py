"""What each measure's own test says: how often its ranges held, and whether they may be shown."""

from __future__ import annotations

import numpy as np
import pandas as pd

from workbench.analysis.backtest import report
from workbench.analysis.memo import cached
from workbench.dataset import Dataset
from workbench.errors import UsageError

#: A measure whose 80 % ranges held less often than this is given none.
LEAST_HELD = 0.65

#: Why no chance is stated, beside `outlook.SILENT`: ranges, or chances, of the measure were too
#: often wrong.
SILENT = ("missed", "unproven")

#: A projection that may not be shown has no value in these columns.
_SHOWN = ["projected", "low80", "high80", "low95", "high95", "chance"]


def tested(data: Dataset) -> pd.DataFrame:
    """Return what the test of each measure's ranges showed, made once for the same figures.

    Returns
    -------
    DataFrame
        A row per measure and horizon: n, cover80, years (target years), years_held (those in
        which at least 7 of 10 municipalities were inside), municipalities. None where no measure
        has figures for enough years on one level.
    """
    columns = ["measure", "horizon", "n", "cover80", "years", "years_held", "municipalities"]

    def make() -> pd.DataFrame:
        try:
            return report(data).by_measure[columns]
        except UsageError:
            return pd.DataFrame(columns=columns)

    return cached(data, "tested", make)


def nearest(record: pd.DataFrame, measure: str, ahead: float) -> pd.Series | None:
    """Return the row of `tested` at the horizon nearest to `ahead` years, or None without a test.

    Of two that are as near, the longer.
    """
    rows = record[record["measure"] == measure]
    if rows.empty or np.isnan(ahead):
        return None
    off = (rows["horizon"] - ahead).abs()
    return rows[off == off.min()].iloc[-1]


def withhold(data: Dataset, rows: pd.DataFrame) -> pd.DataFrame:
    """Return projections without those that their measure's own test speaks against.

    A range goes, with the estimate and the chance, where such ranges held in less than 65 % of
    the tests at the horizon nearest to its own; a chance alone where those of its measure were off
    by 10 points or more on average.

    `rows` are as `assessment.outlook` returns them.
    """
    try:
        found = report(data)
    except UsageError:  # no figures for enough years on one level
        return rows
    pairs = rows[["measure", "years_ahead"]].dropna().drop_duplicates()
    held = pairs.merge(tested(data), on="measure")
    # The nearest horizon, as `nearest` finds it for one.
    held["off"] = (held["horizon"] - held["years_ahead"]).abs()
    held = held.sort_values(["off", "horizon"], ascending=[True, False]).drop_duplicates([*pairs])
    held["missed"] = held["cover80"] < LEAST_HELD
    missed = rows.merge(held[[*pairs, "missed"]], how="left")["missed"].eq(True).to_numpy()
    missed = missed & rows["projected"].notna().to_numpy()
    unproven = rows["measure"].isin(found.unproven).to_numpy() & rows["chance"].notna().to_numpy()
    rows = rows.copy()
    rows.loc[missed, _SHOWN] = np.nan
    rows.loc[missed, ["withheld", "wide"]] = "missed", False
    rows.loc[unproven, "chance"] = np.nan
    silent = (missed | unproven) & (rows["reason"] == "").to_numpy()
    rows.loc[silent, "reason"] = np.where(missed, *SILENT)[silent]
    rows.loc[silent, "verdict"] = "unknown"
    return rows
