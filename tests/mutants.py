"""Functions with one thing changed, the way people slip: what a check must tell from the right one.

`programs` gives the source of an answer, with the functions of its own module that it calls, as one
syntax tree; `mutants` gives every source that differs from it in one place; `made` makes a function
of a source, which ends with an exception instead of running for ever.
"""

from __future__ import annotations

import ast
import inspect
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from random import Random
from types import ModuleType
from typing import Any

from costlib.exercises.framework import Exercise
from costlib.paths import ROOT
from solutions.derive import read_source, solved

ENTRY = "answer"
FUEL = 20_000  # rounds of all loops of one call


class OutOfFuel(Exception):
    """A mutant that would not end."""


@dataclass(frozen=True)
class Program:
    """A right answer as source: where it comes from, its tree, and the names that it uses."""

    origin: str
    tree: ast.Module
    names: dict[str, Any]

    @property
    def slow(self) -> bool:
        """Whether it takes milliseconds for an input, as a frame does."""
        return any(isinstance(node, ast.Name) and node.id == "pd" for node in ast.walk(self.tree))


# ---------------------------------------------------------------- sources


def programs(exercise: Exercise) -> list[Program]:
    """The lesson's own solution, and each of `right` whose source is a function of a module."""
    found = [_solution(exercise)]
    for place, answer in enumerate(exercise.right):
        if callable(answer) and (program := _of_module(f"right {place}", answer)):
            found.append(program)
    return found


def _solution(exercise: Exercise) -> Program:
    lesson = int(exercise.id.partition(".")[0])
    (path,) = ROOT.glob(f"solutions/{lesson:02d}_*.py")
    cells = _cells(path)
    wanted = f"ex-{exercise.id.replace('.', '-')}-answer"
    tree = ast.parse(cells[wanted])
    tree.body.append(ast.parse(f"{ENTRY} = {exercise.answer_name}").body[0])
    return Program("the solution", _bare(tree), _names_of(path, tree))


@cache
def _cells(path: Path) -> dict[str, str]:
    """The source of each code cell of a lesson, solved, by its id."""
    cells = read_source(path).cells
    return {cell["id"]: solved(cell.source) for cell in cells if cell.cell_type == "code"}


@cache
def _lines(path: Path) -> list[ast.stmt]:
    """The statements of all the code cells of a lesson, solved."""
    return [line for source in _cells(path).values() for line in ast.parse(source).body]


@cache
def _imports(path: Path) -> dict[str, Any]:
    """What a lesson imports."""
    names: dict[str, Any] = {}
    for line in _lines(path):
        if isinstance(line, ast.Import | ast.ImportFrom):
            exec(compile(ast.Module([line], []), str(path), "exec"), names)
    return names


def _names_of(path: Path, tree: ast.AST) -> dict[str, Any]:
    """The lesson's imports, and those of its top-level values that a tree uses."""
    names = dict(_imports(path))
    assigned = {
        target.id: line
        for line in _lines(path)
        if isinstance(line, ast.Assign)
        for target in ast.walk(line)
        if isinstance(target, ast.Name) and isinstance(target.ctx, ast.Store)
    }

    def provide(part: ast.AST) -> None:
        for node in ast.walk(part):
            if isinstance(node, ast.Name) and node.id in assigned and node.id not in names:
                line = assigned.pop(node.id)
                provide(line.value)
                exec(compile(ast.Module([line], []), str(path), "exec"), names)

    for node in ast.walk(tree):  # what the tree itself names
        if isinstance(node, ast.arg):
            assigned.pop(node.arg, None)
        elif isinstance(node, ast.FunctionDef):
            assigned.pop(node.name, None)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            assigned.pop(node.id, None)
    provide(tree)
    return names


def _of_module(origin: str, function: Any) -> Program | None:
    """A function with those of its module that it calls; None for a closure, or for one in C."""
    function = inspect.unwrap(function)
    code = getattr(function, "__code__", None)
    if code is None or code.co_freevars:
        return None
    module = sys.modules[function.__module__]
    top = _tree_of(module)
    defined = {node.name: node for node in top.body if isinstance(node, ast.FunctionDef)}
    if function.__name__ in defined:
        entry: ast.stmt = ast.parse(f"{ENTRY} = {function.__name__}").body[0]
    else:
        same = [
            node
            for node in ast.walk(top)
            if isinstance(node, ast.Lambda)
            and node.lineno == code.co_firstlineno
            and _code_of(node).co_code == code.co_code
            and _code_of(node).co_consts == code.co_consts
        ]
        if not same:
            return None
        entry = ast.Assign([ast.Name(ENTRY, ast.Store())], same[0])
    used: dict[str, ast.stmt] = {}

    def follow(part: ast.AST) -> None:
        for node in ast.walk(part):
            if isinstance(node, ast.Name) and node.id in defined and node.id not in used:
                used[node.id] = defined[node.id]
                follow(defined[node.id])

    follow(entry)
    tree = ast.fix_missing_locations(ast.Module([*used.values(), entry], []))
    return Program(origin, tree, dict(vars(module)))


@cache
def _tree_of(module: ModuleType) -> ast.Module:
    """A module's tree, of which all programs from it are parts: who changes one puts it back."""
    return _bare(ast.parse(inspect.getsource(module)))


def _code_of(node: ast.Lambda) -> Any:
    """A lambda's code by itself, to compare with a function's."""
    tree = ast.Expression(node)
    whole = compile(tree, "<lambda>", "eval")
    return next(const for const in whole.co_consts if hasattr(const, "co_code"))


class _Bare(ast.NodeTransformer):
    """Takes annotations and docstrings away: no change of them makes a difference."""

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        self.generic_visit(node)
        node.returns = None
        for arg in (*node.args.args, *node.args.kwonlyargs, node.args.vararg):
            if arg is not None:
                arg.annotation = None
        if ast.get_docstring(node) is not None:
            node.body = node.body[1:] or [ast.Pass()]
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST | None:
        self.generic_visit(node)
        return ast.Assign([node.target], node.value) if node.value else None


def _bare(tree: ast.Module) -> ast.Module:
    return ast.fix_missing_locations(_Bare().visit(tree))


# ---------------------------------------------------------------- changes

_COMPARE = {
    ast.Lt: (ast.LtE, ast.Gt),
    ast.LtE: (ast.Lt, ast.GtE, ast.Eq),
    ast.Gt: (ast.GtE, ast.Lt),
    ast.GtE: (ast.Gt, ast.LtE, ast.Eq),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
}
_OPERATORS = {
    ast.Add: (ast.Sub, ast.Mult),
    ast.Sub: (ast.Add,),
    ast.Mult: (ast.Div, ast.Add),
    ast.Div: (ast.Mult, ast.FloorDiv),
    ast.FloorDiv: (ast.Div,),
    ast.Mod: (ast.Div,),
    ast.Pow: (ast.Mult,),
    ast.BitOr: (ast.BitAnd,),
    ast.BitAnd: (ast.BitOr,),
}
_CALLS = {
    "min": ("max",),
    "max": ("min",),
    "any": ("all",),
    "all": ("any",),
    "round": ("int",),
    "sum": ("max", "len"),
    "len": ("sum",),
    "set": ("list",),
    "ceil": ("floor",),
    "floor": ("ceil",),
    "median": ("mean",),
    "searchsorted": ("argmax",),
    "keys": ("values",),
}


def mutants(tree: ast.Module, order: Random | None = None) -> Iterator[str]:
    """Every source that differs from a tree in one place, in the order of the places or in one by
    chance; between two of them the tree is as it was."""
    seen, changes = {ast.unparse(tree)}, _changes(tree)
    if order is not None:
        order.shuffle(changes)
    for change in changes:
        source = change()
        if source and source not in seen:
            seen.add(source)
            yield source


def _changes(tree: ast.Module) -> list[Callable[[], str]]:
    """The changes of a tree in one place: each gives the changed source, "" where that is no
    program, and leaves the tree as it was."""
    strings = sorted(
        {
            node.value
            for node in ast.walk(tree)
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value
        }
    )
    params = sorted({node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)})
    return [
        partial(_changed, tree, put, other)
        for parent in list(ast.walk(tree))
        for name, value in ast.iter_fields(parent)
        for put, node in _places(parent, name, value)
        for other in _others(node, strings, params)
    ]


def _changed(tree: ast.Module, put: Callable[[Any], Callable[[], Any]], other: Any) -> str:
    undo = put(other)
    try:
        source = ast.unparse(tree)
        compile(source, "<mutant>", "exec")
    except (SyntaxError, ValueError, AttributeError):
        return ""
    finally:
        undo()
    return source


def _places(parent: Any, name: str, value: Any) -> Iterator[tuple[Callable[..., Any], ast.AST]]:
    """Each child of a field, with what puts something in its place and gives what undoes it."""

    def put_one(other: Any) -> Callable[[], None]:
        setattr(parent, name, other)
        return lambda: setattr(parent, name, value)

    def put_at(place: int) -> Callable[[Any], Callable[[], None]]:
        def put(other: Any) -> Callable[[], None]:
            kept = list(value)
            value[place : place + 1] = other if isinstance(other, list) else [other]
            return lambda: value.__setitem__(slice(None), kept)

        return put

    if isinstance(value, ast.AST):
        yield put_one, value
    elif isinstance(value, list):
        for place, each in enumerate(value):
            if isinstance(each, ast.AST):
                yield put_at(place), each


def _others(node: Any, strings: list[str], params: list[str]) -> Iterator[Any]:
    """What may stand in a node's place by a slip."""
    if isinstance(node, ast.Compare):
        for other in _COMPARE.get(type(node.ops[0]), ()):
            yield ast.Compare(node.left, [other(), *node.ops[1:]], node.comparators)
        yield from (ast.Constant(True), ast.Constant(False))
    elif isinstance(node, ast.BinOp):
        for other in _OPERATORS.get(type(node.op), ()):
            yield ast.BinOp(node.left, other(), node.right)
        yield from (node.left, node.right, ast.BinOp(node.right, node.op, node.left))
    elif isinstance(node, ast.BoolOp):
        yield ast.BoolOp(ast.Or() if isinstance(node.op, ast.And) else ast.And(), node.values)
        yield from node.values
    elif isinstance(node, ast.UnaryOp):
        yield node.operand
    elif isinstance(node, ast.Constant):
        yield from _constants(node.value, strings)
    elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
        if node.id in params:
            yield from (ast.Name(name, ast.Load()) for name in params if name != node.id)
            yield from (ast.Constant(0), ast.Constant(1))
        yield from (ast.Name(name, ast.Load()) for name in _CALLS.get(node.id, ()))
    elif isinstance(node, ast.Attribute):
        if node.attr == "inf":
            yield from (ast.Constant(None), ast.Constant(0))
        for name in _CALLS.get(node.attr, ()):
            yield ast.Attribute(node.value, name, node.ctx)
    elif isinstance(node, ast.Call):
        yield from _calls(node)
    elif isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load):
        yield node.value
    elif isinstance(node, ast.Slice):
        yield ast.Slice(None, node.upper, node.step)
        yield ast.Slice(node.lower, None, node.step)
        for end, name in ((node.lower, "lower"), (node.upper, "upper")):
            for step in (1, -1):
                moved = ast.BinOp(end or ast.Constant(0), ast.Add(), ast.Constant(step))
                ends = {"lower": node.lower, "upper": node.upper} | {name: moved}
                if end is not None:
                    yield ast.Slice(ends["lower"], ends["upper"], node.step)
    elif isinstance(node, ast.IfExp):
        yield from (node.body, node.orelse, ast.IfExp(node.test, node.orelse, node.body))
    elif isinstance(node, ast.comprehension) and node.ifs:
        for place in range(len(node.ifs)):
            left = [*node.ifs[:place], *node.ifs[place + 1 :]]
            yield ast.comprehension(node.target, node.iter, left, node.is_async)
    elif isinstance(node, ast.Tuple | ast.List) and isinstance(node.ctx, ast.Load):
        if len(node.elts) > 1:
            yield type(node)(node.elts[::-1], node.ctx)
    elif isinstance(node, ast.stmt):
        yield from _statements(node)


def _constants(value: Any, strings: list[str]) -> Iterator[ast.Constant]:
    if isinstance(value, bool):
        yield ast.Constant(not value)
    elif value is None:
        yield ast.Constant(0)
    elif isinstance(value, int | float):
        for other in (value + 1, value - 1, 0, 1, 2 * value, value * 1.01):
            if other != value:
                yield ast.Constant(other)
    elif isinstance(value, str):
        yield from (ast.Constant(other) for other in strings if other != value)


def _calls(node: ast.Call) -> Iterator[ast.expr]:
    """Without the call, without its last argument, without a keyword, with arguments swapped."""
    if node.args:
        yield node.args[0]
        yield ast.Call(node.func, node.args[:-1], node.keywords)
    if len(node.args) > 1:
        yield ast.Call(node.func, node.args[::-1], node.keywords)
        yield node.args[1]
    for place in range(len(node.keywords)):
        left = [*node.keywords[:place], *node.keywords[place + 1 :]]
        yield ast.Call(node.func, node.args, left)
    if isinstance(node.func, ast.Attribute):
        yield node.func.value


def _statements(node: ast.stmt) -> Iterator[ast.stmt | list[ast.stmt]]:
    if isinstance(node, ast.If):
        yield node.body
        yield node.orelse or ast.Pass()
    elif isinstance(node, ast.For | ast.While):
        again = {"target": node.target, "iter": node.iter} if isinstance(node, ast.For) else {}
        test = {"test": node.test} if isinstance(node, ast.While) else {}
        yield type(node)(**again, **test, body=[*node.body, ast.Break()], orelse=node.orelse)
    elif isinstance(node, ast.Return) and node.value is not None:
        for value in (ast.Constant(None), ast.Constant(0), ast.UnaryOp(ast.USub(), node.value)):
            yield ast.Return(value)
        yield ast.Return(ast.BinOp(node.value, ast.Add(), ast.Constant(1)))
        yield ast.Pass()
    elif isinstance(node, ast.Assign | ast.AugAssign | ast.Expr | ast.Raise):
        yield ast.Pass()
        if isinstance(node, ast.AugAssign):
            for other in _OPERATORS.get(type(node.op), ()):
                yield ast.AugAssign(node.target, other(), node.value)
            target = ast.parse(ast.unparse(node.target)).body[0]
            yield ast.parse(f"{ast.unparse(target)} = {ast.unparse(node.value)}").body[0]
    elif isinstance(node, ast.Continue):
        yield from (ast.Pass(), ast.Break())
    elif isinstance(node, ast.Break):
        yield from (ast.Pass(), ast.Continue())
    elif isinstance(node, ast.Try):
        yield node.body
        if node.handlers and node.finalbody:
            yield ast.Try(node.body, [], [], node.finalbody)
            yield ast.Try(node.body, node.handlers, node.orelse, [])
    elif isinstance(node, ast.With):
        yield node.body


# ---------------------------------------------------------------- running


class _Fuelled(ast.NodeTransformer):
    def _loop(self, node: Any) -> ast.AST:
        self.generic_visit(node)
        node.body.insert(0, ast.parse("_burn()").body[0])
        return node

    visit_For = visit_While = _loop


def made(source: str, names: dict[str, Any]) -> Callable[..., Any] | None:
    """The function of a source, None where the source has none to give."""
    left = FUEL

    def burn() -> None:
        nonlocal left
        left -= 1
        if left < 0:
            raise OutOfFuel

    tree = ast.fix_missing_locations(_Fuelled().visit(ast.parse(source)))
    own = dict(names) | {"_burn": burn}
    try:
        exec(compile(tree, "<mutant>", "exec"), own)
    except Exception:
        return None
    function = own.get(ENTRY)
    if not callable(function):
        return None

    def run(*args: Any) -> Any:
        nonlocal left
        left = FUEL
        return function(*args)

    return run
