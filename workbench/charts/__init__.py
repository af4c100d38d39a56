"""Charts as small SVG pictures, each with a text alternative. No arithmetic beyond the drawing.

matplotlib draws what has axes; the coverage squares and the strips are a handful of
shapes and are written out. Text stays text, in the reader's font. Colours are told apart without
colour vision and never alone: a municipality is a line with dots, its peers are an area.
"""

from workbench.charts.across import effects_chart, pace_chart, partial_chart
from workbench.charts.drawing import FAINT, OWN, PEERS, RANGE, TARGET, accessible
from workbench.charts.reliability import reliability_chart
from workbench.charts.shapes import coverage_chart, key, strip
from workbench.charts.trend import trend_chart

__all__ = [
    "FAINT",
    "OWN",
    "PEERS",
    "RANGE",
    "TARGET",
    "accessible",
    "coverage_chart",
    "effects_chart",
    "key",
]
__all__ += ["pace_chart", "partial_chart"]
__all__ += ["reliability_chart", "strip", "trend_chart"]
