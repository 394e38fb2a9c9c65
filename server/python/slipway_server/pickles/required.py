"""The modules that the packages of a model's requirements bring, as they are installed."""

from __future__ import annotations

import importlib.metadata
import re
from collections.abc import Callable
from functools import cache

from .policy import normalized

_NAME = re.compile(r"\s*([A-Za-z0-9][\w.-]*)")


def package_names(requirements: str) -> list[str]:
    """Names of the packages in the text of a requirements file."""
    return [match[1] for line in requirements.splitlines() if (match := _NAME.match(line))]


def installed_by(requirements: str) -> Callable[[str], bool | None]:
    """Whether the required packages, or what they require in turn, brought a top-level module: by the record of their files, whatever the packages are called."""

    @cache
    def closure() -> frozenset[str]:
        found: set[str] = set()
        waiting = package_names(requirements)
        while waiting:
            name = normalized(waiting.pop())
            if name in found:
                continue
            try:
                needs = importlib.metadata.distribution(name).requires or []
            except importlib.metadata.PackageNotFoundError:
                continue
            found.add(name)
            waiting.extend(package_names("\n".join(needs)))
        return frozenset(found)

    @cache
    def brought() -> frozenset[str]:
        return frozenset(top for top, packages in importlib.metadata.packages_distributions().items() if any(normalized(name) in closure() for name in packages))

    return lambda top: top in brought()
