"""What the cells of a notebook set, read and call, from their syntax trees."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence
from typing import Any


def parsed(source: str) -> ast.Module:
    """Return the code of a cell, with IPython's own signs as it reads them."""
    try:
        return ast.parse(source)
    except SyntaxError:
        from IPython.core.inputtransformer2 import TransformerManager

        return ast.parse(TransformerManager().transform_cell(source))


def assigned(statement: ast.AST) -> Iterator[tuple[str, str]]:
    """Return the names that a statement sets, each with its annotation."""
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return
    for node in ast.walk(statement):
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            yield node.target.id, ast.unparse(node.annotation)
        elif isinstance(node, ast.Assign):
            names = (one for target in node.targets for one in ast.walk(target))
            yield from ((one.id, "") for one in names if isinstance(one, ast.Name))


def loaded(statement: ast.AST) -> set[str]:
    """Return the names that a statement reads."""
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return set()
    names = (node for node in ast.walk(statement) if isinstance(node, ast.Name))
    return {node.id for node in names if isinstance(node.ctx, ast.Load)}


def set_again(cells: Sequence[Any]) -> set[str]:
    """Return the names that cells set whatever they were before, one after the other."""
    found: set[str] = set()
    for cell in cells:
        try:
            tree = parsed(cell.source)
        except SyntaxError:  # its own run tells
            continue
        for statement in tree.body:  # not under a condition, which may ask what it was before
            if isinstance(statement, ast.Assign | ast.AnnAssign) and statement.value:
                found |= {name for name, _ in assigned(statement)} - loaded(statement)
        for node in _of_the_notebook(tree):
            match node:
                case ast.For(target=target) | ast.AsyncFor(target=target):
                    found |= _named(target)
                case (
                    ast.NamedExpr(target=target) | ast.withitem(optional_vars=ast.expr() as target)
                ):
                    found |= _named(target)
                case ast.Import(names=names) | ast.ImportFrom(names=names):
                    found |= {one.asname or one.name for one in names}
                case ast.Global(names=given):
                    found |= {*given}
    return found


def only_calls(cells: Iterable[str]) -> bool:
    """Return whether cells only set names to plain values and call functions of ``workbench``.

    So do the briefs of the workbench. They change nothing in the process that executes them: no
    setting, no file, no variable, no object of a library.
    """
    package: set[str] = set()

    def calls(node: ast.expr) -> bool:
        """Whether a value is plain, or made from such by the package."""
        match node:
            case ast.Constant() | ast.Name():
                return True
            case ast.BoolOp(values=parts) | ast.Tuple(elts=parts) | ast.List(elts=parts):
                return all(calls(one) for one in parts)
            case ast.Call(function, arguments, named):
                given = [*arguments, *(one.value for one in named)]
                return of_package(function) and all(calls(one) for one in given)
        return of_package(node)

    def of_package(node: ast.expr) -> bool:
        """Whether this is a function of the package or of one of its modules: 'wb.status.title'.

        What lies deeper may be a method, which changes what it is of.
        """
        match node:
            case ast.Attribute(ast.Name(name)) | ast.Attribute(ast.Attribute(ast.Name(name))):
                return name in package
        return False

    for cell in cells:
        try:
            body = ast.parse(cell).body
        except SyntaxError:  # or a sign of IPython's own
            return False
        for statement in body:
            match statement:
                case ast.Import([ast.alias("workbench", str(name))]):
                    package.add(name)
                case ast.Assign([ast.Name(name)], value) | ast.AnnAssign(
                    ast.Name(name), ast.Name(), ast.expr() as value
                ):
                    if name in package or not calls(value):
                        return False
                case ast.Expr(value):
                    if not calls(value):
                        return False
                case _:
                    return False
    return True


def _named(target: ast.expr) -> set[str]:
    return {node.id for node in ast.walk(target) if isinstance(node, ast.Name)}


def _of_the_notebook(tree: ast.AST) -> Iterator[ast.AST]:
    """Give what a cell does with names of the notebook: nothing inside functions but ``global``."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
            yield from (inner for inner in ast.walk(node) if isinstance(inner, ast.Global))
        else:
            yield node
            yield from _of_the_notebook(node)
