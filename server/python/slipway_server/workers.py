"""Several worker processes on one listening socket.

The first worker listens while it loads, so that probes are answered. The others join once it is ready, and accept only
when they are ready themselves: whoever accepts after `/readyz` said yes can predict.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from .errors import ReplicaError
from .log import log, log_failure
from .model import served_flavor
from .release import read_release
from .serve import Worker, announce, listen, remove_folder

#: A worker that ends this often within the span is not started again: the replica ends with the worker's exit code.
MAX_RESTARTS = 5
RESTART_SPAN_SECONDS = 60


class Workers:
    """Starts workers, starts those that end again, passes SIGTERM on."""

    def __init__(self, folder: Path, count: int, sock: socket.socket, key: bytes | None):
        self._key = key
        self._folder = folder
        self._count = count
        self._socket = sock
        self._metrics_folder = Path(tempfile.mkdtemp(prefix="slipway-metrics-"))
        self._running: dict[int, tuple[int, socket.socket]] = {}
        self._stopping = False
        self._ends: list[float] = []
        self._lock = threading.Lock()

    def run(self) -> int:
        """Returns 0 after SIGTERM, else the exit code of the worker that could not be kept running."""
        for sig in (signal.SIGTERM, signal.SIGINT):
            signal.signal(sig, self._stop)
        self._spawn(0, listen_at_once=True)
        exit_code = 0
        while self._running:
            try:
                pid, status = os.wait()
            except ChildProcessError:
                break
            with self._lock:
                index, channel = self._running.pop(pid, (None, None))
            if index is None:
                continue
            channel.close()
            code = os.waitstatus_to_exitcode(status)
            if self._stopping:
                continue
            log("error", "worker-ended", worker=index, code=code)
            now = time.monotonic()
            self._ends = [end for end in self._ends if now - end < RESTART_SPAN_SECONDS] + [now]
            if code > 0 or len(self._ends) > MAX_RESTARTS:
                exit_code = code if code > 0 else 1
                self._stop(signal.SIGTERM, None)
                continue
            self._spawn(index, listen_at_once=not self._running)
        remove_folder(self._metrics_folder)
        return exit_code

    def _spawn(self, index: int, listen_at_once: bool) -> None:
        ours, theirs = socket.socketpair()
        command = [
            sys.executable,
            "-m",
            "slipway_server",
            "worker",
            "--release",
            str(self._folder),
            "--socket",
            str(self._socket.fileno()),
            "--channel",
            str(theirs.fileno()),
            "--metrics-folder",
            str(self._metrics_folder),
            *(["--listen-at-once"] if listen_at_once else []),
            *(["--key-from-input"] if self._key is not None else []),
        ]
        # The children are reaped by os.wait in run(), so the Popen object itself is not kept.
        process = subprocess.Popen(command, stdin=subprocess.PIPE, pass_fds=[self._socket.fileno(), theirs.fileno()], start_new_session=False)
        process.returncode = 0
        assert process.stdin is not None
        try:
            process.stdin.write(self._key or b"")
            process.stdin.close()
        except BrokenPipeError:
            # It has ended already, which run() sees.
            pass
        theirs.close()
        with self._lock:
            self._running[process.pid] = (index, ours)
        if index == 0 and listen_at_once:
            threading.Thread(target=self._spawn_others, args=(ours,), name="spawn", daemon=True).start()

    def _spawn_others(self, channel: socket.socket) -> None:
        """Start the other workers when the first one says ready."""
        try:
            if channel.recv(1) != b"R":
                return
        except OSError:
            return
        with self._lock:
            present = {index for index, _ in self._running.values()}
        for index in range(1, self._count):
            if index not in present and not self._stopping:
                self._spawn(index, listen_at_once=False)

    def _stop(self, sig: int, _frame: object) -> None:
        self._stopping = True
        for pid in list(self._running):
            try:
                os.kill(pid, signal.SIGTERM)
            except ProcessLookupError:
                continue


def run_several(folder: Path, host: str, port: int, count: int, key: bytes | None) -> int:
    """Serve a release with `count` processes."""
    release = read_release(folder)
    served_flavor(release)
    sock = listen(host, port)
    announce(sock, release)
    return Workers(folder, count, sock, key).run()


def run_worker(folder: Path, socket_number: int, channel_number: int, metrics_folder: Path, listen_at_once: bool, key: bytes | None) -> int:
    """One of several workers: reports ready to the parent, and drains when the parent is gone."""
    sock = socket.socket(fileno=socket_number)
    channel = socket.socket(fileno=channel_number)
    sock.setblocking(False)
    worker = Worker(read_release(folder), key, metrics_folder, on_ready=lambda: channel.send(b"R"))
    if not listen_at_once:
        try:
            worker.preload()
        except ReplicaError as error:
            log_failure(error)
            return error.exit_code

    def watch_parent() -> None:
        while channel.recv(1):
            continue
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch_parent, name="parent", daemon=True).start()
    return worker.run(sock)
