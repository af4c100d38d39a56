"""Charts as small SVG pictures, each with a text alternative. No arithmetic beyond the drawing.

matplotlib draws regressions, chances and the path of emissions; series, maps, the wheel and the
strips are a handful of shapes and are written out. Comparisons of many municipalities are drawn
by seaborn. Text stays text, in the reader's font. Colours
are told apart without colour vision and never alone: a municipality is a line with dots, its peers
are an area.

It may import markup and what stands below it. A new kind of chart is a module here.
"""

from workbench.charts.across import (
    MOST_DOTS,
    BaseLayer,
    effects_chart,
    pace_base,
    pace_chart,
    partial_base,
    partial_chart,
)
from workbench.charts.drawing import FAINT, INK, OWN, PEERS, RANGE, TARGET, short, titled
from workbench.charts.heat import matrix_chart
from workbench.charts.lines import lines_chart
from workbench.charts.map import areas_map, country_map, map_key, shaded_map
from workbench.charts.relations import pairs_chart, reliability_chart, residual_chart
from workbench.charts.sectors import Panel, path_chart, sectors_chart
from workbench.charts.shapes import dots, key, sparkline, strip
from workbench.charts.spread import boxes_chart, moves_chart, spread_chart
from workbench.charts.trend import trend_chart
from workbench.charts.wheel import wheel_chart, wheel_key
from workbench.markup import sanitiser

__all__ = ["FAINT", "INK", "MOST_DOTS", "OWN", "PEERS", "RANGE", "TARGET"]
__all__ += ["accessible", "dots", "effects_chart", "key", "pace_chart", "partial_chart"]
__all__ += ["reliability_chart", "sparkline", "strip", "trend_chart", "wheel_chart", "wheel_key"]
__all__ += ["BaseLayer", "Panel", "pace_base", "partial_base", "path_chart", "sectors_chart"]
__all__ += ["areas_map", "country_map", "map_key", "shaded_map"]
__all__ += ["boxes_chart", "lines_chart", "matrix_chart", "pairs_chart"]
__all__ += ["moves_chart", "residual_chart", "spread_chart"]


def accessible(svg: str, name: str, alt: str) -> str:
    """Return an SVG picture with a unique `name` (for its ids) and a text alternative.

    Parameters
    ----------
    svg : str
        Drawn by any program. It may have a style, which then holds for this picture only.
    name, alt : str
        What no other picture of the page is called, and what it shows.
    """
    if sanitiser.plain(svg):
        return titled(
            sanitiser.renamed(svg, lambda before: f"{short(name)}-{before}"), short(name), alt
        )
    drawn, style = sanitiser.clean(sanitiser.svg_as_html(svg), short(name))
    return (f"<style>{style}</style>" if style else "") + titled(drawn, short(name), alt)
