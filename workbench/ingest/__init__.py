"""Bringing in new figures, new boundaries and own targets, and nothing that is not sound.

It may import what the line from figures to pages has; only the bench and the command line import
it. A new source of figures goes here, beside ``ssb`` and ``form``.

``feeds`` says where each measure's figures lie; ``ssb.client`` asks for them, ``ssb.strict_json``
and ``ssb.jsonstat`` read the answer, ``ssb.pxweb`` asks Statistics Norway's tables and
``ssb.klass`` its classification of municipalities; ``observations`` makes figures of cells,
``compare`` says what is new, ``provenance`` notes where it came from, and ``update`` does these in
their order. ``boundary_changes`` does the same for boundaries.

Why httpx and neither pxwebpy nor pyjstat: pxwebpy reads the marks of missing figures nowhere,
names cells by their labels instead of their codes, waits without a limit for as long as a server
asks, follows it to any host and takes a body of any size; pyjstat drops marks too and has not
refused a wrong answer yet. Both stand on requests, which is then all that is left of them. httpx
(BSD, kept up) hands out a body piece by piece, which the limits here need, and follows nobody
unasked. It has no limit for a whole answer (encode/httpx issue 1450): `ssb.client` adds that one.
"""

#: Statistics Norway's services: PxWebApi v2 below /pxwebapi/v2, Klass below /klass/v1.
LIVE = "https://data.ssb.no/api"
