"""Libraries of flavors that only a few tests need: 320 MB, of which CatBoost is 300, beside the environment of the tests.

They are fetched by the first test that asks, in four seconds of processor time, and kept; what they need in turn is in the environment already.
"""

from __future__ import annotations

import hashlib
import os
import sys
from pathlib import Path

from kept_packages import kept_packages

PACKAGES = ("catboost==1.2.10", "statsmodels==0.15.0", "patsy==1.0.3")


def flavor_libraries() -> Path:
    """The folder that holds them."""
    digest = hashlib.sha256("\n".join([*PACKAGES, sys.version]).encode()).hexdigest()[:12]
    return kept_packages(f"flavors-{digest}", *PACKAGES)


def with_flavor_libraries() -> dict[str, str]:
    """What a program has to have in its environment to find them."""
    return {"PYTHONPATH": os.pathsep.join([str(flavor_libraries()), *filter(None, [os.environ.get("PYTHONPATH")])])}


def use_flavor_libraries() -> None:
    """Lets this process find them, behind what it has."""
    sys.path.append(str(flavor_libraries()))
