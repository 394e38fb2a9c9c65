"""Evidently, whose scores ours are to be: its statistics and what they import, beside the environment of the tests, fetched by the first test that asks."""

from __future__ import annotations

import hashlib
import sys
import types
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))

from kept_packages import kept_packages

PACKAGES = ("evidently==0.7.21", "deprecation==2.1.0", "mypy_extensions==1.2.0", "typing_inspect==0.9.0", "uuid6==2025.0.1")


def use_evidently() -> None:
    """Lets this process find `evidently.legacy.calculations`, which computes all drift of the 0.7 series.

    The package's own `__init__` would import its user interface with a web server, and pandas of another version.
    """
    digest = hashlib.sha256("\n".join([*PACKAGES, sys.version]).encode()).hexdigest()[:12]
    folder = kept_packages(f"evidently-{digest}", *PACKAGES)
    sys.path.append(str(folder))
    package = types.ModuleType("evidently")
    package.__path__ = [str(folder / "evidently")]
    sys.modules["evidently"] = package
