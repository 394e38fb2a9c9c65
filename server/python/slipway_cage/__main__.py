"""Runs a command in a cage: `python -I -S -B slipway_cage --read DIR --write DIR --hide DIR --listen PORT [--network] -- COMMAND...`.

The command may read the system's programs and libraries, the running interpreter and what is named, and write what is named;
it gets no network unless it is given. `--describe` says as JSON what this machine can do. The interpreter that runs this is to
be trusted, and run without site packages: nothing of the caged side is loaded before the cage is shut.
"""

from __future__ import annotations

import os
import sys

import capabilities
import landlock
import places
import seccomp

_SANDBOX_EXEC = "/usr/bin/sandbox-exec"



def _bubblewrap_here(missing: str) -> dict[str, object]:
    import shutil

    import bubblewrap

    program = shutil.which("bwrap")
    if program is None:
        return {"mechanism": "none", "reason": f"{missing}, and bubblewrap is not installed"}
    problem = bubblewrap.works(program)
    if problem is not None:
        return {"mechanism": "none", "reason": f"{missing}, and bubblewrap does not work here: {problem}"}
    return {"mechanism": "bubblewrap", "label": "bubblewrap", "network": "all" if seccomp.supported() else "none"}


def describe() -> dict[str, object]:
    """What the strongest cage of this machine is and what of the network it shuts, or why there is none."""
    if sys.platform == "darwin":
        if os.path.exists(_SANDBOX_EXEC):
            return {"mechanism": "sandbox-exec", "label": "sandbox-exec", "network": "all"}
        return {"mechanism": "none", "reason": "this macOS has no sandbox-exec"}
    if not sys.platform.startswith("linux"):
        return {"mechanism": "none", "reason": "Slipway knows none for this system"}
    try:
        version = landlock.version()
    except OSError as error:
        return _bubblewrap_here(f"this kernel has no Landlock ({error.strerror})")
    return {"mechanism": "landlock", "label": "Landlock", "network": "all" if seccomp.supported() else "tcp" if version >= 4 else "none"}


class Options:
    """What the arguments say, read by hand: argparse takes longer to import than everything else here."""

    def __init__(self, arguments: list[str]):
        self.mechanism = ""
        self.read: list[str] = []
        self.write: list[str] = []
        self.hide: list[str] = []
        self.listen: int | None = None
        self.network = False
        given = iter(arguments)
        for option in given:
            if option == "--":
                break
            if option == "--network":
                self.network = True
            elif option == "--mechanism":
                self.mechanism = next(given)
            elif option == "--listen":
                self.listen = int(next(given))
            elif option in ("--read", "--write", "--hide"):
                getattr(self, option[2:]).append(next(given))
            else:
                raise SystemExit(f"slipway_cage: there is no option {option}")
        self.command = list(given)


def main(arguments: list[str]) -> None:
    if arguments == ["--describe"]:
        import json

        print(json.dumps(describe()))
        return
    options = Options(arguments)
    command = options.command
    readable = [*places.readable(options.hide), *options.read]
    if options.mechanism == "landlock":
        capabilities.give_up()
        rights = [
            *((path, landlock.READ) for path in readable),
            *((path, landlock.READ | landlock.WRITE) for path in options.write),
            *((path, landlock.DEVICE) for path in places.devices()),
            (places.SHARED_MEMORY, landlock.NAMED),
        ]
        landlock.restrict(rights, options.listen, options.network)
    elif options.mechanism == "bubblewrap":
        import bubblewrap

        command = [*bubblewrap.command("bwrap", readable, options.write, places.devices()), *command]
        landlock.forbid_new_privileges()
    elif options.mechanism == "sandbox-exec":
        import seatbelt

        command = [_SANDBOX_EXEC, "-p", seatbelt.profile(readable, options.write, options.hide, options.network), *command]
    elif options.mechanism == "seccomp" and seccomp.supported():
        # In a container, which shuts the rest.
        landlock.forbid_new_privileges()
    else:
        raise SystemExit(f"slipway_cage: there is no mechanism {options.mechanism!r} here")
    if options.mechanism != "sandbox-exec" and seccomp.supported():
        seccomp.restrict(options.network)
    os.execvp(command[0], command)


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except OSError as error:
        print(f"The cage of this process cannot be shut: {error}", file=sys.stderr)
        sys.exit(9)
