"""What a test of a generator, or of a context manager made of one, looks like."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from pytead.values.nodes import Atom, Items

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytead.codegen.oracle import Comparison, Form
    from pytead.select.case import Case
    from pytead.storage.stories import Story
    from pytead.values.nodes import Node

StoryForm = Literal["all", "result", "first", "raises", "steps", "enter", "enter and throw"]
"""All items, all with the result, the first items, items and then an exception; step by step, where anything was sent
or thrown in; a context that is entered and left, or that an exception is raised in."""

TITLES: dict[StoryForm, str] = {
    "all": "",
    "result": "returns",
    "first": "first_items",
    "raises": "",
    "steps": "step_by_step",
    "enter": "",
    "enter and throw": "leaves_with_error",
}


class StoryChecks(NamedTuple):
    """How a story is told by a test.

    Attributes:
        form: in which of the ways.
        error: the exception that ends it; None where there is none.
        thrown: the exception that is raised in the context.
        checked: what else is compared, by column.
    """

    form: StoryForm
    error: Node | None
    thrown: Node | None
    checked: dict[str, Node]


def tell(case: Case, story: Story) -> StoryChecks | str:
    """Decide how a story is told; or why it can't be."""
    error = story.value if story.end == "raised" else None
    items: Node = Items("list", list(story.items))
    if case.outcome == "entered":
        return _tell_context(story, error)
    if story.resumed:
        return StoryChecks("steps", error, None, {})
    if story.end == "raised":
        return StoryChecks("raises", error, None, {"items": items})
    if story.end != "returned":
        return StoryChecks("first", None, None, {"expected": items})
    value = story.value
    if value is None or (isinstance(value, Atom) and value.value is None):
        return StoryChecks("all", None, None, {"expected": items})
    return StoryChecks("result", None, None, {"items": items, "expected": value})


def _tell_context(story: Story, error: Node | None) -> StoryChecks | str:
    if len(story.items) > 1:
        return "its generator yielded more than once, which no with statement asks for"
    checked: dict[str, Node] = {"expected": story.items[0]} if story.items else {}
    if not story.resumed:
        return StoryChecks("enter", error, None, checked)
    _, verb, thrown = story.resumed[0]
    if verb != "throw" or len(story.resumed) > 1:
        return "its generator was driven by hand, as no with statement does"
    return StoryChecks("enter and throw", error, thrown, checked)


def lines_of(form: Form, call: str, compare: Callable[[str, str, Comparison], str]) -> list[str]:
    """The lines of a test that tells a story otherwise than step by step, but for what the call changed.

    Args:
        form: that of the test.
        call: source of the call.
        compare: writes the comparison of an expression with a column.
    """
    checks = dict(form.checks)
    story = form.story
    if story in ("enter", "enter and throw"):
        return _context_lines(form, call, compare)
    if story == "raises" and form.is_async:
        return [
            "seen = []",
            "async def collect():",
            f"    async for item in {call}:",
            "        seen.append(item)",
            "with pytest.raises(error) as caught:",
            "    asyncio.run(collect())",
            "assert caught.type is error",
            compare("seen", "items", checks["items"]),
        ]
    if story == "raises":
        return [
            f"generator = {call}",
            compare("[next(generator) for _ in items]", "items", checks["items"]),
            "with pytest.raises(error) as caught:",
            "    next(generator)",
            "assert caught.type is error",
        ]
    if story == "result":
        return [
            f"generator = {call}",
            compare("[next(generator) for _ in items]", "items", checks["items"]),
            "with pytest.raises(StopIteration) as stopped:",
            "    next(generator)",
            compare("stopped.value.value", "expected", checks["expected"]),
        ]
    if not form.is_async:
        told = f"list({call})" if story == "all" else f"list(itertools.islice({call}, len(expected)))"
        return [compare(told, "expected", checks["expected"])]
    if story == "all":
        body = [f"    return [item async for item in {call}]"]
    else:
        body = [f"    generator = {call}", "    return [await anext(generator) for _ in expected]"]
    return [
        "async def collect():",
        *body,
        compare("asyncio.run(collect())", "expected", checks["expected"]),
    ]


def _context_lines(form: Form, call: str, compare: Callable[[str, str, Comparison], str]) -> list[str]:
    checks = dict(form.checks)
    body = [compare("value", "expected", checks["expected"])] if "expected" in checks else []
    if form.story == "enter and throw":
        body.append("raise thrown")
    head = f"with {call} as value:" if "expected" in checks else f"with {call}:"
    lines = [head, *_indented(body or ["pass"])]
    if form.is_async:
        lines = ["async def enter():", *_indented([f"async {head}", *lines[1:]])]
    run = ["asyncio.run(enter())"] if form.is_async else lines
    if form.raises:
        run = ["with pytest.raises(error) as caught:", *_indented(run), "assert caught.type is error"]
    return [*lines, *run] if form.is_async else run


def step_lines(
    story: Story,
    call: str,
    is_async: bool,
    source: Callable[[Node], str],
    compare: Callable[[str, Node], str],
    raised: tuple[str, str | None],
) -> list[str]:
    """The lines of a test that tells a story step by step.

    Args:
        story: the story.
        call: source of the call.
        is_async: whether the generator is an asynchronous one.
        source: renders a value.
        compare: writes the comparison of an expression with a value.
        raised: source of the class of the exception that ends it, and the comparison of its arguments.
    """
    resumed = {index: (verb, value) for index, verb, value in story.resumed}

    def step(index: int) -> str:
        verb, value = resumed.get(index, ("next", None))
        if value is None:
            return "await anext(generator)" if is_async else "next(generator)"
        return (
            f"await generator.a{verb}({source(value)})" if is_async else f"generator.{verb}({source(value)})"
        )

    lines = [f"generator = {call}"]
    lines += [compare(step(index), item) for index, item in enumerate(story.items)]
    last = step(len(story.items))
    if story.end == "returned" and story.value is not None:
        stop = "StopAsyncIteration" if is_async else "StopIteration"
        if isinstance(story.value, Atom) and story.value.value is None:
            lines += [f"with pytest.raises({stop}):", f"    {last}"]
        else:
            lines += [f"with pytest.raises({stop}) as stopped:", f"    {last}"]
            lines.append(compare("stopped.value.value", story.value))
    elif story.end == "raised":
        error, arguments = raised
        lines += [f"with pytest.raises({error}) as caught:", f"    {last}", f"assert caught.type is {error}"]
        lines += [arguments] if arguments else []
    elif story.end == "closed":
        lines.append("await generator.aclose()" if is_async else "generator.close()")
    if is_async:
        return ["async def steps():", *_indented(lines), "asyncio.run(steps())"]
    return lines


def _indented(lines: list[str]) -> list[str]:
    return [f"    {line}" for line in lines]
