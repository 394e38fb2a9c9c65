"""A release folder and the real server process that serves it."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import httpx
from forked import ForkedServer

PACKAGE_FOLDER = Path(__file__).parents[3] / "server" / "python"
DIGEST = "5" * 64
#: Ends a hang; on a busy machine the imports of a model alone can take a minute.
PATIENCE_SECONDS = 300


def make_release(folder: Path, model: Path, serving: dict | None = None, example: dict | None = None, name: str = "churn") -> Path:
    """A release folder as the deploy code lays it out. One worker, unless `serving` says otherwise."""
    shutil.copytree(model, folder / "model")
    files = [
        {
            "path": path.relative_to(folder / "model").as_posix(),
            "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
            "bytes": path.stat().st_size,
        }
        for path in sorted((folder / "model").rglob("*"))
        if path.is_file()
    ]
    release = {
        "digest": DIGEST,
        "model": {"name": name, "version": 3, "digest": "4" * 64, "flavor": "sklearn", "files": files},
        "serving": {"workers": 1, **(serving or {})},
    }
    (folder / "release.json").write_text(json.dumps(release), "utf-8")
    if example is not None:
        (folder / "example.json").write_text(json.dumps(example), "utf-8")
    return folder


class Replica:
    """One running server. Leaves nothing behind when used as a context manager."""

    def __init__(self, release: Path, fresh: bool = os.name != "posix", environment: dict[str, str] | None = None, arguments: Sequence[str] = ()):
        """`fresh` starts an interpreter, as a deploy does, in place of a fork of one that has the libraries."""
        self.lines: list[str] = []
        self._listening = threading.Event()
        self.url = ""
        arguments = ["--release", str(release), "--host", "127.0.0.1", "--port", "0", *arguments]
        given = environment or {}
        paths = os.pathsep.join([str(PACKAGE_FOLDER), *filter(None, [given.get("PYTHONPATH")])])
        variables = {**os.environ, **given, "PYTHONPATH": paths}
        self.process = (
            subprocess.Popen([sys.executable, "-m", "slipway_server", *arguments], env=variables, stderr=subprocess.PIPE, text=True)
            if fresh
            else ForkedServer(str(PACKAGE_FOLDER), arguments, variables)
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.lines.append(line.rstrip("\n"))
            found = re.search(r" listening url=(\S+)", line)
            if found:
                self.url = found[1]
                self._listening.set()
        self._listening.set()

    def client(self, headers: dict[str, str] | None = None) -> httpx.Client:
        assert self._listening.wait(PATIENCE_SECONDS) and self.url, self.lines
        return httpx.Client(base_url=self.url, headers=headers, timeout=PATIENCE_SECONDS, trust_env=False)

    def until_ready(self, headers: dict[str, str] | None = None) -> httpx.Client:
        end = time.monotonic() + PATIENCE_SECONDS
        with self.client(headers) as probe:
            while time.monotonic() < end and self.process.poll() is None:
                try:
                    if probe.get("/readyz").status_code == 200:
                        return self.client(headers)
                except httpx.TransportError:
                    # It is ending; why, its log says.
                    pass
                time.sleep(0.02)
        raise AssertionError(self.lines)

    def exit_code(self) -> int:
        """Wait for the end of a server that ends by itself or was told to."""
        code = self.process.wait(PATIENCE_SECONDS)
        self._reader.join(10)
        return code

    def terminate(self) -> None:
        self.process.send_signal(signal.SIGTERM)

    def __enter__(self) -> Replica:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self._reader.join(10)
        assert self.process.stderr is not None
        self.process.stderr.close()
