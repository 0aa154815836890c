"""First thing that a Python process started by a recorded program does: it takes part in the recording.

The folder of this file stands first on the ``PYTHONPATH`` that such a process is given, and nowhere else. Any Python
may meet it, also Python 2: so nothing here is newer, and what it can't do it leaves alone.
"""

import os
import sys

_here = os.path.dirname(os.path.abspath(__file__))

# The program sees neither us nor what brought us here.
sys.path[:] = [_entry for _entry in sys.path if os.path.normcase(_entry) != os.path.normcase(_here)]
for _entry in (_here, _here + os.sep):
    sys.path_importer_cache.pop(_entry, None)
_inherited = os.environ.pop("PYTEAD_INHERITED", None)
_theirs = os.environ.get("PYTHONPATH", "").split(os.pathsep)
if os.path.normcase(_theirs[0].rstrip(os.sep)) == os.path.normcase(_here):
    if len(_theirs) > 1 or _theirs[0].endswith(os.sep):  # the latter stands for a variable that is empty
        os.environ["PYTHONPATH"] = os.pathsep.join(_theirs[1:])
    else:
        del os.environ["PYTHONPATH"]

if _inherited and not os.environ.get("PYTEAD_OFF"):
    try:
        if sys.version_info >= (3, 10):
            if "pytead" not in sys.modules:
                from importlib.util import module_from_spec, spec_from_file_location

                _package = os.path.dirname(os.path.dirname(_here))
                _spec = spec_from_file_location(
                    "pytead", os.path.join(_package, "__init__.py"), submodule_search_locations=[_package]
                )
                _module = sys.modules["pytead"] = module_from_spec(_spec)  # type: ignore[arg-type]
                _spec.loader.exec_module(_module)  # type: ignore[union-attr]
            from pytead.cli.child import start

            start(_inherited, _here)
        else:
            # It can't record, but what it starts may; ``os.environ`` doesn't show this.
            os.putenv("PYTEAD_INHERITED", _inherited)
            os.putenv("PYTHONPATH", os.pathsep.join(_theirs))
    except Exception:
        pass  # whatever is wrong here, the program runs as it would

# Now the one that would have been found without us. There being none is an error that Python expects by this name.
_ours = sys.modules.pop("sitecustomize")
import sitecustomize  # type: ignore[import-not-found] # noqa: E402, F401
