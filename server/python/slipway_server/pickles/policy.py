"""Whether a pickle may import something, by its module and name."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from fnmatch import fnmatchcase
from pathlib import Path

from .walk import Uses

#: How the functions begin that Cython makes to restore objects of its classes: they call nothing else.
RESTORING = "__pyx_unpickle_"

#: What `servingConfig.allowedImports` takes (server/contract/releases.ts).
_PLAIN = re.compile(r"[\w.]+\.\w+", re.ASCII)

_TABLE = json.loads(Path(__file__).with_name("policy.json").read_text("utf-8"))


class Grant(Enum):
    """What an import is allowed as. Only names are known before an environment is there; what they name is looked at when they are loaded."""

    #: The very name stands in the table, or a person allowed it.
    LISTED = "listed"
    #: A class that is defined in a package of the table.
    CLASS = "class"
    #: A class of a package that the model requires: objects of it may be restored, and it may not be called.
    RESTORED = "restored"
    #: Of the code that was logged with the model.
    OWN = "own"


@dataclass(frozen=True)
class Refusal:
    """Why an import is refused: a row of `refusals` in the table."""

    module: str
    name: str
    kind: str

    @property
    def imported(self) -> str:
        return f"{self.module}.{self.name}"

    @property
    def allowable(self) -> bool:
        """Whether a person can name it to allow it: what is no plain name could be taken for something else where it is written, a shell above all."""
        return _PLAIN.fullmatch(self.imported) is not None

    @property
    def why(self) -> str:
        return _TABLE["refusals"][self.kind]["why"]

    @property
    def remedy(self) -> str:
        return _TABLE["refusals"][self.kind]["remedy"]


def told(refusals: list[Refusal]) -> list[Refusal]:
    """Those that people are told of: a yes to the code that a pickle carries is a yes to all of it."""
    return [item for item in refusals if item.kind == "code"][:1] or refusals


def allowable(refusals: list[Refusal]) -> list[Refusal]:
    """What a person has to allow so that nothing of `refusals` is refused any more; empty where nobody can."""
    wanted = told(refusals)
    return wanted if all(item.allowable for item in wanted) else []


def describe(file: str, refusals: list[Refusal]) -> tuple[str, str]:
    """What is refused and what to do, for people. `refusals` holds at least one."""
    first, *rest = told(refusals)
    others = f" So it is with {', '.join(item.imported for item in rest[:8])}{' …' if len(rest) > 8 else ''}." if rest else ""
    names = " ".join(item.imported for item in allowable(refusals))
    return (
        f"The pickle {file} imports {first.imported} when it is loaded, {first.why}.{others}",
        f"{first.remedy} {_TABLE['override'].format(names=names)}" if names else first.remedy,
    )


def _matches(module: str, patterns: list[str]) -> bool:
    return any(module == pattern or (pattern.endswith(".*") and (module + ".").startswith(pattern[:-1])) for pattern in patterns)


def _named(name: str, patterns: list[str]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def normalized(package: str) -> str:
    """PEP 503."""
    return re.sub(r"[-_.]+", "-", package).lower()


def brought() -> dict[str, list[str]]:
    """The modules that packages bring, for those of the table."""
    return _TABLE["brings"]


def brought_by(requirements: list[str], modules: dict[str, list[str]]) -> Callable[[str], bool | None]:
    """Whether packages bring a module, as far as can be told before they are installed: None where it cannot.

    `modules` has the packages that brought each module of the kernel that the model comes from (`importlib.metadata.packages_distributions`). The model's
    maker wrote it: it keeps a module from being refused too early, and what is installed counts where the model is loaded.
    """
    names = {normalized(name) for name in requirements}
    known = {module for name in names for module in _TABLE["brings"].get(name, [])}
    settled = all(name in _TABLE["brings"] for name in names)

    def brings(top: str) -> bool | None:
        packages = {normalized(package) for package in modules.get(top, [])}
        if top in known or normalized(top) in names or packages & names:
            return True
        # A package that is not named may come with one that is.
        return False if settled and not packages else None

    return brings


@dataclass(frozen=True)
class Policy:
    """What the pickles of one model may import."""

    #: Top-level modules of the code that was logged with the model.
    own: frozenset[str] = frozenset()
    #: Whether the packages that the model requires bring a top-level module; None where it is not known yet.
    brings: Callable[[str], bool | None] = field(default=lambda top: False)
    #: What a person allowed for this release, each `module.name`.
    allowed: frozenset[str] = frozenset()

    def judge(self, module: str, name: str) -> Grant | Refusal:
        """Decide by the names alone."""
        # Code that a pickle carries does what it will: after a yes to it, a refusal would keep nothing away.
        if f"{module}.{name}" in self.allowed or any(_is_code(*imported.rpartition(".")[::2]) for imported in self.allowed):
            return Grant.LISTED
        top = module.partition(".")[0]
        if "." in name and not any(_matches(module, row["modules"]) and name in row["names"] for row in _TABLE["listed"]):
            return Refusal(module, name, "dotted")
        if any(_matches(module, row["modules"]) and _named(name, row["names"]) for row in _TABLE["listed"]):
            return Grant.LISTED
        if _is_code(module, name):
            return Refusal(module, name, "code")
        if top in sys.stdlib_module_names and top != "__main__" or top == "__builtin__":
            return Refusal(module, name, "acting")
        if any(_is_class_of(row, module, name) for row in _TABLE["classes"]):
            return Grant.CLASS
        if top in _TABLE["closed"]:
            return Refusal(module, name, "unlisted")
        if top == "__main__":
            return Refusal(module, name, "missing")
        if top in self.own:
            return Grant.OWN
        if set(module.split(".")) & set(_TABLE["refusedParts"]):
            return Refusal(module, name, "unlisted")
        return Refusal(module, name, "missing") if self.brings(top) is False else Grant.RESTORED


def _is_code(module: str, name: str) -> bool:
    return any(_matches(module, row["modules"]) and name in row["names"] for row in _TABLE["code"])


def _is_class_of(row: dict, module: str, name: str) -> bool:
    if not _matches(module, row["modules"]) or _matches(module, row.get("except", [])) or name in row.get("refused", []):
        return False
    # Names of classes begin with a capital letter, but for those that the row has.
    return name.lstrip("_")[:1].isupper() or _named(name, row["names"])


def refused(policy: Policy, uses: Uses) -> list[Refusal]:
    """What of a pickle's imports is refused, by their names and by what the pickle does with them (`walk.Walk.uses`), in their order."""
    found = []
    for (module, name), use in sorted(uses.items()):
        verdict = policy.judge(module, name)
        if isinstance(verdict, Refusal):
            found.append(verdict)
        elif verdict is Grant.RESTORED and use == "called" and not name.startswith(RESTORING):
            found.append(Refusal(module, name, "called"))
    return found
