"""Which figures a brief reads: what has to change to make it another brief.

A corrected figure is read by the briefs of its municipality, by those of municipalities whose
range of peers it moves, by those whose projection it moves by more than the projection's own
rounding (`assessment.outlook`), and by those that fit a model to all municipalities. `of` gives
each brief a hash of exactly that; all are worked out at once, since there are thousands.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import cached_property, partial
from typing import NamedTuple, TypeVar

import numpy as np
import pandas as pd

from workbench.analysis import similarity as peers
from workbench.analysis.assessment import projections
from workbench.analysis.record import tested
from workbench.analysis.regression.formula import parse
from workbench.analysis.standings import judged
from workbench.analysis.trend import newest_level
from workbench.briefs import climate, network, plan, regression, status, trends
from workbench.briefs.reads import Reads
from workbench.dataset import Dataset
from workbench.storage import cache, hashing

Matrix = np.ndarray
T = TypeVar("T")

#: Hashes of a range of peers: in the year of the own newest figure, and in every year.
Ranges = tuple[str, str]


#: What the briefs read, by the module of ``workbench.briefs`` that makes them. A notebook that
#: names none of them reads everything: it is made again whenever anything is another.
READS = {
    **{
        module.__name__.rpartition(".")[2]: module.READS
        for module in (climate, network, plan, regression, status, trends)
    },
    # No notebooks, but made for each municipality too.
    "front": Reads(peers=True, ahead=True, standing=True, beside=True),
    "components": Reads(peers=True, ahead=True, standing=True),
}


#: Tables that are figures; all others explain, and each brief reads them.
_FIGURES = ("observations", "set_aside", "published")

#: Tables of targets, which not every brief reads.
_TARGETS = ("targets", "own_targets")


@dataclass(frozen=True)
class Figures:
    """Hashes of all figures, by whose they are."""

    data: Dataset = field(repr=False)

    @cached_property
    def numbers(self) -> list[str]:
        """The municipalities, in the order of the rows of all matrices."""
        return list(self.data.municipalities["number"])

    @cached_property
    def measures(self) -> list[str]:
        """The measures, in the order of the columns of all matrices."""
        return list(self.data.measures["measure"])

    @cached_property
    def own(self) -> Matrix:
        """A hash of the figures of each municipality and measure."""
        return self._by(self.data.observations) + 3 * self._by(self.data.set_aside)

    @cached_property
    def ahead(self) -> Matrix:
        """A hash of the projection of each municipality's series, by measure."""
        return self._by(projections(self.data))

    @cached_property
    def standing(self) -> Matrix:
        """A hash of where each municipality's series stand, by measure."""
        return self._by(judged(self.data))

    @cached_property
    def explained(self) -> Matrix:
        """A hash of what each municipality reads in tables that are no figures.

        Rows that name a municipality are for that one; all others are for all.
        """
        shared, own = (np.zeros(size, dtype=np.uint64) for size in (1, len(self.numbers)))
        for name in sorted(f.name for f in fields(self.data)):
            table = getattr(self.data, name)
            if name in (*_FIGURES, *_TARGETS, "groups") or not isinstance(table, pd.DataFrame):
                continue
            hashes = _rows(table) * np.uint64(2 * len(name) + 1) + np.uint64(hash_of(name))
            whose = table["municipality"] if name in _PRIVATE else pd.Series([None] * len(table))
            places = _places(whose, self.numbers)
            shared += hashes[places < 0].sum(dtype=np.uint64)
            own += _added(hashes, places, len(self.numbers))
        return own + shared

    @cached_property
    def targets(self) -> Matrix:
        """A hash of the targets that hold for each municipality and measure."""
        tables = [getattr(self.data, name) for name in _TARGETS]
        found = np.zeros((len(self.numbers), len(self.measures)), dtype=np.uint64)
        for table in tables:
            shared = table[table["municipality"].isna()]
            what = _places(shared["measure"], self.measures)
            found += _added(_rows(shared), what, len(self.measures))
            found += self._by(table[table["municipality"].notna()])
        return found

    @cached_property
    def newest(self) -> int:
        """The year of the newest figure of all, from which others are old."""
        return int(self.data.observations["year"].max())

    @cached_property
    def record(self) -> str:
        """How often projections held, as a brief says it."""
        return tested(self.data).round(4).to_csv()

    @cached_property
    def modelled(self) -> tuple[str, ...]:
        """The measures that the models across municipalities are fitted to."""
        from workbench.briefs.regression.answers import QUESTIONS

        formulas = [
            text for asked in QUESTIONS.values() for text in (asked.formula, asked.over_time)
        ]
        parsed = [parse(text, self.measures) for text in formulas]
        terms = [term for outcome, others in parsed for term in (outcome, *others)]
        return tuple(sorted({"population", *(name for term in terms for name in term.measures)}))

    @cached_property
    def alike(self) -> tuple[str, Matrix]:
        """A hash of what likeness rests on, and who is most like each municipality (indices)."""
        traits = peers.all_traits(self.data)
        known = peers.likeness(traits)
        place = {number: at for at, number in enumerate(self.numbers)}
        rows = np.array([place[number] for number in known.numbers])
        # One that cannot be compared with anybody is set beside the first ones.
        nearest = np.tile(np.arange(known.nearest.shape[1]), (len(self.numbers), 1))
        nearest[rows] = rows[known.nearest]
        return str(int(_rows(traits).sum(dtype=np.uint64))), nearest

    @cached_property
    def spread(self) -> str:
        """A hash of the spread of all municipalities' figures, by which some count as alike."""
        known = peers.comparable(self.data.measures)["measure"]
        rows = self.data.observations[self.data.observations["measure"].isin(known)]
        return hashing.fingerprint(peers.spread(newest_level(rows, self.data.breaks)))

    def ranges(self, groups: Mapping[str, str]) -> dict[str, dict[str, Ranges]]:
        """Return hashes of the ranges of the others' figures, by measure and municipality.

        `groups` has the group that each municipality is compared with.
        """
        members = {group: self.data.group(group) for group in set(groups.values())}
        others = {n: [m for m in members[group] if m != n] for n, group in groups.items()}
        compared = str(sorted(others.items()))
        prints = hashing.fingerprints(self.data.observations)
        known = self.data.measures
        found = {}
        for measure in known.loc[known["aggregation"] != "sum", "measure"]:
            if measure in prints:
                key = hashing.digest([], hashing.program(), "ranges", prints[measure], compared)
                make = partial(self._ranges, measure, others)
                found[measure] = cache.cached(key, make, remember=False)
        return found

    def _ranges(self, measure: str, others: Mapping[str, Sequence[str]]) -> dict[str, Ranges]:
        """Return hashes of the ranges of one measure, by municipality."""
        rows = hashing.select_rows(self.data.observations, measure, by="measure")
        table = rows.pivot(index="municipality", columns="year", values="value")
        grid = table.reindex(self.numbers).to_numpy(dtype=float)
        place = {number: at for at, number in enumerate(self.numbers)}
        return {
            number: _range_hashes(grid[[place[m] for m in theirs]], grid[place[number]])
            for number, theirs in others.items()
        }

    def _by(self, rows: pd.DataFrame) -> Matrix:
        """Return the sum of the rows' hashes by municipality and measure."""
        who = _places(rows["municipality"], self.numbers)
        what = _places(rows["measure"], self.measures)
        inside = (who >= 0) & (what >= 0)
        width = len(self.measures)
        flat = _added(_rows(rows)[inside], (who * width + what)[inside], len(self.numbers) * width)
        return flat.reshape(len(self.numbers), width)


#: Tables in which a row is one municipality's own business.
_PRIVATE = ("reported", "responsible", "senders", "u4ssc_results", "u4ssc_not_reported")


def of(
    data: Dataset, groups: Mapping[str, str], briefs: Iterable[str]
) -> dict[tuple[str, str], str]:
    """Return hashes of what each brief reads, by municipality and brief.

    `groups` has the group that each municipality is compared with, by number; `briefs` are names of
    modules of ``workbench.briefs``, and others read everything.
    """
    # All that are known, so that who asks for others of them finds the same.
    wanted = sorted({*READS, *briefs})
    what = f"reads {sorted(groups.items())} {wanted}"
    return _kept(data, what, lambda: _of(data, groups, wanted))


def everything(data: Dataset) -> str:
    """Return a hash of all figures and all that explains them."""
    return _kept(data, "everything", lambda: _everything(Figures(data)))


def _kept(data: Dataset, what: str, make: Callable[[], T]) -> T:
    """Return what depends on every table, made once for the same tables."""
    tables = (getattr(data, each.name) for each in fields(data))
    facts = [hashing.fingerprint(table) for table in tables if isinstance(table, pd.DataFrame)]
    return cache.cached(hashing.digest([], hashing.program(), what, *facts), make)


def _everything(figures: Figures) -> str:
    groups = int(_rows(figures.data.groups).sum(dtype=np.uint64))
    known = figures.own, figures.explained, figures.targets
    parts = (*(table.tobytes() for table in known), str(groups).encode())
    return hashlib.sha256(b"|".join(parts)).hexdigest()


def _of(
    data: Dataset, groups: Mapping[str, str], briefs: Sequence[str]
) -> dict[tuple[str, str], str]:
    figures = Figures(data)
    place = {number: at for at, number in enumerate(figures.numbers)}
    known = {name: READS.get(name, Reads(everything=True)) for name in briefs}
    if "regression" in known:
        known["regression"] = replace(
            known["regression"], all_of=figures.modelled, peers=figures.modelled
        )
    shared = {name: _Shared.of(figures, reads) for name, reads in known.items()}
    found = {}
    ranges = figures.ranges(groups)
    members = {group: data.group(group) for group in set(groups.values())}
    named = {group: str(sorted(names)) for group, names in members.items()}
    for number, group in groups.items():
        others = {measure: rows[number] for measure, rows in ranges.items()}
        rest = [place[m] for m in members[group] if m != number]
        for name, reads in known.items():
            parts = _parts(figures, reads, shared[name], place[number], others)
            parts += _alike(figures, reads, place[number], rest)
            parts += [group, named[group] if reads.peers else ""]
            parts += _theirs(figures, place[number], rest) if reads.beside else []
            found[number, name] = hashing.digest([], *parts)
    return found


class _Shared(NamedTuple):
    """What a brief reads that is the same for all municipalities, and where the rest lies."""

    words: list[str]
    ranges: list[str]  #: measures of which it reads the peers' range
    #: columns of the matrix of targets, as below of those of projections and of standings
    targets: Matrix
    ahead: Matrix
    standing: Matrix

    @classmethod
    def of(cls, figures: Figures, reads: Reads) -> _Shared:
        if reads.everything:
            return cls([_everything(figures)], [], *3 * (np.empty(0, dtype=int),))
        total = figures.own[:, _columns(figures, reads.all_of)].sum(axis=0, dtype=np.uint64)
        words = [str(figures.newest), str(total.tolist()), figures.record if reads.record else ""]
        ranges = figures.measures if reads.peers is True else list(reads.peers or ())
        wanted = reads.targets, reads.ahead, reads.standing
        return cls(words, ranges, *(_columns(figures, of) for of in wanted))


def _parts(
    figures: Figures, reads: Reads, shared: _Shared, at: int, others: Mapping[str, Ranges]
) -> list[str]:
    """Return what a brief of the municipality at `at` reads, as words."""
    if reads.everything:
        return shared.words
    return [
        *shared.words,
        figures.own[at].tobytes().hex(),
        str(figures.explained[at]),
        figures.targets[at, shared.targets].tobytes().hex(),
        "".join(others[m][reads.years] for m in shared.ranges if m in others),
        figures.ahead[at, shared.ahead].tobytes().hex(),
        figures.standing[at, shared.standing].tobytes().hex(),
    ]


def _columns(figures: Figures, of: bool | tuple[str, ...]) -> Matrix:
    """Return where measures stand in the matrices: all, some or none."""
    wanted = figures.measures if of is True else list(of or ())
    return _places(pd.Series(wanted, dtype="str"), figures.measures)


def _alike(figures: Figures, reads: Reads, at: int, group: Sequence[int]) -> list[str]:
    """Return what a brief reads of who is like it, and of these and its peers by name."""
    if not (reads.alike or reads.beside):
        return []
    basis, nearest = figures.alike
    like = nearest[at].tolist()
    shown = sorted({*group, *like}) if reads.beside else like
    return [
        basis,
        str(figures.standing[like].sum(axis=1, dtype=np.uint64).tolist()) if reads.alike else "",
        figures.spread if reads.beside else "",
        str(figures.explained[shown].tolist()),
        str(figures.targets[shown].sum(axis=1, dtype=np.uint64).tolist()),
    ]


def _theirs(figures: Figures, at: int, group: Sequence[int]) -> list[str]:
    """Return the figures of those that a municipality is set beside, one by one."""
    rows = sorted({*group, *figures.alike[1][at].tolist()})
    return [str(figures.own[rows].sum(axis=1, dtype=np.uint64).tolist())]


def _range_hashes(grid: Matrix, own: Matrix) -> Ranges:
    """Return hashes of count, least, median and most: in the newest year of `own`, in all years.

    What the others have is nothing to one who has no figure.
    """
    ordered = np.sort(grid, axis=0)  # missing ones last
    count = (~np.isnan(ordered)).sum(axis=0)
    at = np.arange(grid.shape[1])
    last, low, high = (count - 1).clip(0), ((count - 1) // 2).clip(0), (count // 2)
    high = np.minimum(high, last)
    rows = [ordered[row, at] for row in (0, low, high, last)] if len(grid) else []
    table = np.array([count, *rows], dtype=float)
    years = np.flatnonzero(~np.isnan(own))
    if not len(years):
        return "", ""
    first, second = (
        hashlib.blake2b(part.tobytes(), digest_size=8).hexdigest()
        for part in (table[:, years[-1]], table)
    )
    return first, second


def hash_of(text: str) -> int:
    """Return a hash of a word that is the same in every process, 64 bits."""
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big")


def _rows(table: pd.DataFrame) -> Matrix:
    """Return a hash of each row: of its values with the names of their columns."""
    return hashing.of_rows(table) ^ np.uint64(hash_of(" ".join(map(str, table.columns))))


def _places(names: pd.Series, known: Sequence[str]) -> Matrix:
    """Return where each name stands among the known ones, -1 for others."""
    return pd.Index(known).get_indexer(names)


def _added(hashes: Matrix, places: Matrix, size: int) -> Matrix:
    """Return the sum of the hashes by place; those at -1 are left out."""
    total = np.zeros(size, dtype=np.uint64)
    inside = places >= 0
    np.add.at(total, places[inside], hashes[inside])
    return total
