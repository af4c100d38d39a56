"""Bringing in the publishers' new figures and new boundaries, and nothing that is not sound.

``feeds`` says where each measure's figures lie; ``transport`` asks for them, ``strict`` and
``jsonstat`` read the answer, ``pxweb`` asks Statistics Norway's tables and ``klass`` its
classification of municipalities; ``figures`` turns cells into observations, ``compare`` says what
is new, ``provenance`` notes where it came from, and ``update`` does these in their order.
``reform`` does the same for boundaries.

Why httpx and neither pxwebpy nor pyjstat: pxwebpy reads the marks of missing figures nowhere,
names cells by their labels instead of their codes, waits without a limit for as long as a server
asks, follows it to any host and takes a body of any size; pyjstat drops marks too and has not
refused a wrong answer yet. Both stand on requests, which is then all that is left of them. httpx
(BSD, kept up) hands out a body piece by piece, which the limits here need, and follows nobody
unasked. It has no limit for a whole answer (encode/httpx issue 1450): `transport` adds that one.
"""

#: Statistics Norway's services: PxWebApi v2 below /pxwebapi/v2, Klass below /klass/v1.
LIVE = "https://data.ssb.no/api"
