"""The text that a kernel executes to tell its packages."""

import json
import platform
from importlib.metadata import version
from pathlib import Path

PROGRAM = Path(__file__).parents[3] / "server/python/slipway_notebook/installed_packages.py"


def test_every_package_is_named_with_its_version_in_order():
    space: dict = {}
    exec(PROGRAM.read_text(), space)
    found = json.loads(space["found"])
    assert found["python"] == platform.python_version()
    assert f"pytest=={version('pytest')}" in found["packages"]
    assert found["packages"] == sorted(found["packages"], key=str.lower)
