"""Charts as small SVG pictures, each with a text alternative. No arithmetic beyond the drawing.

matplotlib draws what has axes; the wheel and the strips are a handful of shapes and
are written out. Text stays text, in the reader's font. Colours are told apart without
colour vision and never alone: a municipality is a line with dots, its peers are an area.
"""

from workbench.charts.across import MOST_DOTS, effects_chart, pace_chart, partial_chart
from workbench.charts.drawing import FAINT, INK, OWN, PEERS, RANGE, TARGET, accessible
from workbench.charts.map import country_map, map_key, near_map
from workbench.charts.reliability import reliability_chart
from workbench.charts.sectors import Panel, path_chart, sectors_chart
from workbench.charts.shapes import key, strip
from workbench.charts.trend import trend_chart
from workbench.charts.wheel import wheel_chart, wheel_key

__all__ = [
    "FAINT",
    "INK",
    "MOST_DOTS",
    "OWN",
    "PEERS",
    "RANGE",
    "TARGET",
    "accessible",
    "effects_chart",
    "key",
]
__all__ += ["pace_chart", "partial_chart"]
__all__ += ["reliability_chart", "strip", "trend_chart", "wheel_chart", "wheel_key"]
__all__ += ["Panel", "path_chart", "sectors_chart"]
__all__ += ["country_map", "map_key", "near_map"]
