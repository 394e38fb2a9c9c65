"""Packages that only some tests need, beside the environment of the tests: fetched by the first test that asks, and kept."""

from __future__ import annotations

import functools
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

_CACHE = Path(__file__).parents[2] / ".cache"


def install(arguments: list[str], python: Path | str = sys.executable) -> None:
    """Installs packages for an interpreter: by uv where the set-up has it, else by its pip. Raises `subprocess.CalledProcessError` where neither can."""
    given = json.loads(os.environ.get("SLIPWAY_TEST_UV", "null"))
    if given is not None:
        command = [given["program"], "pip", "install", "--quiet", "--python", python, *arguments]
        if subprocess.run(command, env={**os.environ, **given["environment"]}, check=False, timeout=600).returncode == 0:
            return
    subprocess.run([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile", *arguments], check=True, timeout=600)


@functools.cache
def kept_packages(name: str, *requirements: str) -> Path:
    """A folder of that name in the cache with these packages alone, without what they need in turn, made once.

    Raises `subprocess.CalledProcessError` where they cannot be had.
    """
    folder = _CACHE / name
    if not folder.exists():
        _CACHE.mkdir(exist_ok=True)
        making = Path(tempfile.mkdtemp(prefix=f"{folder.name}-", dir=_CACHE))
        install(["--no-deps", "--target", str(making), *requirements])
        try:
            making.rename(folder)
        except OSError:
            # Another file of tests was faster.
            shutil.rmtree(making, ignore_errors=True)
    return folder
