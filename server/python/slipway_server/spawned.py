"""Workers that each load the model by themselves, in an interpreter of their own.

The first worker listens while it loads, so that probes are answered. The others join once it is ready, and accept only
when they are ready themselves: whoever accepts after `/readyz` said yes can predict.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

from .errors import ReplicaError
from .log import log_failure
from .release import read_release
from .serve import Worker
from .workers import Workers, end_with_parent


class SpawnedWorkers(Workers):
    def __init__(self, folder: Path, count: int, sock: socket.socket, key: bytes | None):
        super().__init__(count)
        self._folder = folder
        self._socket = sock
        self._key = key

    def _begin(self) -> None:
        self._start(0)

    def _start(self, index: int) -> None:
        listen_at_once = not self._running
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
        self._running[process.pid] = (index, ours)
        if self._stopping:
            os.kill(process.pid, signal.SIGTERM)
        if index == 0 and listen_at_once:
            threading.Thread(target=self._start_others, args=(ours,), name="start", daemon=True).start()

    def _start_others(self, channel: socket.socket) -> None:
        """Start the other workers when the first one says ready."""
        try:
            if channel.recv(1) != b"R":
                return
        except OSError:
            return
        present = {index for index, _ in list(self._running.values())}
        for index in range(1, self._count):
            if index not in present and not self._stopping:
                self._start(index)


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
    threading.Thread(target=end_with_parent, args=(channel,), name="parent", daemon=True).start()
    return worker.run(sock)
