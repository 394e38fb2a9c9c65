"""Run a script as Python itself would, and write down what it was called with and what is installed.

    python -m slipway_notebook.script REPORT SCRIPT [ARGUMENT ...]

When the script has ended, REPORT is JSON: `{"parameters": {name: value}, "python": version, "packages": [line]}`. Parameters are what argparse and
click (also under typer) made of the arguments: numbers, texts, booleans, and lists of them.
"""

from __future__ import annotations

import functools
import json
import keyword
import os
import re
import signal
import sys
import types
from pathlib import Path, PurePath

_INSTALLED_PACKAGES = Path(__file__).with_name("installed_packages.py")


def plain(value: object) -> object:
    """A value as JSON takes it; `...` for one that is no parameter."""
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, PurePath):
        return str(value)
    if isinstance(value, (list, tuple)):
        items = [plain(item) for item in value]
        return ... if ... in items else items
    return ...


def note(found: dict, values: dict) -> None:
    """Add the values that are parameters under names that Python can assign to."""
    for name, value in values.items():
        kept = plain(value)
        if kept is not ... and isinstance(name, str) and name.isidentifier() and not keyword.iskeyword(name):
            found[name] = kept


def watch_argparse(found: dict) -> None:
    import argparse

    parse = argparse.ArgumentParser.parse_known_args

    @functools.wraps(parse)
    def watched(self, *args: object, **named: object):
        # Parsers of subcommands are called by their parent, whose answer has theirs.
        namespace, rest = parse(self, *args, **named)
        note(found, vars(namespace))
        return namespace, rest

    argparse.ArgumentParser.parse_known_args = watched


def watch_click(found: dict) -> None:
    try:
        from click.core import Command
    except ImportError:
        return
    invoke = Command.invoke

    @functools.wraps(invoke)
    def watched(self, ctx):
        note(found, ctx.params)
        return invoke(self, ctx)

    Command.invoke = watched


def run(script: str, found: dict) -> int:
    """Execute a script as `__main__`. Returns its exit code; raises SystemExit where it does."""
    source = Path(script).read_bytes()
    watch_argparse(found)
    if re.search(rb"\b(?:click|typer)\b", source):
        watch_click(found)
    main = types.ModuleType("__main__")
    main.__file__ = script
    main.__builtins__ = __builtins__
    # What is imported, pickled or started as another process finds the script where Python has it.
    own, sys.modules["__main__"] = sys.modules["__main__"], main
    try:
        exec(compile(source, script, "exec"), main.__dict__)
    except SystemExit:
        raise
    except BaseException as error:
        # The frame of this file says nothing of the script.
        traceback = error.__traceback__ and error.__traceback__.tb_next
        sys.excepthook(type(error), error.with_traceback(traceback), traceback)
        if isinstance(error, KeyboardInterrupt):
            return 128 + signal.SIGINT
        return 1
    finally:
        del own
    return 0


def write_report(report: str, found: dict) -> None:
    space: dict = {}
    exec(_INSTALLED_PACKAGES.read_text(encoding="utf-8"), space)
    installed = json.loads(space["found"])
    Path(report).write_text(json.dumps({"parameters": found, **installed}), encoding="utf-8")


def main(report: str, script: str, arguments: list[str]) -> int:
    sys.argv[:] = [script, *arguments]
    sys.path[0] = os.path.dirname(os.path.abspath(script))
    found: dict = {}
    try:
        return run(script, found)
    finally:
        write_report(report, found)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], sys.argv[3:]))
