"""Libraries of flavors that only a few tests need: 320 MB, of which CatBoost is 300, beside the environment of the tests.

They are fetched by the first test that asks, in four seconds of processor time, and kept; what they need in turn is in the environment already.
"""

from __future__ import annotations

import functools
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

PACKAGES = ("catboost==1.2.10", "statsmodels==0.15.0", "patsy==1.0.3")

_CACHE = Path(__file__).parents[2] / ".cache"


@functools.cache
def flavor_libraries() -> Path:
    """The folder that holds them, made once and kept."""
    digest = hashlib.sha256("\n".join([*PACKAGES, sys.version]).encode()).hexdigest()[:12]
    folder = _CACHE / f"flavors-{digest}"
    if not folder.exists():
        _CACHE.mkdir(exist_ok=True)
        making = Path(tempfile.mkdtemp(prefix=f"{folder.name}-", dir=_CACHE))
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "--no-compile"]
        subprocess.run([*pip, "--target", making, *PACKAGES], check=True, timeout=600)
        try:
            making.rename(folder)
        except OSError:
            # Another file of tests was faster.
            shutil.rmtree(making, ignore_errors=True)
    return folder


def with_flavor_libraries() -> dict[str, str]:
    """What a program has to have in its environment to find them."""
    return {"PYTHONPATH": os.pathsep.join([str(flavor_libraries()), *filter(None, [os.environ.get("PYTHONPATH")])])}


def use_flavor_libraries() -> None:
    """Lets this process find them, behind what it has."""
    sys.path.append(str(flavor_libraries()))
