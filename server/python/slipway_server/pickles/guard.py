"""The table enforced while a model is loaded: every import of every unpickler of this process is judged before it is made.

Python raises the audit event `pickle.find_class` in `Unpickler.find_class` of both its unpicklers, so that pickle, joblib, cloudpickle, numpy, pandas
and what a pickle loads by itself all pass here (https://docs.python.org/3/library/audit_events.html). A hook cannot be removed.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from ..errors import ImportRefused
from .policy import RESTORING, Grant, Policy, Refusal, allowable, describe
from .walk import renamed


def judge_loaded(policy: Policy, module: str, name: str) -> Refusal | None:
    """Why an import is refused, by its names and by what they turn out to be; None for one that is allowed. Imports the module of a class."""
    verdict = policy.judge(module, name)
    if isinstance(verdict, Refusal):
        return verdict
    if verdict in (Grant.LISTED, Grant.OWN):
        return None
    found = getattr(importlib.import_module(module), name, None)
    if not isinstance(found, type):
        restores = name.startswith(RESTORING) and type(found).__name__ == "cython_function_or_method"
        return None if found is None or restores else Refusal(module, name, "unlisted")
    # A module has classes of others, too: the place where they are defined counts.
    home = found.__module__
    defined = home.partition(".")[0] == module.partition(".")[0] and not isinstance(policy.judge(home, found.__name__), Refusal)
    return None if defined else Refusal(module, name, "unlisted")


def import_refused(file: str, refusals: list[Refusal]) -> ImportRefused:
    """The error that says what is refused and what to do. `refusals` holds at least one."""
    allowed = [{"file": file, "name": item.imported, "why": item.why} for item in allowable(refusals)]
    return ImportRefused(" ".join(describe(file, refusals)), allowed)


class _Guard:
    def __init__(self, policy: Policy, file: str):
        self._policy = policy
        self._file = file
        self._passed: set[tuple[str, str]] = set()
        #: The first that was refused; what is loaded may swallow the error.
        self.refusal: ImportRefused | None = None

    def check(self, module: object, name: object) -> None:
        if not isinstance(module, str) or not isinstance(name, str):
            raise self._refuse(Refusal(str(module), str(name), "dotted"))
        if (module, name) in self._passed:
            return
        # Which of both is meant depends on the pickle's protocol, which is not told here.
        meant = renamed(module, name)
        pairs = [meant] if meant != (module, name) and not _exists(module) else [meant, (module, name)]
        for pair in pairs:
            refusal = judge_loaded(self._policy, *pair)
            if refusal is not None:
                raise self._refuse(refusal)
        self._passed.add((module, name))

    def _refuse(self, refusal: Refusal) -> ImportRefused:
        error = import_refused(self._file, [refusal])
        self.refusal = self.refusal or error
        return error


def _exists(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except (ImportError, ValueError, AttributeError):
        return False


_active: list[_Guard] = []
_hooked = False


def _hook(event: str, arguments: tuple) -> None:
    if event == "pickle.find_class" and _active:
        _active[-1].check(*arguments)


@contextmanager
def guarded(policy: Policy, file: str) -> Iterator[None]:
    """Judge what is unpickled inside of the block, in any thread. Raises ImportRefused that names what was refused, `file` and what to do."""
    global _hooked
    if not _hooked:
        sys.addaudithook(_hook)
        _hooked = True
    guard = _Guard(policy, file)
    _active.append(guard)
    try:
        yield
    except BaseException:
        if guard.refusal is not None:
            raise guard.refusal from None
        raise
    finally:
        _active.remove(guard)
    if guard.refusal is not None:
        raise guard.refusal
