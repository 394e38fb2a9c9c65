"""The newest MLflow, which need not be the one that the tests' environment has.

Its wheel has everything that `mlflow-skinny` and `mlflow-tracing` have, so that it goes before an older one on the path without them: a package index may
have a release of the three in parts. It stands beside the environment of the tests, whose models name a version that an index has whole.
"""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path

from kept_packages import kept_packages

NEWEST = "3.18.0"


def newest_mlflow() -> Path:
    """The folder that holds it."""
    return kept_packages(f"mlflow-{NEWEST}", f"mlflow=={NEWEST}")


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
