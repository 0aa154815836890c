"""Functions, lambdas and generators made inside of others, as programs hand them around."""

from __future__ import annotations

import functools
import json
import operator as op
import os.path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LIMIT = 10
MISSING = object()


def limited(number: int) -> int:
    return min(number, LIMIT)


def adder(step: Any) -> Callable[..., Any]:
    def add(number: Any, *, times: int = 1) -> Any:
        """Adds.

        Several lines."""
        if times < 0:
            raise ValueError(f"no {times!r}")
        return limited(number) + step * times

    return add


def holding(value: Any) -> Callable[[], Any]:
    return lambda: value


def with_default(value: Any) -> Callable[..., Any]:
    return lambda key, given=value: (key, given)


def counter(start: int) -> tuple[Callable[[], int], Callable[[], int]]:
    count = start

    def tick() -> int:
        nonlocal count
        count += 1
        return count

    return tick, lambda: count


def recursive(seen: list[int]) -> Callable[[int], int]:
    def walk(number: int) -> int:
        seen.append(number)
        return number if number < 1 else walk(number - 1)

    return walk


def logged(prefix: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def wrapper(*args: Any, **kwargs: Any) -> str:
            return prefix + json.dumps(function(*args, **kwargs))

        return wrapper

    return decorate


def renamed(function: Callable[..., Any]) -> Callable[..., Any]:
    def wrapper(*args: Any) -> Any:
        return function(*args)

    return wrapper


@logged("> ")
def greeted(name: str) -> str:
    return f"hello {name}"


@renamed
def replaced(number: int) -> int:
    return number + 1


TABLE = {"plus": lambda a, b: a + b, "minus": lambda a, b: a - b}
by_size = lambda text: len(text)  # noqa: E731
several = [lambda x: x + 1, lambda x: x + 2, lambda y: y + 1]


class Shop:
    __discount = 3

    def priced(self, base: int) -> Callable[[], int]:
        return lambda: base - self.__discount

    def sold(self) -> Iterator[int]:
        yield self.__discount


def shadowing(limited: int) -> Callable[[int], list[int]]:
    def inner(LIMIT: int) -> list[int]:
        class Local:
            LIMIT = 5
            own = LIMIT

        return [LIMIT * 1 for LIMIT in (limited, LIMIT, Local.own)]

    return inner


def uses(kind: str) -> Callable[..., Any]:
    def sets_global() -> None:
        global LIMIT
        LIMIT = 10

    def looks_around() -> Any:
        return locals()

    def asks_for_nothing_known() -> Any:
        return nowhere_defined  # type: ignore[name-defined]  # noqa: F821

    def knows_its_module() -> Any:
        return __name__, os.path.basename("a/b"), op.add(1, 2)

    return locals()[kind]  # type: ignore[no-any-return]


def numbers(start: Any, *rest: Any, step: int = 1, **options: Any) -> Iterator[Any]:
    def seen() -> Any:
        return start

    yield seen()
    yield from rest
    yield step, options


def made_inside(factor: int) -> Iterator[int]:
    def inner(number: int) -> Iterator[int]:
        yield number * factor

    return inner(3)


def doubled(items: Any, factor: int) -> Iterator[Any]:
    return (item * factor for item in items if item != LIMIT)


async def awaited(value: Any) -> Any:
    return value


async def streamed(value: Any) -> Any:
    yield value
