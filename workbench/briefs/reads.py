"""Which figures a brief reads, as its own module declares it in ``READS``."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Reads:
    """What a brief reads beside its own municipality's figures and what is said of the measures.

    Of what may be a tuple it names the measures; True is all of them.
    """

    #: the range of the peers' figures in the year of its own newest
    peers: bool | tuple[str, ...] = False
    years: bool = False  #: that range in every year
    ahead: bool | tuple[str, ...] = False  #: the projections of its own series
    standing: bool | tuple[str, ...] = False  #: where its series stand
    alike: bool = False  #: who is like it, and where the KPIs of these stand
    beside: bool = False  #: the figures of those that are like it, and of its peers
    all_of: tuple[str, ...] = ()  #: measures of which it reads every municipality's figures
    record: bool = False  #: how often projections held, in whole per cent
    everything: bool = False  #: all figures
    targets: bool | tuple[str, ...] = True  #: its targets
