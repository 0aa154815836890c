"""The pattern language."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytead.errors import PyteadError
from pytead.names import FunctionName
from pytead.targets import TargetSet, nearest


def named(text: str) -> FunctionName:
    return FunctionName(*text.split(":"))


@pytest.mark.parametrize(
    ("patterns", "name", "selected"),
    [
        (["mymodule.*"], "mymodule:multiply", True),
        (["mymodule.*"], "mymodule.deep.er:Class.method", True),
        (["mymodule.*"], "mymodule2:multiply", False),
        (["mymodule*"], "mymodule2:multiply", True),
        (["mymodule.multiply"], "mymodule:multiply", True),
        (["mymodule.multiply"], "mymodule:multiply2", False),
        (["mymodule.multiply"], "mymodule:multiply.<locals>.inner", False),
        (["mymodule:multiply"], "mymodule:multiply", True),
        (["pkg"], "pkg.a.b:f", True),
        (["pkg"], "pkg:f.<locals>.inner", True),
        (["pkg"], "pkg2:f", False),
        (["pkg.mod.Class"], "pkg.mod:Class.method", True),
        (["pkg.mod.Class"], "pkg.mod:Classy.method", False),
        (["pkg.*.save"], "pkg.a.b:Class.save", True),
        (["pkg.*.save"], "pkg.a:saved", False),
        (["pkg.*.Meta"], "pkg.a:Meta.build", True),
        (["pkg.m?d.f"], "pkg.mod:f", True),
        (["*"], "anything:at.all", True),
        (["pkg.*", "!pkg.private.*"], "pkg.private:f", False),
        (["pkg.*", "!pkg.private.*"], "pkg.privateer:f", True),
        (["!pkg.private", "pkg.*"], "pkg.private.deep:f", False),
        (["pkg,!pkg.b"], "pkg.b:f", False),
        (["a.*, b.*"], "b:f", True),
        (["!pkg.private"], "other:f", True),
        (["!pkg.private"], "pkg.private:f", False),
        ([r"re:helpers\.(keep|also)_\w+"], "helpers:keep_me", True),
        ([r"re:helpers\.(keep|also)_\w+"], "helpers:drop_me", False),
        (["re:helpers"], "helpers:keep_me", False),
        (["re:a{1,2}[,)]?b\\..,c.*"], "ab:x", True),
        (["re:a{1,2}[,)]?b\\..,c.*"], "c:x", True),
        (["re:a{1,2}[],]?b\\.x"], "ab:x", True),
        (["pkg", r"!re:.*\._\w+"], "pkg.mod:_hidden", False),
        (["my-script.*"], "my-script:f", True),
        (["pkg.größe"], "pkg:größe", True),
        ([], "pkg:f", False),
    ],
)
def test_decide(patterns: list[str], name: str, selected: bool) -> None:
    decision = TargetSet.parse(patterns).decide(named(name))
    assert decision.selected is selected
    assert bool(decision) is selected


@pytest.mark.parametrize(
    ("pattern", "name", "selected"),
    [
        ("*", "json:loads", False),
        ("*.loads", "json:loads", False),
        ("js*", "json:loads", False),
        ("re:.*", "json:loads", False),
        ("re:json|other.*", "json.decoder:f", False),
        ("!other", "json:loads", False),
        ("json", "json.decoder:JSONDecoder.decode", True),
        ("json.*", "json:loads", True),
        ("json.lo*", "json:loads", True),
        ("json.loads", "json:loads", True),
        (r"re:json\.(loads|dumps)", "json:loads", True),
        ("*,json.*", "json:loads", True),
    ],
)
def test_library_modules_must_be_named(pattern: str, name: str, selected: bool) -> None:
    decision = TargetSet.parse([pattern]).decide(named(name), is_library=True)
    assert decision.selected is selected
    if not selected and not pattern.startswith("re:json"):
        assert "json.*" in decision.reason


@pytest.mark.parametrize("pattern", ["main.*", "__main__.*", "main.area", "__main__.area", "__main__"])
def test_the_script_answers_to_both_its_names(pattern: str) -> None:
    decision = TargetSet.parse([pattern]).decide(named("main:area"), aliases=("__main__",))
    assert decision == (True, f"matches '{pattern}'", pattern)


def test_an_exclude_by_alias_wins() -> None:
    targets = TargetSet.parse(["main", "!__main__.area"])
    assert not targets.decide(named("main:area"), aliases=("__main__",))
    assert targets.decide(named("main:volume"), aliases=("__main__",))


def test_the_reason_names_the_pattern() -> None:
    targets = TargetSet.parse(["a.*,!a.b"])
    assert targets.patterns == ("a.*", "!a.b")
    assert targets.decide(named("a.b:f")) == (False, "excluded by '!a.b'", "!a.b")
    assert targets.decide(named("c:f")) == (False, "no pattern matches it", None)


@pytest.mark.parametrize(
    ("pattern", "shown"),
    [
        ("", "empty"),
        ("a,,b", "(of 'a,,b')"),
        ("!", "'!'"),
        ("!!a", "one '!'"),
        ("a..b", "character 2"),
        ("!a..b", "character 3"),
        (".a", "character 1"),
        ("a.", "character 2"),
        ("a b", "a space at character 2"),
        ("src/app.py", "'/' at character 4"),
        ("a.[bc]", "'['"),
        ("a:b:c", "':'"),
        ("re:", "nothing follows"),
        ("re:(", "regular expression"),
        ("!re:[", "regular expression"),
        ("re:a{2,1}", "regular expression"),
    ],
)
def test_a_bad_pattern_is_shown_with_its_place(pattern: str, shown: str) -> None:
    with pytest.raises(PyteadError) as caught:
        TargetSet.parse(["fine.*", pattern], place="PYTEAD_TARGETS")
    assert caught.value.slug == "bad-pattern"
    assert shown in caught.value.message
    assert "PYTEAD_TARGETS" in caught.value.message
    assert repr(pattern) in caught.value.message


def test_equality() -> None:
    assert TargetSet.parse(["a,b"]) == TargetSet.parse(["a", "b"])
    assert hash(TargetSet.parse(["a,b"])) == hash(TargetSet.parse(["a", "b"]))
    assert TargetSet.parse(["a"]) != TargetSet.parse(["b"])
    assert not TargetSet.parse([])


@pytest.mark.parametrize(
    ("pattern", "module", "is_library", "possible"),
    [
        ("pkg.mod.func", "pkg.mod", False, True),
        ("pkg.mod.func", "pkg.other", False, False),
        ("pkg", "pkg.a.b", False, True),
        ("pkg.*", "pkgs", False, False),
        ("pkg.*,!pkg.private", "pkg.private.deep", False, False),
        ("pkg.*,!pkg.private.*", "pkg.private", False, False),
        ("pkg.*,!pkg.private.f", "pkg.private", False, True),
        ("*", "json", True, False),
        ("json.*", "json", True, True),
        (r"re:helpers\.\w+", "other", False, False),
        (r"re:(?i)HELPERS\.\w+", "helpers", False, True),
        ("re:aa*\\.f,!re:bb*", "bcd", False, False),
        ("b.*,!re:bb*", "b", False, True),
    ],
)
def test_may_match(pattern: str, module: str, is_library: bool, possible: bool) -> None:
    assert TargetSet.parse([pattern]).may_match(module, is_library) is possible


PART = st.text("ab", min_size=1, max_size=2)
DOTTED = st.lists(PART, min_size=1, max_size=3).map(".".join)
GLOB = st.lists(st.text("ab*?", min_size=1, max_size=2), min_size=1, max_size=3).map(".".join)
REGEX = st.text(r"ab.*?|()[]\w{1}", min_size=1, max_size=8).map("re:".__add__)

PATTERN = st.tuples(st.sampled_from(["", "!"]), DOTTED | GLOB | REGEX).map("".join)


@given(
    patterns=st.lists(PATTERN, min_size=1, max_size=3),
    module=DOTTED,
    qualname=DOTTED,
    is_library=st.booleans(),
)
def test_may_match_is_never_wrong_to_say_no(
    patterns: list[str], module: str, qualname: str, is_library: bool
) -> None:
    try:
        targets = TargetSet.parse(patterns)
    except PyteadError:
        return
    if targets.decide(FunctionName(module, qualname), is_library=is_library):
        assert targets.may_match(module, is_library)


@given(pattern=GLOB, dotted=DOTTED)
def test_a_glob_means_what_it_matches_and_all_below(pattern: str, dotted: str) -> None:
    regex = pattern.replace(".", r"\.").replace("*", ".*").replace("?", ".")
    heads = [dotted, *(dotted[: dot.start()] for dot in re.finditer(r"\.", dotted))]
    expected = any(re.fullmatch(regex, head) for head in heads)
    module, _, qualname = dotted.partition(".")
    if qualname:
        assert TargetSet.parse([pattern]).decide(FunctionName(module, qualname)).selected is expected


SEEN = ["mymodule.multiply", "mymodule.divide", "shop.cart.Cart.add", "shop.cart.total"]


@pytest.mark.parametrize(
    ("pattern", "first"),
    [
        ("mymodul.*", "mymodule"),
        ("mymodule.multipy", "mymodule.multiply"),
        ("multiply", "mymodule.multiply"),
        ("Cart.add", "shop.cart.Cart.add"),
        ("shop.Cart.add", "shop.cart.Cart.add"),
        ("!shop.cat", "shop.cart"),
        (r"re:mymodule\.divid", "mymodule.divide"),
    ],
)
def test_nearest(pattern: str, first: str) -> None:
    found = nearest(pattern, SEEN)
    assert found[0] == first
    assert len(found) <= 3


def test_nothing_is_near() -> None:
    assert nearest("qqqqqq.zzzzz", SEEN) == ()
    assert nearest("*", SEEN) == ()
