"""Functions, lambdas and generators that are written as their own source."""

from __future__ import annotations

import ast
import builtins
from typing import TYPE_CHECKING, Any

from pytead.values.iterating import iterated
from pytead.values.nodes import Call, Items, Node, Pairs, Reference
from pytead.values.scopes import Mover
from pytead.values.sourced import Recipe, content_of, is_cell, is_class, is_function, recipe_of
from pytead.values.syntax import CannotRender, call, is_identifier, name

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytead.values.originals import Original
    from pytead.values.sharing import Plan
    from pytead.values.writer import Writer

_GENERATORS = (ast.Yield, ast.YieldFrom)


def name_variables(writer: Writer, plan: Plan) -> None:
    """Give the variables of closures the names that the functions know them by.

    An object that has a variable of its own anyway is called what a closure calls it.
    """
    for key, wanted in plan.cells.items():
        content = content_of(plan.named[key])
        if not is_identifier(wanted) or wanted == "__class__":
            raise CannotRender("value-free-name", f"a function uses {wanted}, which only its class has")
        variable = writer.new_variable(wanted)
        writer.variables[key] = variable
        is_shared = id(content) in plan.named and id(content) not in writer.variables
        if is_shared and (not is_function(content) or recipe_of(content).name == wanted):
            writer.variables[id(content)] = variable


def statements(writer: Writer, node: Node) -> list[ast.stmt]:
    """What makes a function or a closure's variable under the name that it has."""
    variable = writer.variables[id(node)]
    if is_cell(node):
        content = content_of(node)
        if writer.variables.get(id(content)) == variable:
            return []
        return [ast.Assign([ast.Name(variable, ast.Store())], writer.write(content))]
    recipe = recipe_of(node)
    if recipe.is_expression:
        return [ast.Assign([ast.Name(variable, ast.Store())], _expression(writer, node))]
    moved = _moved(writer, recipe)
    assert isinstance(moved, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))
    moved.name = variable
    if isinstance(moved, ast.ClassDef):
        return [moved]
    rest = dict(recipe.attributes)
    wrapped = rest.pop("__wrapped__", None)
    if wrapped is not None:
        moved.decorator_list = [
            call(writer.renderer.reference("functools", "wraps"), [writer.write(wrapped)])
        ]
    if not rest:
        return [moved]
    return [moved, ast.Expr(call(writer.replay("fill"), [name(variable)], writer.keywords(rest.items())))]


def _expression(writer: Writer, node: Node) -> ast.expr:
    recipe = recipe_of(node)
    if recipe.name != "<lambda>":
        raise CannotRender("value-local-function", f"{recipe.qualname} can't be written as an expression")
    moved = _moved(writer, recipe)
    if recipe.attributes:
        return call(writer.replay("fill"), [moved], writer.keywords(recipe.attributes))
    expression: ast.expr = moved
    return expression


def _begun(writer: Writer, node: Call) -> ast.expr:
    """A generator, coroutine or asynchronous generator that hasn't started: the call that made it."""
    function, args, kwargs = node.args
    if not isinstance(args, Items) or not isinstance(kwargs, Pairs):
        raise CannotRender("value-corrupt", "a generator without its arguments")
    if isinstance(function, Reference):
        original = _originals(writer).function(function.module, function.qualname)
        if original is None or not _makes_generator(original.node):
            raise CannotRender("value-forbidden", f"{function.dotted} may not be called by a value")
        callee = writer.renderer.permitted(function)
    elif is_function(function):
        recipe = recipe_of(function)
        if recipe.name == "<genexpr>":
            return _generator_expression(writer, recipe, args.items)
        if not _makes_generator(_originals(writer).find(recipe).node):
            raise CannotRender("value-forbidden", f"{recipe.qualname} may not be called by a value")
        callee = writer.write(function)
    else:
        raise CannotRender("value-generator", "a generator of a function that can't be made again")
    keywords: list[tuple[str, Node]] = [(getattr(key, "value", ""), value) for key, value in kwargs.pairs]
    return call(callee, writer.writes(args.items), writer.keywords(keywords))


def _generator_expression(writer: Writer, recipe: Recipe, args: list[Node]) -> ast.expr:
    if len(args) != 1:
        raise CannotRender("value-corrupt", "a generator expression goes over one iterator")
    moved: ast.GeneratorExp = _moved(writer, recipe)
    moved.generators[0].iter = writer.write(iterated(writer, args[0]))
    return moved


def _makes_generator(node: ast.AST) -> bool:
    if isinstance(node, ast.AsyncFunctionDef):
        return True
    if not isinstance(node, ast.FunctionDef):
        return False
    waiting: list[ast.AST] = list(node.body)
    while waiting:
        each = waiting.pop()
        if isinstance(each, _GENERATORS):
            return True
        if not isinstance(each, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)):
            waiting += ast.iter_child_nodes(each)
    return False


def cloned(node: Any) -> Any:
    """A copy of a syntax tree; ``copy.deepcopy`` takes several times as long."""
    if isinstance(node, ast.AST):
        made = type(node).__new__(type(node))
        for key, value in vars(node).items():
            setattr(made, key, cloned(value) if isinstance(value, (ast.AST, list)) else value)
        return made
    return [cloned(each) for each in node] if isinstance(node, list) else node


def _originals(writer: Writer) -> Any:
    if writer.renderer.originals is None:
        raise CannotRender("value-source", "no project is known that a function's source could be in")
    return writer.renderer.originals


def _moved(writer: Writer, recipe: Recipe) -> Any:
    """The definition as it stands in a test, with the defaults that it had."""
    original: Original = _originals(writer).find(recipe)
    what = f"{recipe.qualname} (line {recipe.line} of {recipe.file})"
    node: Any = cloned(original.node)
    writer.take(len(ast.unparse(node)))
    variables = {}
    for free, cell in recipe.closure:
        if id(cell) not in writer.variables:
            raise CannotRender("value-local-function", f"{what} has a closure")
        variables[free] = writer.variables[id(cell)]
    if isinstance(node, ast.ClassDef):
        variables.update(
            (base, writer.variables[id(held)]) for base, held in recipe.attributes if is_class(held)
        )
    elif isinstance(node, ast.GeneratorExp):
        node.generators[0].iter = ast.Constant(None)
    else:
        node.args.defaults, node.args.kw_defaults = [], [None] * len(node.args.kwonlyargs)
        if not isinstance(node, ast.Lambda):
            node.decorator_list = []
    module = original.module

    def resolve(wanted: str) -> ast.expr | None:
        origin = module.bindings.get(wanted)
        if origin is None and wanted == "__name__":
            return ast.Constant(module.name)
        if origin is None and hasattr(builtins, wanted) and not wanted.startswith("__"):
            return None
        if origin is None and "*" in module.bindings:
            origin = (module.name, wanted)
        if origin is None:
            reason = f"{what} uses {wanted}, which {module.name} doesn't define where its text shows it"
            raise CannotRender("value-free-name", reason)
        if not origin[1] and "." not in origin[0]:
            return writer.renderer.reference(origin[0], "")
        return writer.renderer.reference(*origin)

    place = (module.name, module.is_package)
    mover = Mover(what, variables, resolve, place, original.owner, not module.has_string_annotations)
    moved = mover.moved(node)
    if not isinstance(moved, (ast.GeneratorExp, ast.ClassDef)):
        _put_defaults(writer, recipe, moved.args)
    return moved


def _put_defaults(writer: Writer, recipe: Recipe, args: ast.arguments) -> None:
    if len(recipe.defaults) > len(args.posonlyargs) + len(args.args):
        raise CannotRender("value-corrupt", f"{recipe.qualname} has more defaults than parameters")
    args.defaults = writer.writes(recipe.defaults)
    by_name = dict(recipe.kwdefaults)
    args.kw_defaults = [
        writer.write(by_name[each.arg]) if each.arg in by_name else None for each in args.kwonlyargs
    ]


def _alone(writer: Writer, node: Call) -> ast.expr:
    raise CannotRender("value-cell", "a variable of a function may only be in its closure")


_MARKS = "pytead.values.marks"
KNOWN: dict[str, Callable[[Writer, Call], ast.expr | None]] = {
    f"{_MARKS}.begun": _begun,
    f"{_MARKS}.cell": _alone,
    f"{_MARKS}.function": _expression,
}
