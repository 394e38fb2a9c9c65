"""`python -m slipway_server --release DIR --host HOST --port PORT`."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from .door import KEY_VARIABLE, read_key
from .errors import ReplicaError
from .log import capture_libraries, log, log_failure
from .memory import share_limit
from .platforms import platform_of
from .processors import worker_count
from .release import read_serving

#: One row is slower on several threads; processes are the way to use several cores. Read by the libraries when they are
#: imported, so this comes before anything else.
THREAD_VARIABLES = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
)


def main(arguments: list[str]) -> int:
    """Serve a release folder until SIGTERM. Returns the exit code; those above 9 are the ones in errors.py."""
    capture_libraries()
    if arguments[:1] == ["worker"]:
        return _worker(arguments[1:])
    parser = argparse.ArgumentParser(prog="slipway_server", description="Serve one release.")
    parser.add_argument("--release", type=Path, required=True, help="the release folder")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True, help="0 takes a free port and logs it")
    parser.add_argument("--key-from-input", action="store_true", help=f"answer who knows the key on standard input alone; without it, the one of {KEY_VARIABLE}, if there is one")
    # SageMaker runs an image with this word behind its entry point.
    parser.add_argument("command", nargs="?", choices=["serve"], help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    try:
        key = read_key(options.key_from_input)
        port = platform_of(os.environ).port or options.port
        serving = read_serving(options.release)
        _prepare_environment(serving.environment)
        if os.name == "posix":
            count = worker_count(serving.workers)
            if count > 1:
                from .several import run_several

                return run_several(options.release, options.host, port, count, key)
        elif serving.workers is not None and serving.workers > 1:
            log("warning", "one-worker", message="Several workers need a POSIX system; one is started.")
        from .serve import run_single

        return run_single(options.release, options.host, port, key)
    except ReplicaError as error:
        log_failure(error)
        return error.exit_code


def _worker(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="slipway_server worker")
    parser.add_argument("--release", type=Path, required=True)
    parser.add_argument("--socket", type=int, required=True)
    parser.add_argument("--channel", type=int, required=True)
    parser.add_argument("--metrics-folder", type=Path, required=True)
    parser.add_argument("--listen-at-once", action="store_true")
    parser.add_argument("--key-from-input", action="store_true")
    options = parser.parse_args(arguments)
    try:
        key = read_key(options.key_from_input)
        serving = read_serving(options.release)
        _prepare_environment(serving.environment)
        share_limit(worker_count(serving.workers), forked=False)
        from .spawned import run_worker

        return run_worker(options.release, options.socket, options.channel, options.metrics_folder, options.listen_at_once, key)
    except ReplicaError as error:
        log_failure(error)
        return error.exit_code


def _prepare_environment(environment: dict[str, str]) -> None:
    os.environ.update(environment)
    for name in THREAD_VARIABLES:
        os.environ.setdefault(name, "1")


if __name__ == "__main__":
    code = main(sys.argv[1:])
    sys.stderr.flush()
    # A predict call that never returns must not keep the process from ending.
    os._exit(code)
