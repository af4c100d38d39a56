"""Bringing in new figures, new boundaries and own targets, and nothing that is not sound.

It may import what the line from figures to pages has; only the bench and the command line import
it. A new source of figures goes here, beside ``ssb`` and ``form``, and into `update.Update`.
"""

#: Statistics Norway's services: PxWebApi v2 below /pxwebapi/v2, Klass below /klass/v1.
LIVE = "https://data.ssb.no/api"

#: Open statistics of the Norwegian Institute of Public Health, and the Environment Agency.
FHI, ENVIRONMENT = "https://statistikk-data.fhi.no/api/open/v1", "https://www.miljodirektoratet.no"
