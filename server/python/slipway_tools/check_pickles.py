"""`python -I check_pickles.py REQUEST`: what of a model's pickles is refused before it is loaded anywhere, as one JSON line. Nothing is unpickled.

The request is a JSON file: `files` (each with `name`, `path` and, where the model is loaded from it, `serialization`), `requirements` (names of the
packages that the model requires), `modules` (the packages that brought each module of the kernel that it comes from), `own` (modules that are logged with it) and `allowed` (what a person allowed). The answer has `problems`, each with
`file`, `message`, `remedy` and `allowable` (what a person may allow so that the file passes, each with `name` and `why`), and `own`: what is
imported of the model's own code, each with `file` and `imported`.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from slipway_server.pickles.policy import Grant, Policy, allowable, brought_by, describe, refused
from slipway_server.pickles.walk import Unreadable, Uses, begins_like_a_pickle, decompressed, imports_of

_SUFFIXES = (".pkl", ".pickle", ".joblib")


def _attempts(serialization: str | None) -> Iterator[tuple[bool, bool]]:
    """Ways to read a file, each whether it is decompressed and whether it is read as joblib does. Of a way that is not known, all."""
    if serialization in ("lzma", "bzip2", "gzip"):
        yield True, False
        return
    if serialization in (None, "joblib"):
        yield True, True
    if serialization is None:
        yield True, False
    if serialization != "joblib":
        yield False, False


def read(path: Path, serialization: str | None, expected: bool) -> list[Uses]:
    """What a file imports when it is unpickled, once for each way in which it can be; nothing where it is no pickle.

    Raises Unreadable for a pickle that cannot be followed, and where one is expected for anything else.
    """
    found: list[Uses] = []
    failure: Unreadable | None = None
    for unpacked, by_joblib in _attempts(serialization):
        try:
            with (decompressed(path) if unpacked else None) or path.open("rb") as stream:
                pickled = expected or begins_like_a_pickle(stream.peek(2)[:2])
                try:
                    found.append(imports_of(stream, by_joblib))
                except Unreadable as error:
                    failure = error if pickled else failure
        except Exception as error:
            # Damaged compression, or none that Python has.
            failure = Unreadable(str(error)) if expected else failure
    if not found and (expected or failure is not None):
        raise failure or Unreadable("it is no pickle")
    return found


def check(request: dict) -> dict:
    policy = Policy(own=frozenset(request["own"]), brings=brought_by(request["requirements"], request["modules"]), allowed=frozenset(request["allowed"]))
    problems, own = [], []
    for file in request["files"]:
        name, serialization = file["name"], file.get("serialization")
        try:
            uses: Uses = {}
            for way in read(Path(file["path"]), serialization, serialization is not None or name.endswith(_SUFFIXES)):
                # What one way only restores, another may call.
                uses = {**uses, **{key: use for key, use in way.items() if uses.get(key) != "called"}}
        except Unreadable as error:
            problems.append({"file": name, "message": f"The pickle {name} cannot be checked: {error}.", "remedy": 'Log the model with serialization_format="skops".', "allowable": []})
            continue
        refusals = refused(policy, uses)
        if refusals:
            message, remedy = describe(name, refusals)
            names = [{"name": item.imported, "why": item.why} for item in allowable(refusals)]
            problems.append({"file": name, "message": message, "remedy": remedy, "allowable": names})
        own += [{"file": name, "imported": f"{module}.{name_}"} for module, name_ in sorted(uses) if policy.judge(module, name_) is Grant.OWN]
    return {"problems": problems, "own": own}


if __name__ == "__main__":
    print(json.dumps(check(json.loads(Path(sys.argv[1]).read_text("utf-8")))))
