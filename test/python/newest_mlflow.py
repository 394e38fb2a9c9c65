"""The newest MLflow, which need not be the one that the tests' environment has.

Its wheel has everything that `mlflow-skinny` and `mlflow-tracing` have, so that it goes before an older one on the path without them: a package index may
have a release of the three in parts. It stands beside the environment of the tests, whose models name a version that an index has whole.
"""

from __future__ import annotations

import functools
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

NEWEST = "3.18.0"

_CACHE = Path(__file__).parents[2] / ".cache"


@functools.cache
def newest_mlflow() -> Path:
    """The folder that holds it, made once and kept."""
    folder = _CACHE / f"mlflow-{NEWEST}"
    if not folder.exists():
        _CACHE.mkdir(exist_ok=True)
        making = Path(tempfile.mkdtemp(prefix=f"{folder.name}-", dir=_CACHE))
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "--no-compile"]
        subprocess.run([*pip, "--target", making, f"mlflow=={NEWEST}"], check=True, timeout=300)
        try:
            making.rename(folder)
        except OSError:
            # Another file of tests was faster.
            shutil.rmtree(making, ignore_errors=True)
    return folder


def with_newest_mlflow() -> dict[str, str]:
    """The environment of a program that is to find it first."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join([str(newest_mlflow()), *filter(None, [os.environ.get("PYTHONPATH")])])}


def newest_python(folder: Path) -> Path:
    """An interpreter that has it, for programs that hand no PYTHONPATH on."""
    program = folder / "newest-python"
    program.write_text(f"#!/bin/sh\nPYTHONPATH={shlex.quote(str(newest_mlflow()))} exec {shlex.quote(sys.executable)} \"$@\"\n")
    program.chmod(0o755)
    return program


def use_newest_mlflow() -> None:
    """Lets this process and those that it starts find it first; to be called before anything imports mlflow."""
    assert "mlflow" not in sys.modules
    sys.path.insert(0, str(newest_mlflow()))
    os.environ.update(with_newest_mlflow())
