"""Packages that only some tests need, beside the environment of the tests: fetched by the first test that asks, and kept."""

from __future__ import annotations

import functools
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

_CACHE = Path(__file__).parents[2] / ".cache"


@functools.cache
def kept_packages(name: str, *requirements: str) -> Path:
    """A folder of that name in the cache with these packages alone, without what they need in turn, made once.

    Raises `subprocess.CalledProcessError` where pip cannot get them.
    """
    folder = _CACHE / name
    if not folder.exists():
        _CACHE.mkdir(exist_ok=True)
        making = Path(tempfile.mkdtemp(prefix=f"{folder.name}-", dir=_CACHE))
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "--no-compile"]
        subprocess.run([*pip, "--target", making, *requirements], check=True, timeout=600)
        try:
            making.rename(folder)
        except OSError:
            # Another file of tests was faster.
            shutil.rmtree(making, ignore_errors=True)
    return folder
