"""A real companion in a process of its own, with a data home of its own."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
START_SECONDS = 30


def _node() -> str:
    local = ROOT / "node_modules" / ".bin" / "node"
    return str(local) if local.exists() else (shutil.which("node") or "node")


def _program() -> Path:
    """The built companion, as in test/harness/built.ts; the sources when the variable asks for them."""
    if os.environ.get("SLIPWAY_TEST_SOURCES") == "1":
        return ROOT / "server" / "main.ts"
    built = ROOT / "dist" / "companion.mjs"
    if not built.exists():
        raise FileNotFoundError(f'{built} is missing: run "npm run build" first.')
    return built


@pytest.fixture(autouse=True)
def _no_experiment_is_left() -> Iterator[None]:
    """`mlflow.set_experiment` names its experiment in the environment, which the programs that later tests start would inherit."""
    yield
    os.environ.pop("MLFLOW_EXPERIMENT_ID", None)


@dataclass
class Companion:
    """A companion that can be killed and started again on the same data home."""

    home: Path
    port: int = 0
    process: subprocess.Popen | None = None
    lock: dict = field(default_factory=dict)

    def start(self) -> None:
        log = (self.home.parent / "companion-output.log").open("ab")
        environment = {**os.environ, "SLIPWAY_HOME": str(self.home), "SLIPWAY_PORT": str(self.port), "SLIPWAY_IDLE_SECONDS": "3600"}
        environment.pop("SLIPWAY_REPORT_FD", None)
        lock_file = self.home / "companion.json"
        lock_file.unlink(missing_ok=True)
        self.process = subprocess.Popen([_node(), str(_program())], env=environment, stdout=log, stderr=log)
        log.close()
        deadline = time.monotonic() + START_SECONDS
        while not lock_file.exists():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.kill()
                raise AssertionError((self.home.parent / "companion-output.log").read_text())
            time.sleep(0.05)
        self.lock = json.loads(lock_file.read_text())

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.lock['port']}"

    @property
    def token(self) -> str:
        return self.lock["token"]

    @property
    def tracking_uri(self) -> str:
        """The token travels as the password, which every MLflow client can send."""
        return f"http://slipway:{self.token}@127.0.0.1:{self.lock['port']}"

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    def kill(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.kill()


@pytest.fixture(scope="session")
def companion(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Companion]:
    """One companion for all tests that only add to it; each test uses names of its own."""
    running = Companion(tmp_path_factory.mktemp("companion") / "home")
    running.home.mkdir()
    running.start()
    yield running
    running.stop()


@pytest.fixture
def own_companion(tmp_path: Path) -> Iterator[Companion]:
    """A companion that a test may kill."""
    running = Companion(tmp_path / "home")
    running.home.mkdir()
    running.start()
    yield running
    running.stop()
