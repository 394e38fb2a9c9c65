"""One worker process: listens, loads the model, says ready, drains on SIGTERM."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path

from .app import Application
from .batcher import Batcher
from .batches import BATCHES_VARIABLE
from .door import Door
from .errors import AddressInUse, ModelNotLoadable, ReplicaError, WarmUpFailed, cage_remedy
from .flavors.flavor import Model
from .log import log, log_failure
from .metrics import Metrics
from .model import load_model, missing_package, served_flavor
from .platforms import platform_of
from .release import Release, read_release, verify_files
from .warmup import warm_up


def listen(host: str, port: int) -> socket.socket:
    """Bind and listen. Nagle's algorithm is off: it holds back small answers by up to 40 ms. Raises AddressInUse."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    if os.name == "posix":
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    try:
        sock.bind((host, port))
        sock.listen(2048)
    except OSError as error:
        sock.close()
        raise AddressInUse(f"Cannot listen on {host}:{port}: {error.strerror}.") from error
    sock.setblocking(False)
    return sock


def load(release: Release) -> Model:
    """Verify the files, load the model, predict once. Raises a ReplicaError."""
    started = time.perf_counter()
    verify_files(release)
    model = load_model(release)
    loaded = time.perf_counter()
    try:
        warmed_by = warm_up(release, model)
    except ModuleNotFoundError as error:
        raise ModelNotLoadable(missing_package(error.name)) from error
    except Exception as error:
        raise WarmUpFailed(f"The model does not predict its own example: {type(error).__name__}: {error}.{cage_remedy(error)}") from error
    log(
        "info",
        "model-loaded",
        model=release.model_name,
        version=release.model_version,
        load_ms=round((loaded - started) * 1000),
        warm_up_ms=round((time.perf_counter() - loaded) * 1000),
        warm_up=warmed_by,
    )
    return model


class Worker:
    """Runs the application under uvicorn until SIGTERM or until the model cannot be loaded."""

    def __init__(self, release: Release, key: bytes | None, metrics_folder: Path | None = None, on_ready: Callable[[], None] | None = None):
        self._release = release
        self._metrics = Metrics(metrics_folder)
        self._on_ready = on_ready
        self._app = Application(release, self._metrics, Door(key), self._start, platform_of(os.environ), BATCHES_VARIABLE in os.environ)
        self._exit_code = 0
        self._model: Model | None = None
        self._loader: threading.Thread | None = None

    def preload(self, model: Model | None = None) -> None:
        """Have the model before listening, for a worker that joins ones which are ready already. Loads it unless it is given."""
        self._model = model if model is not None else load(self._release)

    def _start(self) -> None:
        loop = asyncio.get_running_loop()
        if self._model is not None:
            self._ready(self._model, loop)
        else:
            self._loader = threading.Thread(target=self._load, args=(loop,), name="load", daemon=True)
            self._loader.start()

    def join_loader(self) -> None:
        """Wait for the end of the thread that has loaded the model."""
        if self._loader is not None:
            self._loader.join()

    def _load(self, loop: asyncio.AbstractEventLoop) -> None:
        try:
            model = load(self._release)
        except ReplicaError as error:
            loop.call_soon_threadsafe(self._fail, error)
        except Exception as error:
            loop.call_soon_threadsafe(self._fail, ReplicaError(f"{type(error).__name__}: {error}"))
        else:
            loop.call_soon_threadsafe(self._ready, model, loop)

    def _ready(self, model: Model, loop: asyncio.AbstractEventLoop) -> None:
        self._app.become_ready(Batcher(model, self._metrics, loop, self._release.serving.request_timeout_seconds))
        log("info", "ready", release=self._release.digest)
        if self._on_ready is not None:
            self._on_ready()

    def _fail(self, error: ReplicaError) -> None:
        log_failure(error)
        self._exit_code = error.exit_code
        self._server.should_exit = True

    def stop(self) -> None:
        """Stop accepting, finish what is in flight, end."""
        self._server.should_exit = True

    async def _share_metrics(self) -> None:
        while True:
            self._metrics.share()
            await asyncio.sleep(1)

    async def _serve(self, sock: socket.socket) -> None:
        sharing = asyncio.create_task(self._share_metrics())
        await self._server.serve(sockets=[sock])
        sharing.cancel()
        self._metrics.share()

    def run(self, sock: socket.socket) -> int:
        """Serve on a listening socket. Returns the exit code: 0 after a drain."""
        import uvicorn

        loop_name = "uvloop" if _has("uvloop") else "asyncio"
        config = uvicorn.Config(
            self._app,
            http="httptools" if _has("httptools") else "h11",
            loop=loop_name,
            ws="none",
            lifespan="on",
            log_level="warning",
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_keep_alive=75,
            timeout_graceful_shutdown=int(self._release.serving.request_timeout_seconds) + 5,
        )
        worker = self

        class Server(uvicorn.Server):
            def handle_exit(self, sig: int, frame: object) -> None:
                worker._app.drain()
                log("info", "draining", signal=signal.Signals(sig).name)
                self.should_exit = True

        self._server = Server(config)
        self._take_signals()
        if loop_name == "uvloop":
            import uvloop

            loop = uvloop.new_event_loop()
        else:
            loop = asyncio.new_event_loop()
        asyncio.set_event_loop(loop)
        loop.run_until_complete(self._serve(sock))
        self._stopped(loop)
        return self._exit_code

    def _take_signals(self) -> None:
        """uvicorn raises the signal again once it has drained; by then the process is to end by itself, with status 0."""
        for sig in (signal.SIGTERM, signal.SIGINT):
            signal.signal(sig, lambda *_: None)

    def _stopped(self, _loop: asyncio.AbstractEventLoop) -> None:
        log("info", "stopped")


def _has(name: str) -> bool:
    from importlib.util import find_spec

    return find_spec(name) is not None


def run_single(folder: Path, host: str, port: int, key: bytes | None) -> int:
    """Serve a release with one process."""
    release = read_release(folder)
    served_flavor(release)
    sock = listen(host, port)
    announce(sock, release)
    return Worker(release, key).run(sock)


def announce(sock: socket.socket, release: Release) -> None:
    host, port = sock.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    log("info", "listening", url=f"http://{shown}:{port}", release=release.digest, pid=os.getpid())


def remove_folder(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
