"""Which figures a brief reads, as its own module declares it in ``READS``."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Reads:
    """What a brief reads beside its own municipality's figures and what is said of the measures.

    Attributes
    ----------
    peers : bool or tuple of str
        The range of the peers' figures in the year of its own newest one, of all measures or of
        these.
    years : bool
        That range in every year.
    ahead : bool or tuple of str
        The projections of its own series, of all measures or of these.
    standing : bool or tuple of str
        Where its series stand, of all measures or of these.
    alike : bool
        Who is like it, and where the KPIs of these stand.
    beside : bool
        The figures of those that are like it, and of its peers.
    all_of : tuple of str
        Measures of which it reads every municipality's figures.
    record : bool
        How often projections held, in whole per cent.
    everything : bool
        All figures.
    targets : bool or tuple of str
        Its targets, of all measures or of these.
    """

    peers: bool | tuple[str, ...] = False
    years: bool = False
    ahead: bool | tuple[str, ...] = False
    standing: bool | tuple[str, ...] = False
    alike: bool = False
    beside: bool = False
    all_of: tuple[str, ...] = ()
    record: bool = False
    everything: bool = False
    targets: bool | tuple[str, ...] = True
