"""What an interpreter says about itself."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).parents[3] / "server" / "python" / "slipway_tools" / "describe_python.py"


def test_it_says_which_python_runs_it() -> None:
    output = subprocess.run([sys.executable, str(SCRIPT)], capture_output=True, text=True, check=True)
    described = json.loads(output.stdout)
    assert described["executable"] == sys.executable
    assert described["version"] == ".".join(map(str, sys.version_info[:3]))
    assert set(described) == {"executable", "version", "platform", "pip", "venv"}


def test_its_platform_is_one_that_pip_takes() -> None:
    """`pip` itself names the tags of the wheels that it takes."""
    output = subprocess.run([sys.executable, str(SCRIPT)], capture_output=True, text=True, check=True)
    from packaging.tags import sys_tags

    assert json.loads(output.stdout)["platform"] in {tag.platform for tag in sys_tags()}


def test_an_old_python_can_read_it() -> None:
    ast.parse(SCRIPT.read_text("utf-8"), feature_version=(3, 4))
