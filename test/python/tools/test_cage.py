"""The cages that this machine's strongest one takes the place of: bubblewrap, run where it is installed, and the profile of macOS."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = Path(__file__).parents[3] / "server/python/slipway_cage"


@pytest.fixture
def cage(monkeypatch: pytest.MonkeyPatch):
    """The modules of the program, which are found beside it and nowhere else."""
    monkeypatch.syspath_prepend(str(PROGRAM))
    import bubblewrap
    import seatbelt

    yield {"bubblewrap": bubblewrap, "seatbelt": seatbelt}
    for name in ("bubblewrap", "seatbelt"):
        sys.modules.pop(name, None)


def test_bubblewrap_is_told_what_is_seen_and_what_is_written_and_nothing_else(cage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    home, own = tmp_path / "home", tmp_path / "home/own"
    own.mkdir(parents=True)
    monkeypatch.chdir(own)
    command = cage["bubblewrap"].command("/usr/bin/bwrap", ["/proc", "/sys", "/usr", f"{home}/own/model"], [str(own)], ["/dev/null"])
    assert command[0] == "/usr/bin/bwrap"
    assert {"--unshare-user", "--unshare-pid", "--unshare-ipc"} <= set(command)
    binds = [tuple(command[at : at + 3]) for at, word in enumerate(command) if word.endswith(("bind", "bind-try"))]
    assert binds == [
        ("--ro-bind", "/sys", "/sys"),
        ("--dev-bind-try", "/dev/null", "/dev/null"),
        ("--ro-bind-try", "/usr", "/usr"),
        ("--bind", str(own), str(own)),
        # Later than the folder around it, which would show it with the right to write.
        ("--ro-bind-try", f"{home}/own/model", f"{home}/own/model"),
    ]
    assert command[-3:] == ["--chdir", str(own), "--"]
    assert "--share-net" not in command and "--unshare-net" not in command, "a replica has to be reached; the filter of system calls shuts the way out"


LOOKING_AROUND = """
import os, socket, sys
kept, own, secret = sys.argv[1:]
def can(what):
    try:
        what()
    except OSError as error:
        return type(error).__name__
    return "yes"
print("read", can(lambda: open(kept).read()))
print("write own", can(lambda: open(os.path.join(own, "x"), "w")))
print("write kept", can(lambda: open(kept, "w")))
print("secret", can(lambda: open(secret).read()))
print("others", [pid for pid in os.listdir("/proc") if pid.isdigit() and int(pid) not in (1, os.getpid())])
print("connect", can(lambda: socket.create_connection(("127.0.0.1", 9))))
print("write system", can(lambda: open("/usr/slipway-was-here", "w")))
"""

if sys.platform == "linux" and shutil.which("bwrap") is not None:

    def test_bubblewrap_shuts_a_program_in(tmp_path: Path):
        own, hidden = tmp_path / "own", tmp_path / "hidden"
        own.mkdir()
        hidden.mkdir()
        kept, secret = hidden / "model", hidden / "token"
        kept.write_text("model")
        secret.write_text("secret")
        python = os.path.realpath(sys.executable)
        bounds = ["--hide", str(Path.home()), "--hide", str(hidden), "--read", str(kept), "--write", str(own)]
        command = [python, "-I", "-S", "-B", str(PROGRAM), "--mechanism", "bubblewrap", *bounds, "--", python, "-I", "-S", "-c", LOOKING_AROUND, str(kept), str(own), str(secret)]
        done = subprocess.run(command, cwd=own, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        assert done.stdout.splitlines() == [
            "read yes",
            "write own yes",
            "write kept OSError",
            "secret FileNotFoundError",
            "others []",
            "connect PermissionError",
            "write system OSError",
        ]
        assert (own / "x").exists()


def rules(profile: str) -> list[str]:
    assert profile.count("(") == profile.count(")")
    return profile.splitlines()


def test_the_profile_of_macos_shuts_files_and_the_network(cage, tmp_path: Path):
    real = Path(os.path.realpath(tmp_path))
    (real / "linked").symlink_to(real / "home")
    profile = cage["seatbelt"].profile([f"{real}/home/model"], [f"{real}/own"], [f"{real}/linked"], network=False)
    # Of the rules that fit, the last one counts: what is read is named after what is hidden.
    assert rules(profile) == [
        "(version 1)",
        "(allow default)",
        f'(deny file-read* (subpath "{real}/home"))',
        f'(allow file-read* (subpath "{real}/home/model") (subpath "{real}/own"))',
        "(allow file-read-metadata)",
        "(deny file-write*)",
        f'(allow file-write* (subpath "{real}/own") (literal "/dev/null") (literal "/dev/zero") (subpath "/dev/fd"))',
        "(deny network-outbound)",
    ]
    assert "network" not in cage["seatbelt"].profile([], [f"{real}/own"], [f"{real}/home"], network=True)


def test_no_name_of_a_folder_ends_the_profile_of_macos(cage):
    name = '/own") (allow file-write* (subpath "/'
    profile = cage["seatbelt"].profile([], [name], ["/home\\"], network=False)
    strings = re.findall(r'"((?:[^"\\]|\\.)*)"', profile)
    assert strings[:3] == ["/home\\\\", name.replace('"', '\\"').rstrip("/"), strings[1]]
    assert re.sub(r'"(?:[^"\\]|\\.)*"', "NAME", profile).count("file-write*") == 2
