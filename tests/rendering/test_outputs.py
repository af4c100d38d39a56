"""Each kind of output that a notebook displays: shown well, or refused with what to do instead.

Whatever it is, nothing in a page runs or is fetched; a marker would tell.
"""

import io
import json
import re
from pathlib import Path
from typing import Any

import nbformat
import pandas as pd
import pytest
from batch.test_pool import TELL, begun, plan_of
from bs4 import BeautifulSoup, Tag
from hypothesis import given
from hypothesis import strategies as st
from nbformat.v4 import new_code_cell, new_notebook, new_output, new_raw_cell
from playwright.sync_api import Browser

from rendering.test_page import ABOUT, PNG
from workbench.batch import manifest
from workbench.batch.execute import make
from workbench.charts import accessible
from workbench.dataset import Dataset
from workbench.errors import WorkbenchError
from workbench.markup import sanitiser
from workbench.rendering import outputs
from workbench.rendering import page as publish

MARKER = "document.documentElement.setAttribute('data-marker', 'ran')"
ELSEWHERE = "http://127.0.0.1:9/marker"
ALT = {"alt": "what it shows"}
SVG = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
HALF = f'{SVG} viewBox="0 0 1 1">'


def display(**bundle: Any) -> Any:
    """Return an output; kinds are written as ``image_png``, pictures have an alternative."""
    data = {kind.replace("__", "+").replace("_", "/", 1): said for kind, said in bundle.items()}
    about = {kind: ALT for kind in data if kind.startswith("image/")}
    return new_output("display_data", data, metadata=about)


def of_kind(kind: str, content: Any, **also: Any) -> Any:
    return new_output("display_data", {kind: content, **also}, metadata={kind: ALT})


def nothing(kind: str) -> Any:
    return {} if kind.endswith("json") else ""


def page(*shown: Any) -> str:
    return publish.page(new_notebook(cells=[new_code_cell("", outputs=list(shown))]), ABOUT)


def main(*shown: Any) -> Tag:
    found = BeautifulSoup(page(*shown), "html5lib").main
    assert found is not None
    found.h1.extract() if found.h1 and found.h1.string == ABOUT.title else None
    return found


def style_of(*shown: Any) -> str:
    """Return the rules that outputs brought along."""
    every = BeautifulSoup(page(*shown), "html5lib").select("style")
    assert len(every) == 1, "in the head, where a style may stand"
    own = (publish.TEMPLATES / "brief" / "style.css").read_text(encoding="utf-8")
    return str(every[0].string)[len(own.rstrip()) :].partition("@page { @top-left")[0].strip()


# Shown


@pytest.mark.parametrize("kind", ["image/png", "image/jpeg", "image/gif", "image/webp"])
def test_a_picture_is_shown_with_its_alternative(kind: str) -> None:
    (image,) = main(of_kind(kind, PNG)).select("figure > img")
    assert (image["src"], image["alt"]) == (f"data:{kind};base64,{PNG}", "what it shows")


@pytest.mark.parametrize(
    "latex", ["$\\displaystyle a^2+b^2$", "$$a^2+b^2$$", "\\begin{equation}a^2+b^2\\end{equation}"]
)
def test_a_formula_is_mathml(latex: str) -> None:
    (formula,) = main(of_kind("text/latex", latex, **{"text/plain": "obj"})).select("math")
    assert [part.get_text() for part in formula.select("msup > mi, msup > mn")] == [*"a2b2"]
    assert "$" not in main(of_kind("text/latex", latex)).get_text()


def test_a_formula_that_has_no_counterpart_is_refused() -> None:
    with pytest.raises(WorkbenchError, match=r"formula cannot be shown: '\\unheardof"):
        page(of_kind("text/latex", r"$\unheardof{x}$"))


def test_markdown_has_headings_without_double_ids_formulas_and_pictures() -> None:
    text = "## Boliger\n\n## Boliger\n\nAreal $x^2$, **1 < 2**\n\n| a |\n|---|\n| 1 |\n\n"
    found = main(of_kind("text/markdown", f"{text}![kart](data:image/png;base64,{PNG})"))
    assert [h.get_text() for h in found.select("h2")] == ["Boliger", "Boliger"], "no link sign"
    assert not found.select("h2[id]") and found.select("math msup") and found.select("table td")
    (image,) = found.select("img")
    assert image["alt"] == "kart"
    assert found.strong and found.strong.get_text() == "1 < 2"


def test_printed_text_is_shown_and_warnings_are_not() -> None:
    printed = new_output("stream", name="stdout", text="10 %\r100 %\n<b>86</b>\n")
    warned = new_output("stream", name="stderr", text="deprecated")
    assert main(printed, warned).get_text().strip() == "100 %\n<b>86</b>"


def test_signs_that_steer_a_terminal_are_left_out() -> None:
    made = page(display(text_plain="\x1b[31mrød\x1b[0m \x1b]8;;x\x07tekst\x85\x00"))
    assert "<pre>rød tekst</pre>" in made


def test_a_string_is_shown_without_the_quotes_of_python() -> None:
    assert main(display(text_plain="'Bærum\\'s\\nandel'")).pre.string == "Bærum's\nandel"  # type: ignore[union-attr]
    assert main(display(text_plain="['a', 'b']")).pre.string == "['a', 'b']"  # type: ignore[union-attr]


def test_json_is_shown_as_text() -> None:
    found = main(of_kind("application/json", {"å": [1]}, **{"text/plain": "<JSON object>"})).pre
    assert found is not None and json.loads(found.get_text()) == {"å": [1]}


@pytest.mark.parametrize(
    "name",
    [
        "[<matplotlib.lines.Line2D at 0x7f0a1b2c3d40>]",
        "<Axes: xlabel='år'>",
        "array([<Axes: >, <Axes: >], dtype=object)",
        "<BarContainer object of 3 artists>",
    ],
)
def test_what_python_calls_a_chart_is_not_shown_beside_it(name: str) -> None:
    assert main(display(text_plain=name)).get_text().strip() == ""


def test_raw_cells_are_for_other_programs() -> None:
    cells = [new_raw_cell("---\ntitle: Boliger\n---\n<script>1</script>")]
    assert "Boliger" not in publish.page(new_notebook(cells=cells), ABOUT)


def test_a_progress_bar_stays_in_the_notebook() -> None:
    kind, bar = "application/vnd.jupyter.widget-view+json", "100%|████| 3/3 [00:00<00:00, 90it/s]"
    assert main(of_kind(kind, {"model_id": "1"}, **{"text/plain": bar})).get_text().strip() == ""
    assert main(new_output("stream", name="stdout", text=f"\r{bar}\n")).get_text().strip() == ""


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("text/html", "<table><tr><td>1</table>"),
        ("text/html", "<table><tbody><tr><td>1</td></tr></tbody></table>"),
        ("text/markdown", "| a | b |\n|---|---|\n| 1 | 2 |"),
    ],
)
def test_a_wide_table_scrolls_in_its_own_box(kind: str, text: str) -> None:
    found = main(of_kind(kind, text))
    assert len(found.select(".scroll[tabindex='0'] table")) == 1 == len(found.select(".scroll"))


def test_a_table_of_pandas_keeps_its_look_and_touches_no_other() -> None:
    styled = pd.DataFrame({"a": [1, 2]}).style.highlight_max(color="gold").to_html()
    found = main(of_kind("text/html", styled), display(text_html="<p>after</p>"))
    (cell,) = [cell for cell in found.select("td") if cell.string == "2"]
    (table,) = found.select("div > table")
    rule = style_of(of_kind("text/html", styled))
    assert rule == f"#{table.parent['id']} #{cell['id']}{{background-color: gold}}"  # type: ignore[index]
    plain = style_of(of_kind("text/html", pd.DataFrame({"a": [1]})._repr_html_()))  # type: ignore[operator]
    assert all(line.startswith("#o1 .dataframe ") for line in plain.splitlines())


# Refused


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("application/vnd.plotly.v1+json", r"Plotly.*fig\.to_image"),
        ("application/vnd.vegalite.v6+json", r"Vega.*vl_convert"),
        ("application/vnd.vega.v5+json", r"Vega.*vl_convert"),
        ("application/vnd.jupyter.widget-view+json", r"control.*its value"),
        ("application/javascript", r"Take out the cell"),
        ("text/javascript", r"Take out the cell"),
        ("application/geo+json", r"picture of the map"),
        ("application/pdf", r"as a picture"),
        ("video/mp4", r"one picture of it"),
        ("application/x-unheard-of", r"displays application/x-unheard-of, .* Display a table"),
    ],
)
def test_what_cannot_be_shown_is_refused_unless_a_picture_comes_with_it(
    kind: str, said: str
) -> None:
    plain = {"text/plain": "<Figure at 0x1>"}
    with pytest.raises(WorkbenchError, match=said):
        page(of_kind(kind, nothing(kind), **plain))
    with_picture = new_output(
        "display_data",
        {kind: nothing(kind), "image/png": PNG, **plain},
        metadata={"image/png": ALT},
    )
    assert main(with_picture).select("img")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"<p>a</p><script>{MARKER}</script>", "a script"),
        ("<div id=c></div><script>vegaEmbed('#c', {})</script>", "vl_convert"),
        ("<script>Plotly.newPlot('c')</script>", "to_image"),
        (f'<iframe src="{ELSEWHERE}"></iframe>', "a frame"),
        (f'<video src="{ELSEWHERE}"></video>', "a video"),
        ("<canvas></canvas>", "a canvas"),
        (f'<img alt="kart" src="{ELSEWHERE}.png">', r"fetched from 'http://.*Image\("),
        ('<img alt="kart" src="kart.png">', "fetched from 'kart.png'"),
        (f'<img alt="kart" srcset="{ELSEWHERE}.png 2x">', "no address that can be shown"),
        (f'<img src="data:image/png;base64,{PNG}">', "no text alternative"),
    ],
)
def test_html_that_would_show_nothing_is_refused(text: str, said: str) -> None:
    with pytest.raises(WorkbenchError, match=said):
        page(of_kind("text/html", text))


def test_a_picture_beside_a_script_is_taken() -> None:
    both = {"text/html": "<script>1</script>", "image/png": PNG}
    assert main(new_output("display_data", both, metadata={"image/png": ALT})).select("img")


# SVG


def drawn(content: str, opened: str = HALF) -> Any:
    return of_kind("image/svg+xml", f'<?xml version="1.0"?>\n{opened}{content}</svg>')


def test_ids_are_renamed_wherever_svg_names_them() -> None:
    content = (
        "<style>#kart .by, path#sti:hover { fill: url(#g); stroke: url( '#g' )}</style>"
        "<defs><linearGradient id='g'/><path id = 'sti' d='M0 0'/></defs>"
        "<text id='t' aria-describedby='g t'><textPath xlink:href='#sti'>Å</textPath></text>"
        "<rect fill='url(#g)' clip-path=\"url('#g')\" style='mask: url(#g)'/><a href='#t'/>"
    )
    one, other = drawn(content, f'{SVG} id="kart">'), drawn(content, f'{SVG} id="kart">')
    found = main(one, other)
    ids = [tag["id"] for tag in found.select("[id]")]
    assert len(ids) == len(set(ids)) == 2 * 6, "the picture's four, its title and what is around"
    style, text = style_of(one, other), str(found)
    assert not re.search(r"kart|sti|#g|\bt\"", style + text)
    for svg, rule in zip(found.select("svg"), style.splitlines(), strict=True):
        gradient, path = svg.select_one("linearGradient"), svg.select_one("path")
        label, shape = svg.select_one("text"), svg.select_one("rect")
        assert gradient and path and label and shape and svg.parent
        (along,) = label.select("textPath")
        assert along["href"] == f"#{path['id']}"
        assert label["aria-describedby"] == f"{gradient['id']} {label['id']}"
        assert shape["fill"] == shape["clip-path"] == f"url(#{gradient['id']})"
        assert shape["style"] == f"mask: url(#{gradient['id']})"
        around = svg.parent["id"]
        assert rule == (
            f"#{around} #{svg['id']} .by,#{around} path#{path['id']}:hover"
            f"{{fill: url(#{gradient['id']});stroke: url(#{gradient['id']})}}"
        )


def test_ids_of_html_that_is_safe_as_it_stands_are_kept_apart_too() -> None:
    gradient = '<linearGradient id="g"><stop stop-color="{}"></stop></linearGradient>'
    plain = f'<svg><defs>{gradient}</defs><rect fill="url(#g)"></rect></svg><p id="{{}}"></p>'
    given = [plain.format("red", "a"), plain.format("blue", "b"), plain.format("lime", "a")]
    for texts in (given, [text.replace('"', "'") for text in given]):  # written again, or not
        found = main(*(of_kind("text/html", text) for text in texts))
        ids = [tag["id"] for tag in found.select("[id]")]
        assert len(ids) == len(set(ids)) == 6
        for svg in found.select("svg"):
            assert svg.rect and svg.linearGradient
            assert svg.rect["fill"] == f"url(#{svg.linearGradient['id']})"


@pytest.mark.parametrize("selector", ["#by", "[id='by']", "rect[ id = by ]", "svg > [ID=by]"])
def test_a_selector_finds_its_element_however_it_names_it(selector: str) -> None:
    for style in (f"{selector}{{fill:red}}", f"<![CDATA[ {selector}{{fill:red}} ]]>"):
        content = f"<style>{style}</style><rect id='by'/>"
        for one in (drawn(content), of_kind("text/html", f"<svg>{content}</svg>")):
            rules, found = style_of(one), main(one)
            assert rules.endswith("{fill:red}")
            assert found.select(rules.partition("{")[0].replace("[ID", "[id")) == found.select(
                "rect"
            )


def test_a_class_of_one_picture_does_not_colour_another() -> None:
    red, blue = (drawn(f"<style>.a{{fill:{c}}}</style><path class='a'/>") for c in ("red", "blue"))
    assert style_of(red, blue).splitlines() == ["#o1 .a{fill:red}", "#o2 .a{fill:blue}"]


def test_a_copy_that_use_draws_keeps_its_colours() -> None:
    """What <use> draws stands alone: browsers find no element of the page around it."""
    styles = "<style>.a{fill:red} rect#r{stroke:blue} rect{opacity:.5}</style>"
    content = f"{styles}<defs><rect id='r' class='a'/></defs><use href='#r'/>"
    one, other = drawn(content), drawn(content)
    found = main(one, other)
    rules = [rule.partition("{") for rule in style_of(one, other).splitlines()]
    assert len(rules) == 6
    for number, rect in enumerate(found.select("defs rect"), 1):
        alone = BeautifulSoup(str(rect), "html.parser")
        matching = [inner for selector, _, inner in rules if alone.select(selector)]
        assert matching == ["fill:red}", "stroke:blue}", "opacity:.5}"]
        assert f"o{number}" in rect["class"]


def test_any_svg_can_be_given_an_alternative_by_hand() -> None:
    styled = f'{HALF}<style>#a{{fill:red}}</style><path id="a"/></svg>'
    piece = accessible(styled, "kart-1", "Kart")
    found = BeautifulSoup(piece, "html5lib")
    (path,) = found.select("svg[role=img] path")
    assert str(found.style.string).endswith(f" #{path['id']}{{fill:red}}")  # type: ignore[union-attr]
    assert found.title or found.select_one("svg > title").string == "Kart"  # type: ignore[union-attr]
    assert path["id"] not in accessible(styled, "kart-2", "Kart")
    assert style_of(of_kind("text/html", piece)).count("fill:red") == 1


@pytest.mark.parametrize("text", ["<svg><path></svg>", "<html/>", "no picture", ""])
def test_what_is_no_svg_is_refused_by_a_sentence(text: str) -> None:
    with pytest.raises(WorkbenchError, match=r"image/svg\+xml"):
        page(of_kind("image/svg+xml", text))


def test_the_script_of_a_picture_goes_and_the_picture_stays() -> None:
    found = main(drawn(f"<script>{MARKER}</script><rect onclick=\"{MARKER}\" width='1'/>"))
    (rect,) = found.select("svg > rect")
    assert rect.attrs == {"width": "1"} and not found.select("script")


# The same bytes


def figure(salt: str) -> str:
    """Return an SVG as matplotlib writes it, with ids that differ from time to time."""
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    with rc_context({"svg.hashsalt": salt}):
        chart, buffer = Figure(figsize=(2, 1)), io.StringIO()
        chart.subplots().plot([1, 2, 0], marker="o")
        chart.savefig(buffer, format="svg", metadata={"Date": f"2026-01-01T{len(salt):02}"})
    return buffer.getvalue()


def test_ids_addresses_and_dates_are_the_same_each_time() -> None:
    made = []
    for salt, address in (("a", "0x7f0a"), ("bb", "0x7f0b")):
        styled = pd.DataFrame({"a": [1, 2]}).style.highlight_max().set_uuid(salt).to_html()
        node = new_notebook(
            cells=[
                new_code_cell(
                    "",
                    id="c",
                    outputs=[
                        of_kind("text/html", styled),
                        of_kind("image/svg+xml", figure(salt)),
                        display(text_plain=f"(<A at {address}>, 'kept')"),
                        new_output("stream", name="stderr", text=f"1it [00:0{len(salt)}]\nlate"),
                    ],
                )
            ],
            metadata={"widgets": {salt: 1}},
        )
        outputs.steady(node)
        made.append((nbformat.writes(node), publish.page(node, ABOUT)))
    assert figure("a") != figure("bb") and "2026-01-01" in figure("a")
    assert made[0] == made[1]
    assert "kept" in made[0][0] and "late" in made[0][0] and "2026-01-01" not in made[0][0]
    before = made[0][0]
    outputs.steady(node)
    assert nbformat.writes(node) == before, "a second time changes nothing"


def test_text_with_html_of_pandas_and_warnings_are_the_same_each_time() -> None:
    made = []
    for uuid, process in (("3b78c", 1070), ("c0ffe", 22)):
        frame = pd.DataFrame({"a": [1, 2]})
        styled = frame.style.highlight_max().set_uuid(uuid).to_html()
        plain = frame.style.highlight_min().set_uuid(uuid[::-1]).to_html()
        warned = f"/tmp/ipykernel_{process}/252444.py:2: UserWarning: late\n"
        node = new_notebook(
            cells=[
                new_code_cell(
                    "",
                    id="c",
                    outputs=[
                        of_kind("text/markdown", f"Tall:\n\n{styled}\n\n{plain}"),
                        new_output("stream", name="stdout", text=styled),
                        new_output("stream", name="stderr", text=warned),
                    ],
                )
            ]
        )
        outputs.steady(node)
        made.append(nbformat.writes(node))
    assert made[0] == made[1]
    assert "252444.py:2: UserWarning: late" in made[0] and made[0].count("<table id=") == 3
    text = node.cells[0].outputs[0].data["text/markdown"]
    assert len(set(re.findall("<table id=.(T_[0-9a-f]{5})", text))) == 2, "they stay two"


def test_a_steady_picture_is_still_svg() -> None:
    node = new_notebook(cells=[new_code_cell("", outputs=[drawn("<text>a\xa0&amp;</text>")])])
    outputs.steady(node)
    kept = node.cells[0].outputs[0].data["image/svg+xml"]
    assert kept.startswith('<svg xmlns="http://www.w3.org/2000/svg"')
    assert sanitiser.svg_as_html(kept).count("a\xa0&amp;") == 1


def test_a_summary_of_statsmodels_does_not_say_when_it_was_written() -> None:
    import statsmodels.api as sm

    fitted = sm.OLS([1.0, 2, 3, 5, 4, 6, 7, 9], sm.add_constant([*range(8)])).fit()
    summary = fitted.summary()
    forms = {
        "text/plain": str(summary),
        "text/html": summary.as_html(),
        "text/latex": summary.as_latex(),
    }
    assert all(re.search(r"\d\d:\d\d:\d\d", text) for text in forms.values())
    node = new_notebook(cells=[new_code_cell("", outputs=[new_output("display_data", forms)])])
    printed = new_output("stream", name="stdout", text=forms["text/plain"])
    node.cells[0].outputs.append(printed)
    outputs.steady(node)
    kept = node.cells[0].outputs[0].data
    assert printed.text == kept["text/plain"]
    for kind, text in forms.items():
        assert not re.search(r"\d\d:\d\d:\d\d|, \d\d \w{3} 20\d\d", kept[kind])
        assert len(kept[kind]) == len(text), "columns stay where they are"
        assert "No. Observations:" in kept[kind] and "0.945" in kept[kind]


DISPLAYS = """
import pandas as pd
from IPython.display import display
display(pd.DataFrame({"a": [1, 2]}).style.highlight_max())
from matplotlib.figure import Figure
import io
chart, buffer = Figure(figsize=(2, 1)), io.StringIO()
chart.subplots().plot([1, 2, 0])
chart.savefig(buffer, format="svg")
display({"image/svg+xml": buffer.getvalue()}, raw=True, metadata={"image/svg+xml": {"alt": "a"}})
from tqdm import tqdm
for _ in tqdm(range(3)):
    pass
print("printed", object())
object()
"""


def test_a_notebook_that_is_run_twice_gives_the_same_bytes(data: Dataset, tmp_path: Path) -> None:
    (task,) = plan_of(data, tmp_path, a=[DISPLAYS])
    made = []
    for _ in range(2):
        assert make(task).why == ""
        made.append((task.page.read_bytes(), task.executed.read_bytes()))
    assert made[0] == made[1]
    assert b"<pre>printed" in made[0][0]


# Nothing runs, nothing is fetched


def test_an_executed_notebook_that_was_changed_is_not_believed(
    data: Dataset, tmp_path: Path
) -> None:
    (task,) = plan_of(data, tmp_path, a=[TELL, "from IPython.display import HTML\nHTML('<p>')"])
    assert make(task).outcome == "succeeded"
    node = nbformat.read(task.executed, as_version=4)
    said = node.cells[-1].outputs[0].data
    for text in (f'<p onclick="{MARKER}">a</p>', f'<a href="javascript:{MARKER}">a</a>'):
        said["text/html"] = text
        task.executed.write_text(nbformat.writes(node), encoding="utf-8")
        noted = manifest.read(task.out, task.ledger).entries[task.file]
        files = manifest.written(
            task.out, {at: at.read_bytes() for at in (task.executed, task.page)}
        )
        manifest.note(task.out, task.ledger, task.file, type(noted)(task.key, files, task.executes))
        assert make(task, rendered=True).outcome == "succeeded"
        assert begun(task) == 1, "it was not executed"
        made = task.page.read_text(encoding="utf-8")
        assert ">a</" in made and "data-marker" not in made
    said["text/html"] = f"<script>{MARKER}</script>"
    task.executed.write_text(nbformat.writes(node), encoding="utf-8")
    result = make(task, rendered=True)
    assert result.outcome == "excepted" and "a script" in result.why


#: Pieces of HTML that alone or one after the other would run or fetch something, or spoil a page.
PIECES = [
    f"<script>{MARKER}</script>",
    f'<p onclick="{MARKER}">a</p>',
    f"<svg onload={MARKER}>",
    f'<svg><a xlink:href="javascript:{MARKER}"><text>a</text></a></svg>',
    "<svg><style>",
    "<svg><title>",
    "<math><mtext><style>",
    f'<a href=" java\tscript:{MARKER}">a</a>',
    f'<a href="&#106;avascript&colon;{MARKER}">a</a>',
    f'<img alt="" src="{ELSEWHERE}">',
    f'<svg><image href="{ELSEWHERE}"/><use href="{ELSEWHERE}#a"/></svg>',
    f'<link rel="stylesheet" href="{ELSEWHERE}.css">',
    f'<meta http-equiv="refresh" content="0;url={ELSEWHERE}">',
    f'<base href="{ELSEWHERE}">',
    f'<form action="{ELSEWHERE}"><input name="a"><button>b</button></form>',
    f"<style>@import '{ELSEWHERE}'; p {{ background: url({ELSEWHERE}) }}</style>",
    f"<style>p {{ background: \\75rl({ELSEWHERE}); color: red; position: fixed }}</style>",
    f'<p style="background: url({ELSEWHERE}); color: red">a</p>',
    f"<p style=\"background: image-set('{ELSEWHERE}' 1x)\">a</p>",
    f'<svg><rect fill="url({ELSEWHERE}#a)" mask="u\\72l({ELSEWHERE}#a)"/></svg>',
    f'<svg><set attributeName="href" to="javascript:{MARKER}"/></svg>',
    f"<svg><foreignObject><p onclick={MARKER}>a</p></foreignObject></svg>",
    f'<noscript><p title="</noscript><img src={ELSEWHERE}>">',
    "</main></body>",
    "<!--",
    "<details><summary>",
    "<textarea>",
    "<title>",
    '<p title="',
    '">',
    "<table><td>",
    "<![CDATA[",
    "<p>a</p>",
    '<b id="a">b</b>',
]


def unsafe(text: str) -> list[str]:
    """Return what would run or be fetched, as an independent parser finds it."""
    found = []
    for tag in BeautifulSoup(f"<main>{text}</main>", "html5lib").find_all(True):
        if tag.name not in {*sanitiser._HTML, *sanitiser._SVG, *sanitiser._MATH} | {
            *("html", "head", "body", "main")
        }:
            found.append(f"<{tag.name}>")
        for name, value in tag.attrs.items():
            said = re.sub(
                r"[\s\x00-\x1f]", "", " ".join(value) if isinstance(value, list) else value
            )
            away = name.endswith(("href", "src")) and tag.name != "a" and ELSEWHERE in said
            if name.startswith("on") or said.lower().startswith("javascript:") or away:
                found.append(f"{name}={value}")
            if name not in ("title", "href") and ELSEWHERE in said:
                found.append(f"{name}={value}")
    return found


@given(st.lists(st.sampled_from(PIECES), min_size=1, max_size=4))
def test_whatever_html_is_displayed_nothing_of_it_runs_or_is_fetched(pieces: list[str]) -> None:
    try:
        safe, style = sanitiser.clean("".join(pieces), "o1")
    except WorkbenchError:
        return
    assert not unsafe(safe), safe
    assert ELSEWHERE not in style and "<" not in style and "@import" not in style
    whole = BeautifulSoup(f"<main>{safe}<p id=after></p></main>", "html5lib")
    assert whole.select("main > #after"), "what follows is not swallowed"


@pytest.mark.parametrize("text", [piece for piece in PIECES[:-2] if "<" in piece])
def test_what_the_project_would_not_write_is_not_taken_as_it_is(text: str) -> None:
    assert not sanitiser.plain(text)


def test_what_the_project_writes_is_taken_as_it_is() -> None:
    piece = (
        '<h2 id="a">Å &amp; <a href="../b.html?c=1&amp;d">b</a><br><br/></h2>'
        '<svg viewBox="0 0 1 1"><title id="t">t</title><path d="M0 0" style="fill:#fff"/></svg>'
    )
    assert sanitiser.clean(piece, "o1") == (piece, "")


def test_what_was_coloured_for_paper_can_be_read_on_a_dark_screen(
    browser: Browser, tmp_path: Path
) -> None:
    styled = pd.DataFrame({"a": [1, 2]}).style.highlight_max(color="#ffff00").to_html()
    text = "<rect width='9' height='9' style='fill: #ffffff'/><text style='fill: #000000'>a</text>"
    file = tmp_path / "dark.html"
    file.write_text(page(of_kind("text/html", styled), drawn(text)), encoding="utf-8")
    opened = browser.new_page(color_scheme="dark")
    opened.goto(file.as_uri())
    seen = "(e, name) => getComputedStyle(e)[name]"
    cell = opened.locator("td", has_text="2")
    assert cell.evaluate(seen, "backgroundColor") == "rgb(255, 255, 0)"
    assert cell.evaluate(seen, "color") == "rgb(28, 40, 51)", "dark ink"
    assert opened.locator("svg rect").evaluate(seen, "fill") == "rgb(255, 255, 255)"
    assert opened.locator("figure").evaluate(seen, "backgroundColor") == "rgb(255, 255, 255)"
    assert opened.locator("h1").evaluate(seen, "color") != "rgb(28, 40, 51)", "the page is dark"
    opened.close()


def test_no_page_with_one_of_each_runs_or_fetches_anything(
    browser: Browser, tmp_path: Path
) -> None:
    kinds = [of_kind("text/html", piece) for piece in PIECES]
    kinds += [of_kind("text/html", f"<p>{''.join(PIECES[a : a + 3])}") for a in range(len(PIECES))]
    kinds += [drawn(piece) for piece in PIECES if piece.count("<") > 1]
    link = f"[link](javascript:{MARKER})"
    kinds += [of_kind("text/markdown", f"# a\n\n{piece}\n\n{link}") for piece in PIECES]
    kinds += [of_kind(kind, PIECES[0]) for kind in outputs.SHOWN if kind != "application/json"]
    kinds += [of_kind("application/json", {"a": PIECES[0]})]
    kept = []
    for output in kinds:
        try:
            page(output)
        except WorkbenchError:
            continue
        kept.append(output)
    assert len(kept) > 40, "most are shown, without what would run"
    made = page(*kept)
    policy = re.search(r"<meta http-equiv=\"Content-Security-Policy\".*?>", made)
    assert policy and "form-action 'none'; base-uri 'none'" in policy[0]
    for name, text in {"both": made, "without-policy": made.replace(policy[0], "")}.items():
        file = tmp_path / f"{name}.html"
        file.write_text(text, encoding="utf-8")
        asked: list[str] = []
        opened = browser.new_page()
        opened.on("request", lambda request, asked=asked: asked.append(request.url))
        opened.goto(file.as_uri(), wait_until="load")
        for link in opened.locator("main [onclick], main p").all()[:20]:
            link.dispatch_event("click")
        opened.wait_for_timeout(300)
        assert [url for url in asked if not url.startswith("data:")] == [file.as_uri()]
        assert opened.evaluate("document.documentElement.dataset.marker ?? ''") == ""
        assert opened.locator("form, base, iframe, script, meta[http-equiv=refresh]").count() == 0
        opened.close()
