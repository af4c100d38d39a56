"""Templates of sentences from a folder that may be anybody's: they put values and choose texts.

What a sentence may hold is what the sentences of the project hold, found in its parsed template:
values, constants, comparisons, if and else, a part of a list, ``~`` and ``+``, the filters
``capitalised`` and ``join``, ``count_of()``, and a text's ``startswith`` and ``lstrip``. There is
no loop, so that a sentence ends, and is not much longer than it and its values are. It cannot set,
import, include or multiply, and sees no attribute, no file and no environment.
"""

from __future__ import annotations

from typing import Any

import jinja2
from jinja2 import nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

#: Signs of a sentence, and levels of expressions in each other; the longest of the project's own
#: has 734, and nine.
_LONGEST, _DEEPEST = 3000, 25

#: Signs between the items of a list.
_LONGEST_PAUSE = 20

_PLAIN = (
    *(nodes.Template, nodes.Output, nodes.TemplateData, nodes.Const, nodes.If, nodes.CondExpr),
    *(nodes.Compare, nodes.And, nodes.Or, nodes.Not, nodes.Neg, nodes.Concat, nodes.Add),
)
_COMPARISONS = {"eq", "ne", "lt", "lteq", "gt", "gteq"}
_METHODS = {"startswith", "lstrip"}


class Sentences(ImmutableSandboxedEnvironment):
    """Makes templates of sentences; what they may not hold is a `jinja2.TemplateSyntaxError`."""

    def __init__(self, **filters: Any) -> None:
        super().__init__(
            undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True, autoescape=False
        )
        self.globals.clear()
        self.tests.clear()
        self.filters = {"join": self.filters["join"], **filters}

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        """Parse a sentence for all that Jinja2 does with it, and see that it is one."""
        if len(source) > _LONGEST:
            raise jinja2.TemplateSyntaxError(f"it is longer than {_LONGEST} signs", 1)
        try:
            tree = super()._parse(source, name, filename)
        except RecursionError:
            raise jinja2.TemplateSyntaxError("it is nested too deep", 1) from None
        left: list[tuple[nodes.Node, int]] = [(tree, 0)]
        while left:
            node, depth = left.pop()
            inside = _inside(node)
            if inside is None:
                what = f"{type(node).__name__.lower()} is none of what a sentence may hold"
                raise jinja2.TemplateSyntaxError(what, node.lineno or 1)
            if depth > _DEEPEST:
                raise jinja2.TemplateSyntaxError("it is nested too deep", node.lineno or 1)
            left += [(part, depth + 1) for part in inside]
        return tree


def _inside(node: nodes.Node) -> list[nodes.Node] | None:
    """Return what is to be looked at within a part of a template; None if it may not be there."""
    match node:
        case nodes.Name(name=name, ctx="load"):
            return None if name.startswith("_") or name in {"self", "count_of"} else []
        case nodes.Operand(op=sign, expr=value):
            return [value] if sign in _COMPARISONS else None
        case nodes.Call(node=called, args=args, kwargs=[], dyn_args=None, dyn_kwargs=None):
            match called:
                case nodes.Name(name="count_of"):
                    return [*args]
                case nodes.Getattr(node=text, attr=method) if method in _METHODS:
                    return [text, *args]
        case nodes.Getitem(node=whole, arg=part):
            return [whole] if _is_place(part) else None
        case nodes.Filter(node=text, name="capitalised", args=[]) if text is not None:
            return [text]
        # Joining what was joined would multiply its length.
        case nodes.Filter(node=listed, name="join", args=[nodes.Const(value=str() as pause)]):
            plain = listed.node if isinstance(listed, nodes.Getitem) else listed
            fits = isinstance(plain, nodes.Name) and len(pause) <= _LONGEST_PAUSE
            return [listed] if fits and listed is not None else None
        case _ if type(node) in _PLAIN:
            return [*node.iter_child_nodes()]
    return None


def _is_place(node: nodes.Node) -> bool:
    """Return whether this is a number, or two with a colon: a place in a list, or some."""
    if isinstance(node, nodes.Slice | nodes.Neg):
        return all(map(_is_place, node.iter_child_nodes()))
    return isinstance(node, nodes.Const) and type(node.value) is int
