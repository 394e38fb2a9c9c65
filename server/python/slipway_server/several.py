"""Serving a release with several processes: forks of one that has loaded the model where that is safe, else each loads it by itself."""

from __future__ import annotations

from pathlib import Path

from .forked import ForkedWorkers, forks
from .log import log
from .model import served_flavor
from .release import read_release
from .serve import announce, listen
from .spawned import SpawnedWorkers


def run_several(folder: Path, host: str, port: int, count: int, key: bytes | None) -> int:
    """Serve a release with `count` processes until SIGTERM. Returns the exit code."""
    release = read_release(folder)
    served = served_flavor(release)
    sock = listen(host, port)
    announce(sock, release)
    if served.flavor.forks and forks():
        workers = ForkedWorkers(release, count, sock, key)
        ended = workers.load()
        if ended is not None:
            return ended
        threads = workers.threads_beside()
        if not threads:
            return workers.run()
        log("info", "not-forked", message="Loading the model started threads, so each worker loads it by itself.", threads=",".join(threads))
        workers.forget_model()
    return SpawnedWorkers(folder, count, sock, key).run()
