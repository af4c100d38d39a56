"""What a notebook displays, made safe to stand in a page: no script, no request, ids of its own.

The project's own pieces are written in a plain way that `plain` recognises, and stay as they are.
All else is parsed and written again: SVG by an XML parser, HTML by nh3, which parses as a browser
does, and styles by tinycss2. What comes out of that must be plain, too.
"""

from __future__ import annotations

import re
from functools import lru_cache
from html import unescape
from itertools import chain

from markupsafe import escape

from workbench.errors import WorkbenchError
from workbench.markup import stylesheet


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_HTML = _set(
    "a abbr b bdi bdo blockquote br caption cite code col colgroup dd del details dfn div dl dt em "
    "figcaption figure h1 h2 h3 h4 h5 h6 hr i img ins kbd li mark ol p pre q s samp section small "
    "span strong sub summary sup table tbody td tfoot th thead time tr u ul var wbr"
)
_SVG = _set(
    "a circle clipPath defs desc ellipse g image line linearGradient marker mask path pattern "
    "polygon polyline radialGradient rect stop svg switch symbol text textPath title tspan use"
)
_MATH = _set(
    "math menclose merror mfrac mi mmultiscripts mn mo mover mpadded mphantom mprescripts mroot "
    "mrow ms mspace msqrt mstyle msub msubsup msup mtable mtd mtext mtr munder munderover"
)
#: Elements by what they stand in; `svg` and `math` begin their own.
_INSIDE = {"": _HTML | {"svg", "math"}, "svg": _SVG, "math": _MATH}
_VOID = _set("br col hr img wbr")

#: Attributes whose value is a piece of CSS, as in a style.
_CSS = _set("clip-path fill filter marker-end marker-mid marker-start mask stroke style")
#: Attributes whose value matters.
_CHECKED = _CSS | {"href", "src"}
#: Attributes that name elements by their ids.
_IDS = _set(
    "aria-activedescendant aria-controls aria-describedby aria-details aria-errormessage "
    "aria-flowto aria-labelledby aria-owns headers id"
)
_PREFIXES = ("aria-", "data-")
_ATTRIBUTES = _CHECKED | _set(
    "alt cite class colspan datetime dir headers height hreflang id lang open reversed role "
    "rowspan scope span start tabindex title value width "
    # SVG
    "baseline-shift clip-rule clipPathUnits color cx cy d direction display dominant-baseline dx "
    "dy fill-opacity fill-rule font-family font-size font-style font-variant font-weight fr fx fy "
    "gradientTransform gradientUnits lengthAdjust letter-spacing markerHeight markerUnits "
    "markerWidth maskContentUnits maskUnits method offset opacity orient overflow paint-order "
    "pathLength patternContentUnits patternTransform patternUnits points preserveAspectRatio r "
    "refX refY rotate rx ry shape-rendering side spacing spreadMethod startOffset stop-color "
    "stop-opacity stroke-dasharray stroke-dashoffset stroke-linecap stroke-linejoin "
    "stroke-miterlimit stroke-opacity stroke-width text-anchor text-decoration text-rendering "
    "textLength transform vector-effect viewBox visibility word-spacing writing-mode "
    "x x1 x2 y y1 y2 "
    # MathML
    "accent accentunder columnalign columnlines columnspacing depth displaystyle fence form "
    "largeop linethickness lspace mathvariant maxsize minsize movablelimits notation rowlines "
    "rowspacing rspace scriptlevel separator stretchy symmetric voffset"
)

#: What a reader would miss if it were just left out, by the element that shows it.
_LOST = {
    "script": "a script",
    "iframe": "a frame (iframe)",
    "object": "an object",
    "embed": "an embedded file",
    "video": "a video",
    "audio": "a sound",
    "canvas": "a canvas, which only a script can fill",
    "foreignobject": "HTML inside SVG (foreignObject)",
}
_LOST_TAG = re.compile(rf"<({'|'.join(_LOST)})[\s/>]", re.IGNORECASE)
#: Elements that go with all that is in them; of others that are not listed only the tag goes.
_DROPPED = set(_set("metadata noscript script select style template textarea"))

_TAG = re.compile(
    r"<(?:/([a-zA-Z][a-zA-Z0-9]*)|"
    r"([a-zA-Z][a-zA-Z0-9]*)((?: [a-zA-Z][a-zA-Z0-9:-]*=\"[^\"<>]*\")*)(?: ?(/))?)>"
)
_ATTRIBUTE = re.compile(r" (?:xlink:)?([a-zA-Z0-9:-]+)=\"([^\"]*)\"")
_HEAD = re.compile(r"<head\b.*?</head\s*>", re.IGNORECASE | re.DOTALL)
_STYLE = re.compile(r"<style\b[^>]*>(.*?)</style\s*>", re.IGNORECASE | re.DOTALL)
_CDATA = re.compile(r"<!\[CDATA\[|\]\]>")
_ID = re.compile(r' id="([^"]*)"')
_EMBEDDED = re.compile(r"data:image/(?:png|jpeg|gif|webp);base64,[A-Za-z0-9+/=\s]*")
_SCHEME = re.compile(r"(?i:https?|mailto):|[^:]*(?:[/?#]|\Z)")


@lru_cache(maxsize=64)
def plain(text: str) -> bool:
    """Return whether HTML is safe as it stands: listed elements only, well formed and closed.

    A tag begins at each ``<`` and values have double quotes, so that every parser finds the same
    elements as this one.
    """
    known: dict[tuple[str, str, str], bool] = {}
    stack: list[tuple[str, str]] = []
    tags, kind = 0, ""
    for tag in _TAG.finditer(text):
        tags += 1
        closed, name, attributes, slash = tag.groups()
        if closed:
            if not stack or stack.pop()[0] != closed:
                return False
            kind = stack[-1][1] if stack else ""
            continue
        asked = (kind, name, attributes)
        if asked not in known:
            known[asked] = name in _INSIDE[kind] and _plain_attributes(name, attributes)
        if not known[asked] or (slash and not kind and name not in _VOID):
            return False
        if not slash and (kind or name not in _VOID):
            kind = name if name in ("svg", "math") else kind
            stack.append((name, kind))
    return not stack and tags == text.count("<") and "\0" not in text


def _plain_attributes(tag: str, attributes: str) -> bool:
    if tag == "img" and " alt=" not in attributes:
        return False
    for name, value in _ATTRIBUTE.findall(attributes):
        if name in _CHECKED:
            if not _plain_value(tag, name, value):
                return False
        elif name not in _ATTRIBUTES and not name.startswith(_PREFIXES):
            return False
    return True


@lru_cache(maxsize=4096)
def _plain_value(tag: str, name: str, value: str) -> bool:
    meant = unescape(value)
    return _value(tag, name, meant) == meant


def _value(tag: str, name: str, value: str) -> str | None:
    """Return the value of an attribute that may stand in a page, or None."""
    if name == "src" or (name == "href" and tag == "image"):
        return value if tag in ("img", "image") and _EMBEDDED.fullmatch(value) else None
    if name == "href":
        safe = _SCHEME.match(value) if tag == "a" else value.startswith("#")
        return value if safe else None
    return stylesheet.attribute(name, value) or None if name in _CSS else value


def clean(text: str, name: str, own: bool = True) -> tuple[str, str]:
    """Return HTML as it may stand in a page, and its style.

    Parameters
    ----------
    text : str
        HTML as a notebook displayed it.
    name : str
        What its ids begin with, unlike those of any other piece of the page. If there is a style,
        it is the id of an element around the piece, and the style is for that element only. For a
        piece that is no part of a page it is empty.
    own : bool
        Whether HTML that is plain, as the project writes it, keeps its ids.

    Raises
    ------
    WorkbenchError
        If a reader would miss something that cannot be shown.
    """
    if own and plain(text):
        return text, ""
    import nh3

    if lost := _LOST_TAG.search(text):
        raise WorkbenchError(
            f"A notebook displays {_LOST[lost[1].lower()]}, and a brief has none: it is a page "
            "that runs nothing and fetches nothing. Display what it shows as a picture "
            "(image/png or SVG) or as a table, or set the library to do so."
        )
    fetched: list[str] = []

    def value(tag: str, attribute: str, given: str) -> str | None:
        safe = _value(tag, attribute, given)
        if safe is None and tag in ("img", "image") and attribute in ("src", "href"):
            fetched.append(given)
        return safe

    styles = _CDATA.sub("", "\n".join(_STYLE.findall(text)))
    body = nh3.clean(
        _HEAD.sub("", _STYLE.sub("", text)),
        tags={*_HTML, *_SVG, *_MATH},
        clean_content_tags=_DROPPED,
        attributes={"*": set(_ATTRIBUTES)},
        generic_attribute_prefixes=set(_PREFIXES),
        attribute_filter=value,
        url_schemes={"http", "https", "mailto", "data"},
        link_rel=None,
    )
    if fetched:
        raise WorkbenchError(
            f"A notebook displays a picture that is fetched from '{fetched[0][:80]}', and a brief "
            "is one file that fetches nothing. Display the picture itself: "
            "IPython.display.Image(filename='map.png', alt='what it shows')."
        )
    if re.search(r"<img(?![^>]* src=)", body):
        raise WorkbenchError(
            "A picture (img) has no address that can be shown (src with data:image/...). Display "
            "the picture itself: IPython.display.Image(filename='map.png', alt='what it shows')."
        )
    if re.search(r"<img(?![^>]* alt=)", body):
        raise WorkbenchError(
            "A picture (img) has no text alternative: write <img alt='what it shows' ...>."
        )
    ids = (_ID.findall(tag[3] or "") for tag in _TAG.finditer(body))
    order = enumerate(dict.fromkeys(map(unescape, chain(*ids))), 1)
    known = {before: f"{name or 'id'}-{at}" for at, before in order}
    body = renamed(body, lambda before: known.get(before, before))
    # What <use> draws stands in no element of the page, so that its classes tell whose it is.
    copied = bool(name and styles and "<use " in body)
    within = f"{{}}.{name}" if copied else f"#{name} {{}}" if name else "{}"
    style = stylesheet.stylesheet(styles, within, lambda before: known.get(before, before))
    if copied:
        body = _TAG.sub(lambda tag: _classed(tag[0], name), body)
    if not plain(body):
        raise WorkbenchError(
            "A notebook displays HTML that cannot be made safe to stand in a page. Display it as a "
            "picture or as a table."
        )
    if style and name:
        # Colours are meant for paper; a page may be dark.
        light = ' class="light"' if "color" in style or "background" in style else ""
        body = f'<div id="{name}"{light}>{body}</div>'
    return body, style


def _classed(tag: str, name: str) -> str:
    """Return a tag of plain HTML with one class more."""
    if tag.startswith("</") or ' class="' in tag:
        return tag.replace(' class="', f' class="{name} ', 1)
    return re.sub(r"^<[a-zA-Z0-9]+", rf'\g<0> class="{name}"', tag)


def renamed(text: str, names: stylesheet.Names) -> str:
    """Return plain HTML with other ids, wherever an attribute names one."""

    def attribute(found: re.Match[str]) -> str:
        name, value = found[1], unescape(found[2])
        if name == "id":
            value = names(value)
        elif name in _IDS:
            value = " ".join(names(word) for word in value.split())
        elif name == "href" and value.startswith("#"):
            value = f"#{names(value[1:])}"
        elif name in _CSS and "url(" in value:
            value = stylesheet.attribute(name, value, names)
        else:
            return found[0]
        return f' {name}="{escape(value)}"'

    return _TAG.sub(lambda tag: _ATTRIBUTE.sub(attribute, tag[0]), text)


def apart(text: str, name: str, taken: set[str]) -> str:
    """Return plain HTML with no id that is taken, and add its ids to those.

    New ids begin with `name`.
    """
    own = set(map(unescape, _ID.findall(text)))
    twice = own & taken
    taken |= own
    if not twice:
        return text
    return renamed(text, lambda before: f"{name}-{before}" if before in twice else before)


def svg_as_html(text: str) -> str:
    """Return an SVG file as it stands in HTML.

    Raises
    ------
    WorkbenchError
        If it is not well formed, or no SVG.
    """
    from xml.etree.ElementTree import ParseError, tostring

    from defusedxml import DefusedXmlException
    from defusedxml.ElementTree import fromstring

    try:
        root = fromstring(text)
    except (ParseError, DefusedXmlException, ValueError) as error:
        raise WorkbenchError(
            f"A picture (image/svg+xml) is not well-formed SVG: {error}. Save it again with the "
            "program that drew it, or display it as image/png."
        ) from None
    for parent in list(root.iter()):
        # A picture of its own is complete without the script that moves it.
        for child in [c for c in parent if str(c.tag).rpartition("}")[2] == "script"]:
            parent.remove(child)
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2] if isinstance(element.tag, str) else "desc"
        if along := element.attrib.pop("{http://www.w3.org/1999/xlink}href", ""):
            element.attrib.setdefault("href", along)
        for name in [name for name in element.attrib if "}" in name]:  # an editor's own notes
            del element.attrib[name]
    if root.tag != "svg":
        raise WorkbenchError(f"A picture (image/svg+xml) is no SVG: it begins with <{root.tag}>.")
    return tostring(root, encoding="unicode", method="html")


def svg_as_xml(text: str) -> str:
    """Return an SVG file with the same ids each time, and without dates."""
    drawn, style = clean(svg_as_html(text), "", own=False)
    head = f"<style>{escape(style)}</style>" if style else ""
    drawn = drawn.replace("&nbsp;", "\N{NO-BREAK SPACE}")  # which XML does not know
    root, rest = drawn.removeprefix("<svg").split(">", 1)
    return f'<svg xmlns="http://www.w3.org/2000/svg"{root}>{head}{rest}'
