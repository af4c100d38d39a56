"""pyproject.toml, requirements.lock and environment.yml describe the same environment."""

import re
import tomllib
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, requires
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from rattler import MatchSpec

ROOT = Path(__file__).resolve().parents[1]
CONDA_NAMES = {  # where they differ
    "dask": "dask-core",
    "jupyter-client": "jupyter_client",
    "matplotlib": "matplotlib-base",
    "universal-pathlib": "universal_pathlib",
}

#: What is not known to be on conda-forge.
BY_PIP = {"resvg-py"}

Requirements = dict[str, list[Requirement]]  # by extra, "base" among them
Pins = dict[str, dict[str, set[str]]]  # versions by block and package


@pytest.fixture(scope="module")
def wanted() -> Requirements:
    """What pyproject.toml asks for."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    groups = {"base": project["dependencies"], **project["optional-dependencies"]}
    return {name: [Requirement(line) for line in group] for name, group in groups.items()}


@pytest.fixture(scope="module")
def lock() -> str:
    return (ROOT / "requirements.lock").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def pins(lock: str) -> Pins:
    """What each block of requirements.lock pins; Python versions may get different pins."""
    blocks: Pins = {}
    for line in lock.splitlines():
        if block := re.fullmatch(r"# == (\w+)", line):
            block_pins = blocks.setdefault(block[1], {})
        elif pin := re.match(r"([\w.-]+)==([\w.]+)", line):
            block_pins.setdefault(pin[1], set()).add(pin[2])
    return blocks


@pytest.fixture(scope="module")
def conda() -> dict[str, Any]:
    environment: dict[str, Any] = yaml.safe_load((ROOT / "environment.yml").read_text("utf-8"))
    return environment


def conda_specs(conda: dict[str, Any]) -> list[str]:
    """The packages that conda installs itself, without those it hands to pip."""
    return [spec for spec in conda["dependencies"] if isinstance(spec, str)]


def needed_by(package: str) -> Iterator[str]:
    """Names that an installed package requires here, its own extras left aside."""
    try:
        lines = requires(package) or []
    except PackageNotFoundError:  # pinned for another platform
        return
    for requirement in map(Requirement, lines):
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
            yield canonicalize_name(requirement.name)


# environment.yml


def test_conda_gets_what_pip_gets(conda: dict[str, Any], wanted: Requirements) -> None:
    all_ = chain(wanted["base"], wanted["lab"], wanted["scale"])
    used = [requirement for requirement in all_ if requirement.name not in BY_PIP]
    expected = {f"{CONDA_NAMES.get(r.name, r.name)} {r.specifier}" for r in used}

    assert set(conda_specs(conda)) == expected | {"python >=3.11", "pip"}


def test_conda_understands_each_spec(conda: dict[str, Any]) -> None:
    for spec in conda_specs(conda):
        parsed = MatchSpec(spec, strict=True)
        assert parsed.name is not None, spec
        assert str(parsed) == spec


def test_conda_takes_packages_from_conda_forge_only(conda: dict[str, Any]) -> None:
    assert conda["channels"] == ["conda-forge", "nodefaults"]


def test_conda_leaves_the_workbench_itself_and_a_few_to_pip(
    conda: dict[str, Any], wanted: Requirements
) -> None:
    assert "pip" in conda["dependencies"]
    all_ = chain(wanted["base"], wanted["lab"], wanted["scale"])
    few = sorted(f"{r.name}{r.specifier}" for r in all_ if r.name in BY_PIP)
    assert {"pip": [*few, "-e ."]} in conda["dependencies"]


# requirements.lock


def test_lock_has_a_block_for_the_base_and_each_extra(pins: Pins, wanted: Requirements) -> None:
    assert list(pins) == ["base", "lab", "scale", "parquet", "docs", "dev"]
    assert set(pins) == set(wanted)


@pytest.mark.parametrize("block", ["base", "lab", "scale", "parquet", "docs", "dev"])
def test_lock_pins_each_requirement_within_its_bounds(
    block: str, pins: Pins, wanted: Requirements
) -> None:
    locked = pins["base"] | pins[block]
    for requirement in wanted[block]:
        versions = locked[requirement.name]
        assert all(requirement.specifier.contains(version) for version in versions), requirement


@pytest.mark.parametrize("block", ["base", "lab", "scale", "parquet", "docs", "dev"])
def test_base_and_one_block_are_complete(block: str, pins: Pins) -> None:
    locked = pins["base"] | pins[block]
    missing = {name: set(needed_by(name)) - set(locked) for name in locked}
    assert not any(missing.values()), {name: gap for name, gap in missing.items() if gap}


def test_a_package_in_two_blocks_has_the_same_version(pins: Pins) -> None:
    everywhere: dict[str, set[str]] = {}
    for name, versions in chain.from_iterable(block.items() for block in pins.values()):
        assert everywhere.setdefault(name, versions) == versions, name


def test_lock_has_a_hash_for_each_pin(lock: str) -> None:
    lines = [line for line in lock.splitlines() if line and not line.startswith("#")]
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        if not line.startswith("    --hash="):
            assert re.fullmatch(r"    --hash=sha256:[0-9a-f]{64}( \\)?", following), line


def test_what_is_locked_in_an_older_version_has_its_reason(lock: str) -> None:
    """`make lock` lists what is older than the newest of its day, by its name."""
    older = re.findall(r"^# Not the newest: ([\w.-]+) ", lock, flags=re.MULTILINE)
    pyproject = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    constraints = pyproject.partition("constraint-dependencies = [")[2].partition("\n]")[0]
    reasons = dict(re.findall(r'^ *"([\w.-]+)[^"]*", +# (\S.*)$', constraints, flags=re.MULTILINE))
    assert set(older) <= set(reasons), "take the newest (make lock ARGS=--upgrade), or say why not"


def test_what_the_project_asks_for_has_its_reason_and_no_upper_bound(wanted: Requirements) -> None:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    for requirement in chain.from_iterable(wanted.values()):
        assert all(bound.operator == ">=" for bound in requirement.specifier), requirement
        line = re.search(rf'^ *"{re.escape(requirement.name)}\b[^"]*", +# \S', text, flags=re.M)
        assert line, f"{requirement.name}: say in its line what it is for"


def test_lock_names_no_host_and_no_path(lock: str) -> None:
    assert "://" not in lock
    assert not re.search(r"[/@]|\.(com|io|net|org)\b", lock)


def test_a_batch_worker_gets_nothing_for_editing_clusters_or_development(pins: Pins) -> None:
    assert not {"jupyterlab", "ipywidgets", "dask", "distributed", "ruff"} & set(pins["base"])


def test_black_is_nowhere_because_papermill_would_import_it(pins: Pins) -> None:
    assert all("black" not in block for block in pins.values())
