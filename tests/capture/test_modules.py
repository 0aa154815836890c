"""Functions are recorded whichever way their module comes into being, and modules look as they do bare."""

from __future__ import annotations

import json
import py_compile
import sys
import zipfile

import pytest

F = "def f(x):\n    return x + 1\n"


def test_packages_namespaces_and_reexports(make_program):
    program = make_program(
        {
            "pkg/__init__.py": "from pkg.low import f as shown, C\nfrom .low import *\n__all__ = ['shown', 'C']",
            "pkg/low.py": F + "class C:\n    def m(self):\n        return 3\n",
            "space/inner/mod.py": F,
            "main.py": """
                import importlib, pkg, pkg.low, space.inner.mod
                mod = importlib.import_module(".mod", "space.inner")
                print(pkg.shown(1), pkg.f is pkg.shown is pkg.low.f, pkg.C().m(), mod.f(2), space.__path__.__class__.__name__)
                """,
        }
    )
    program.assert_unchanged("main.py", targets="pkg,space")
    assert program.recorded() == {"pkg.low.f": 1, "pkg.low.C.m": 1, "space.inner.mod.f": 1}


LAZY = """
import importlib.util, sys

def lazily(name):
    spec = importlib.util.find_spec(name)
    spec.loader = importlib.util.LazyLoader(spec.loader)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module

one = lazily("one")
print("asked for", type(one).__name__)
print(one.f(1), type(one).__name__, type(one.__loader__).__name__, type(one.__spec__.loader).__name__)
"""

LAZY_FINDER = """
import importlib.util, sys
from importlib.machinery import FileFinder, SourceFileLoader
lazy = importlib.util.LazyLoader.factory(SourceFileLoader)
sys.path_importer_cache[sys.path[0]] = FileFinder(sys.path[0], (lazy, [".py"]))
import two
print("imported", type(two).__name__)
print(two.f(2), type(two).__name__, type(two.__spec__.loader).__name__)
"""


def test_lazy_modules_stay_lazy(make_program):
    said = "print('executed', __name__)\n"
    program = make_program(
        {
            "one.py": said + F,
            "two.py": said + F,
            "three/__init__.py": """
                import importlib
                def __getattr__(name):
                    if name != "deep":
                        raise AttributeError(name)
                    return importlib.import_module("three.deep")
                """,
            "three/deep.py": said + F,
            "lazy.py": LAZY,
            "finder.py": LAZY_FINDER,
            "main.py": "import three\nprint('three')\nprint(three.deep.f(3), hasattr(three, 'other'))",
        }
    )
    for script, recorded in (("lazy", "one.f"), ("finder", "two.f"), ("main", "three.deep.f")):
        program.assert_unchanged(f"{script}.py", targets="one,two,three.deep")
        assert recorded in program.recorded()


def test_a_reloaded_module_is_wrapped_once_and_counted_as_one(make_program):
    program = make_program(
        {
            "mod.py": F,
            "main.py": """
                import importlib, mod
                first = mod.f
                print(mod.f(1))
                print(importlib.reload(mod) is mod, mod.f is first)
                print(mod.f(2), first(3), type(mod.__spec__.loader).__name__)
                print(mod.f.__code__ is first.__code__, hasattr(mod.f, "__wrapped__"))
                """,
        }
    )
    program.assert_unchanged("main.py", targets="mod")
    assert program.recorded() == {"mod.f": 3}
    result = program.pytead("-t", "mod", "--json", "out.json", "main.py")
    assert result.stderr.count("mod.f ") == 1
    (function,) = json.loads((program.folder / "out.json").read_text())["functions"]
    assert (function["seen"], function["kept"]) == (3, 3)


def test_runpy(make_program):
    program = make_program(
        {
            "pkg/__init__.py": "",
            "pkg/tool.py": F + "print(f(4), __name__)",
            "other.py": F + "print(f(5), __name__)",
            "main.py": """
                import runpy
                print(sorted(runpy.run_module("pkg.tool", run_name="ran")))
                print(sorted(runpy.run_path("other.py")))
                """,
        }
    )
    program.assert_unchanged("-m", "pkg.tool", targets="pkg")
    assert program.recorded() == {"pkg.tool.f": 1}
    program.assert_unchanged("main.py", targets="pkg,other")


def test_modules_in_archives(make_program):
    program = make_program({"main.py": "import sys\nsys.path.insert(0, 'lib.zip')\nimport z\nz.show()"})
    source = """
import inspect, linecache, pkgutil, sys
def f(x):
    return x + 1
def fail():
    raise ValueError("no")
def show():
    print(f(1), type(__loader__).__name__, __file__, f.__code__.co_filename, inspect.getsource(f))
    print(pkgutil.get_data(__name__, "data.txt"), linecache.getline(__file__, 4), __spec__.loader.archive)
    try:
        fail()
    except ValueError:
        import traceback
        traceback.print_exc()
"""
    with zipfile.ZipFile(program.folder / "lib.zip", "w") as archive:
        archive.writestr("z.py", source)
        archive.writestr("data.txt", "data")
    program.assert_unchanged("main.py", targets="z.f")
    assert program.recorded() == {"z.f": 1}


def test_bytecode_without_source(make_program):
    program = make_program(
        {
            "mod.py": F
            + "def g(x):\n    return x\nheld = [g]\nclass C:\n    def m(self):\n        return 1\n",
            "main.py": "import mod\nprint(mod.f(1), mod.g(2), mod.held[0] is mod.g, mod.C().m(), mod.__cached__)",
        }
    )
    py_compile.compile(str(program.folder / "mod.py"), str(program.folder / "mod.pyc"))
    (program.folder / "mod.py").unlink()
    program.assert_unchanged("main.py", targets="mod")
    assert program.recorded() == {"mod.f": 1, "mod.C.m": 1}
    told = program.pytead("-t", "mod", "main.py").stderr
    assert "not recorded (held-elsewhere)" in told
    assert "mod.g" in told
    assert "not recorded (not-marked): its source isn't at hand" in told


def test_compiled_functions_are_counted(make_program):
    program = make_program(
        {"main.py": "import _json, zlib\nprint(zlib.crc32(b'x'), _json.encode_basestring('y'))"}
    )
    program.assert_unchanged("main.py", targets="_json,zlib")
    told = program.pytead("-t", "_json.*", "main.py").stderr
    assert "not recorded (kind-compiled)" in told
    assert "_json.encode_basestring" in told


def test_the_standard_library_and_modules_that_are_there_already(make_program):
    program = make_program(
        {
            "main.py": """
                import json, re, statistics, textwrap
                from json import loads
                print(json.loads("[1]"), loads is json.loads, re.sub("a", "b", "aa"), statistics.mean([1, 2, 3]))
                print(textwrap.shorten("a b", 9), json.JSONDecoder().decode("2"), json.dumps([1]))
                """,
        }
    )
    for storage in ("pickle", "json", "sqlite"):
        folder = f"calls_{storage}"
        program.pytead(
            "-t",
            "json.loads,json.dumps,json.encoder,re.sub,statistics.mean,json.decoder.*",
            "--format",
            storage,
            "-s",
            folder,
            "main.py",
        )
        recorded = program.recorded(folder)
        assert (
            recorded["json.loads"],
            recorded["json.dumps"],
            recorded["json.encoder.JSONEncoder.encode"],
        ) == (1, 1, 1)
        assert recorded["re.sub"] == 1
        assert recorded["statistics.mean"] == 1
        assert recorded["json.decoder.JSONDecoder.decode"] == 2
    program.assert_unchanged("main.py", targets="json,re,statistics,textwrap")


BY_HAND = """
import importlib.util, sys, types
from importlib.machinery import SourceFileLoader

spec = importlib.util.spec_from_file_location("plugin", "plugins/plugin.py")
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
print(module.f(1), type(module.__loader__).__name__, "plugin" in sys.modules)

class Finder:
    # as an editable install has it
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        if name == "edited":
            return importlib.util.spec_from_file_location(name, "plugins/edited.py")

sys.meta_path.append(Finder)
import edited
print(edited.f(2), edited.__file__, [getattr(f, "__name__", "") for f in sys.meta_path if f is Finder])

made = types.ModuleType("made")
sys.modules["made"] = made
exec(compile(open("plugins/made.py").read(), "plugins/made.py", "exec"), made.__dict__)
print(made.f(3))
"""


def test_modules_that_are_loaded_by_hand(make_program):
    files = {f"plugins/{name}.py": F for name in ("plugin", "edited", "made")}
    program = make_program({"main.py": BY_HAND, **files})
    program.assert_unchanged("main.py", targets="plugin,edited,made")
    assert program.recorded() == {"plugin.f": 1, "edited.f": 1}
    told = program.pytead("-t", "plugin,edited,made", "main.py").stderr
    assert "not recorded (not-imported)" in told
    assert ": made\n" in told


TRANSFORMING = """
import ast, importlib.abc, importlib.machinery, importlib.util, sys

class Doubling(ast.NodeTransformer):
    def visit_Constant(self, node):
        return ast.copy_location(ast.Constant(node.value * 2), node) if type(node.value) is int else node

class TreeLoader(importlib.machinery.SourceFileLoader):
    def source_to_code(self, data, path, *, _optimize=-1):
        tree = data if isinstance(data, ast.AST) else ast.parse(data)
        return super().source_to_code(Doubling().visit(tree), path, _optimize=_optimize)

class BytesLoader(importlib.machinery.SourceFileLoader):
    def source_to_code(self, data, path, *, _optimize=-1):
        return super().source_to_code(data.replace(b"1", b"2"), path, _optimize=_optimize)

class ParsingLoader(importlib.machinery.SourceFileLoader):
    def source_to_code(self, data, path, *, _optimize=-1):
        text = importlib.util.decode_source(data)
        tree = compile(text, path, "exec", ast.PyCF_ONLY_AST, dont_inherit=True, optimize=_optimize)
        return compile(Doubling().visit(tree), path, "exec", dont_inherit=True, optimize=_optimize)

class CachingLoader(importlib.machinery.SourceFileLoader):
    def get_code(self, name):
        import marshal
        code = super().get_code(name)
        marshal.dumps(code)
        return code

class DictLoader(importlib.abc.InspectLoader):
    sources = {}
    def get_source(self, name):
        return self.sources[name]
    def is_package(self, name):
        return False

class Finder(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        kinds = {"treed": TreeLoader, "bytewise": BytesLoader, "caching": CachingLoader, "parsing": ParsingLoader}
        kind = kinds.get(name)
        if kind is not None:
            return importlib.util.spec_from_file_location(name, name + "_.py", loader=kind(name, name + "_.py"))
        if name == "kept":
            return importlib.util.spec_from_loader(name, DictLoader())

DictLoader.sources["kept"] = "def f(x):\\n    return x + 1\\n"
sys.meta_path.insert(0, Finder())
import treed, bytewise, caching, kept, parsing
for module in treed, bytewise, caching, kept, parsing:
    loader = module.__loader__
    print(module.f(10), type(loader).__name__, sorted(vars(loader)), module.__spec__.loader is loader)
print(parsing.show(1), sorted(globals()), compile)
"""


def test_loaders_that_compile_in_their_own_way_keep_doing_so(make_program):
    files = {f"{name}_.py": F for name in ("treed", "bytewise", "caching")}
    shown = "import functools\n@functools.lru_cache\ndef show(x):\n    return x + 1\n"  # only a mark sees it
    program = make_program({"main.py": TRANSFORMING, **files, "parsing_.py": F + shown})
    for _ in range(2):
        env = {"PYTHONDONTWRITEBYTECODE": ""}
        program.assert_unchanged("main.py", targets="treed,bytewise,caching,kept,parsing", env=env)
    calls = {call.function.dotted for call in program.calls()}
    assert calls == {"treed.f", "bytewise.f", "caching.f", "kept.f", "parsing.f", "parsing.show"}


def test_type_checkers_hooks_check_as_they_do_bare(make_program):
    program = make_program(
        {
            "main.py": """
                from typeguard import install_import_hook
                install_import_hook("typed")
                import typed
                print(typed.twice(2), typed.show())
                try:
                    typed.twice("x")
                except Exception as error:
                    print(type(error).__name__)
                """,
            "typed.py": """
                import functools
                def twice(x: int) -> int:
                    return x * 2
                @functools.lru_cache  # only a mark sees what it holds
                def show() -> str:
                    return "shown"
                """,
        }
    )
    for _ in range(2):  # with its bytecode, too
        program.assert_unchanged("main.py", targets="typed", env={"PYTHONDONTWRITEBYTECODE": ""})
    recorded = program.recorded()
    assert recorded["typed.twice"] >= 2
    assert recorded["typed.show"] == 2


LOOKING = """
import importlib.resources, importlib.util, inspect, linecache, pkgutil, sys
from importlib.machinery import SourceFileLoader

spec = importlib.util.find_spec("pkg.mod")
loader = spec.loader
print(isinstance(loader, SourceFileLoader), loader.path == spec.origin, loader.name, loader.is_package("pkg.mod"))
print(loader.get_filename("pkg.mod") == spec.origin, loader.get_source("pkg.mod"), len(loader.get_data(spec.origin)))
print(loader == SourceFileLoader("pkg.mod", spec.origin), hash(loader) == hash(SourceFileLoader("pkg.mod", spec.origin)))
print("Marking" in repr(spec), spec.cached)

from pkg import mod
print(type(mod.__loader__) is SourceFileLoader, mod.__spec__.loader is mod.__loader__, mod.__spec__.origin, mod.__cached__)
print(inspect.getsource(mod.f), inspect.getsourcelines(mod.C.m), inspect.getsource(mod), linecache.getlines(mod.__file__))
print(importlib.resources.files("pkg").joinpath("data.txt").read_text(), pkgutil.get_data("pkg", "data.txt"))
print(mod.f(1), mod.C().m(), mod.f.__code__.co_firstlineno, mod.d.__code__.co_firstlineno, mod.untouched.__code__.co_firstlineno)
print(type(mod.untouched), mod.untouched(2), [m.name for m in pkgutil.iter_modules(mod.__spec__.parent and sys.modules["pkg"].__path__)])
print(sorted(vars(mod)), sorted(vars(mod.C)), sys.modules["pkg.mod"] is mod)
"""


def test_modules_and_loaders_look_as_they_do_bare(make_program):
    program = make_program(
        {
            "main.py": LOOKING,
            "pkg/__init__.py": "",
            "pkg/data.txt": "data",
            "pkg/mod.py": """
                def f(x):
                    return x + 1
                def same(f):
                    return f
                class C:
                    def m(self):
                        return 2
                @same
                @same
                def d():
                    pass
                @same
                def untouched(x):
                    return x
                """,
        }
    )
    program.assert_unchanged("main.py", targets="pkg,!pkg.mod.untouched,!pkg.mod.same")
    assert program.recorded() == {"pkg.mod.f": 1, "pkg.mod.C.m": 1}


def test_functions_that_no_pattern_means_are_their_own(make_program):
    program = make_program(
        {
            "main.py": "import mod\nmod.look()",
            "mod.py": """
                import sys, traceback, types
                def deco(f):
                    frame = sys._getframe(1)
                    print(type(f) is types.FunctionType, frame.f_code.co_name, frame.f_lineno, sys.getrefcount(f))
                    return f
                def wanted():
                    return 1
                @deco
                def plain():
                    raise ValueError
                class C:
                    @deco
                    def m(self):
                        plain()
                def look():
                    print(type(plain) is types.FunctionType, plain.__code__.co_firstlineno, wanted())
                    try:
                        C().m()
                    except ValueError:
                        traceback.print_exc()
                """,
        }
    )
    program.assert_unchanged("main.py", targets="mod.wanted")
    assert program.recorded() == {"mod.wanted": 1}


def test_test_modules_are_left_alone(make_program):
    program = make_program(
        {
            "app.py": F,
            "conftest.py": "import pytest\n@pytest.fixture\ndef one():\n    return helper()\ndef helper():\n    return 1\n",
            "plug.py": F,
            "checks/test_app.py": "import app, plug\ndef help(x):\n    return x\ndef test_f(one):\n    assert app.f(help(one)) == plug.f(1)\n",
            "checks/app_test.py": "import unittest, app\ndef help(x):\n    return x\nclass T(unittest.TestCase):\n    def test(self):\n        assert app.f(help(1)) == 2\n",
        }
    )
    pytest_run = ("-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "plug")
    for mode in ("rewrite", "plain"):
        result = program.pytead("-t", "*", *pytest_run, f"--assert={mode}", "checks")
        assert "2 passed" in result.stdout
        assert "aren't the program: app_test, conftest, test_app\n" in result.stderr
        assert ("not recorded (not-imported)" in result.stderr) == (
            mode == "rewrite"
        )  # pytest itself loads its plugins
    program.pytead("-t", "*", "-m", "unittest", "checks/app_test.py")
    assert program.recorded() == {"app.f": 3, "plug.f": 1}


def test_nothing_of_ours_stays_in_importlib(make_program):
    program = make_program(
        {
            "main.py": """
                import atexit, sys
                from importlib.machinery import SourceFileLoader
                import mod
                print(SourceFileLoader.exec_module.__qualname__, SourceFileLoader.exec_module.__module__)
                print([type(x.__spec__.loader).__name__ for x in (mod, sys, atexit)])
                """,
            "mod.py": F,
        }
    )
    program.assert_unchanged("main.py", targets="mod")


@pytest.mark.skipif(sys.version_info < (3, 12), reason="the syntax is younger")
def test_functions_and_classes_with_type_parameters(make_program):
    program = make_program(
        {
            "main.py": "import mod\nprint(mod.f(1), mod.C().m(2))",
            "mod.py": "def f[T](x: T) -> T:\n    return x\nclass C[T]:\n    def m(self, x: T) -> T:\n        return x\n",
        }
    )
    program.assert_unchanged("main.py", targets="mod")
    assert program.recorded() == {"mod.f": 1, "mod.C.m": 1}


def test_a_decorated_function_is_known_by_its_own_source(make_program):
    decorator = """
        import functools
        def logged(f):
            @functools.wraps(f)
            def wrapped(*args): return f(*args)
            return wrapped
        """
    sources = set()
    for body in ("n", "n + 1"):
        made = f"from deco import logged\n@logged\ndef f(n): return {body}\n"
        program = make_program({"deco.py": decorator, "m.py": made, "main.py": "import m\nm.f(1)\n"})
        program.pytead("-q", "-t", "m.*", "main.py")
        sources |= {call.source for call in program.calls()}
    assert len(sources) == 2
