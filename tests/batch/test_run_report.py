"""How a run goes, as a log says it; what its record says stands in ``tests/test_briefs.py``."""

import re
from pathlib import Path

import pytest

from workbench.batch import run_report
from workbench.batch.tasks import Made, Plan, Result, Task


def test_a_log_says_now_and_then_how_far_it_is(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(run_report, "INTERVAL", 0)
    task = Task("3201", "Bærum", "a", "nb", "", 0, tmp_path, {}, "", "", tmp_path)
    report = run_report.Report(Plan(tmp_path, [task] * 3))
    good, bad = Result("succeeded", 1.0), Result("excepted", 1.0, "why")
    report.follow([Made([(task, good), (task, good)]), Made([(task, bad)])])
    lines = capsys.readouterr().out.splitlines()
    assert re.fullmatch(r"2 of 3, [\d.]+ a second, 1 s left", lines[3])
    assert lines[-1] == "excepted 3201-baerum/a.nb (1.0 s): why"
    assert not report.fine


def test_times_are_said_as_one_says_them() -> None:
    said = [run_report.duration(seconds) for seconds in (0.2, 45, 200, 4000)]
    assert said == ["1 s", "45 s", "3 min", "1 h 7 min"]
