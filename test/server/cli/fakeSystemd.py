#!/usr/bin/env python3
"""What stands for `systemctl --user` and `loginctl`, by its name, where no systemd runs: it reads the units that lie where systemd looks for them, keeps
what is enabled, and does with a socket and its service what systemd does (`../companion/socketUnit.py`). It refuses what systemctl refuses.

`SLIPWAY_TEST_SYSTEMD` is a folder for its state; a file `no-linger` in it lets logind refuse.
"""

import os
import re
import shlex
import signal
import subprocess
import sys
from pathlib import Path

state = Path(os.environ["SLIPWAY_TEST_SYSTEMD"])
units = Path(os.environ["XDG_CONFIG_HOME"]) / "systemd/user"
socket_unit = Path(__file__).resolve().parents[1] / "companion/socketUnit.py"
name, arguments = Path(sys.argv[0]).name, sys.argv[1:]
with (state / "calls").open("a") as calls:
    calls.write(" ".join([name, *arguments]) + "\n")


def value(text: str, key: str) -> list[str]:
    return re.findall(rf"^{key}=(.*)$", text, re.M)


def start(socket: str, service: str) -> None:
    listening, served = (units / socket).read_text(), (units / service).read_text()
    address, port = value(listening, "ListenStream")[0].split(":")
    assert address == "127.0.0.1" and value(served, "KillMode") == ["process"]
    environment = dict(shlex.split(line)[0].split("=", 1) for line in value(served, "Environment"))
    # A user's manager has little in its environment.
    given = {"HOME": os.environ["HOME"], **environment}
    command = [sys.executable, str(socket_unit), "--port", port, *shlex.split(value(served, "ExecStart")[0])]
    unit = subprocess.Popen(command, env=given, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True)
    unit.stdout.readline()
    (state / "pid").write_text(str(unit.pid))


if name == "loginctl":
    verb, user, *more = arguments
    assert user == str(os.getuid())
    if verb == "enable-linger":
        if (state / "no-linger").exists():
            sys.exit("Could not enable linger: Access denied")
        (state / "linger").touch()
    else:
        assert (verb, more) == ("show-user", ["--property=Linger", "--value"])
        print("yes" if (state / "linger").exists() else "no")
    sys.exit()

assert arguments.pop(0) == "--user"
verb, *arguments = arguments
named = [word for word in arguments if word != "--now"]
if verb == "enable":
    missing = [unit for unit in named if not (units / unit).exists()]
    if missing or (state / "broken").exists():
        sys.exit(f"Failed to enable unit: Unit file {', '.join(missing)} does not exist.")
    (state / "enabled").write_text("\n".join(named))
    start(*named)
elif verb == "disable":
    os.kill(int((state / "pid").read_text()), signal.SIGTERM)
    (state / "enabled").unlink()
elif verb == "is-enabled":
    enabled = (state / "enabled").exists() and named[0] in (state / "enabled").read_text().split()
    print("enabled" if enabled else "disabled")
    sys.exit(0 if enabled else 1)
else:
    assert verb == "daemon-reload"
