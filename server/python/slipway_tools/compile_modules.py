"""Compiles what replicas of an environment import, into the folder that PYTHONPYCACHEPREFIX names.

Run once in a cage when an environment is new: replicas read the folder and cannot write it, so none can leave code there for
another one's. It imports what every replica does, and compiles the rest of the libraries that models are made of.
"""

from __future__ import annotations

import compileall
import importlib
import re
from importlib.util import find_spec
from pathlib import Path

import slipway_server
import slipway_server.several
from slipway_server.flavors.table import FLAVORS

_NOT_SERVED = re.compile(r"[/\\](tests?|testing|conftest\.py)([/\\]|$)")


#: What the model server imports when it needs it, and what files of models do.
_LATER = (
    *("uvicorn", "uvicorn.lifespan.on", "uvicorn.protocols.http.httptools_impl", "uvicorn.protocols.http.h11_impl", "uvloop", "yaml"),
    *("pandas", "skops.io", "cloudpickle", "joblib"),
)


def _imported(module: str) -> bool:
    try:
        importlib.import_module(module)
    except Exception as error:
        # A package that is needed and cannot be imported says so when the replica starts.
        print(f"{module}: {error}")
        return False
    return True


def _compile_package(module: str) -> None:
    spec = find_spec(module)
    for folder in (spec.submodule_search_locations if spec is not None else None) or []:
        compileall.compile_dir(Path(folder), quiet=2, rx=_NOT_SERVED)


for name in _LATER:
    _imported(name)
for flavor in FLAVORS:
    if find_spec(flavor.module) is not None and _imported(flavor.module):
        _imported(f"slipway_server.flavors.{flavor.name}")
        _compile_package(flavor.module)
_compile_package("slipway_server")
