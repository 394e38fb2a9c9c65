"""Starting, warming up, batching, timing out and draining, with a model that waits for the test."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from replica import Replica, make_release
from test_requests import metric


THREADED = """
import threading

threading.Thread(target=threading.Event().wait, daemon=True).start()

def function(answers):
    return answers
"""
NOISY = """
import os
import numpy as np

def function(answers):
    return [[os.getpid(), float(np.random.random())] for _ in answers]
"""


def own_function(source: str) -> dict:
    return {"file": "steps.py", "name": "function", "source": source}


COUNTS = [1, 2] if os.name == "posix" else [1]


class Gate:
    """While closed, every prediction of the model waits."""

    def __init__(self, folder: Path):
        self._file = folder / "gate"
        self._calls = folder / "calls"
        self.environment = {"GATE": str(self._file), "CALLS": str(self._calls)}

    def close(self) -> None:
        self._file.touch()

    def open(self) -> None:
        self._file.unlink(missing_ok=True)

    def calls(self) -> list[int]:
        """Rows of each predict call so far; a call is noted before it waits."""
        return [int(line) for line in self._calls.read_text("ascii").split()] if self._calls.exists() else []


@pytest.fixture
def gate(tmp_path: Path) -> Iterator[Gate]:
    gate = Gate(tmp_path)
    yield gate
    gate.open()


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < end, "did not come about"
        time.sleep(0.01)


def ask(client: httpx.Client, *values: float) -> httpx.Response:
    return client.post("/invocations", json={"inputs": {"x": list(values)}})


@pytest.fixture
def release(tmp_path: Path, model_folder: Callable[[str], Path], gate: Gate) -> Callable[..., Path]:
    def make(**serving: object) -> Path:
        # A model that the test holds back is not slow.
        return make_release(tmp_path / "release", model_folder("gated"), {"environment": gate.environment, "requestTimeoutSeconds": 3600, **serving})

    return make


@pytest.mark.parametrize("workers", COUNTS)
def test_it_is_alive_at_once_and_ready_only_after_the_warm_up_prediction(gate: Gate, release: Callable[..., Path], workers: int) -> None:
    gate.close()
    with Replica(release(workers=workers)) as replica, replica.client() as client:
        until(lambda: gate.calls() == [1])
        assert client.get("/livez").status_code == 200
        assert client.get("/readyz").status_code == client.get("/v2/health/ready").status_code == 503
        assert client.get("/ping").status_code == 404
        refused = ask(client, 1.0)
        assert (refused.status_code, refused.json()["error_code"]) == (503, "TEMPORARILY_UNAVAILABLE")
        assert refused.headers["retry-after"] == "1"
        gate.open()
        with replica.until_ready():
            assert ask(client, 1.0).json() == {"predictions": [2.0]}
            assert client.get("/ping").status_code == 200
    assert not [line for line in replica.lines if " error " in line or "warning" in line]


def test_what_queued_during_a_batch_becomes_one_batch_and_a_bad_row_fails_alone(gate: Gate, release: Callable[..., Path]) -> None:
    with Replica(release()) as replica, replica.until_ready() as client, ThreadPoolExecutor(30) as pool:
        gate.close()
        warm_up = len(gate.calls())
        first = pool.submit(ask, client, 1.0)
        until(lambda: len(gate.calls()) == warm_up + 1)
        rest = {value: pool.submit(ask, client, value) for value in [-1.0, *map(float, range(10, 29))]}
        until(lambda: metric(client, "slipway_requests_waiting") == 20)
        gate.open()
        assert first.result().json() == {"predictions": [2.0]}
        for value, answer in rest.items():
            if value < 0:
                assert answer.result().status_code == 400
            else:
                assert answer.result().json() == {"predictions": [value * 2]}
        # The first alone, all others together, and after that failed each for itself.
        assert gate.calls()[warm_up:] == [1, 20, *[1] * 20]


def test_requests_of_several_rows_get_their_own_rows_back_from_a_batch(gate: Gate, release: Callable[..., Path]) -> None:
    with Replica(release()) as replica, replica.until_ready() as client, ThreadPoolExecutor(10) as pool:
        gate.close()
        warm_up = len(gate.calls())
        pool.submit(ask, client, 1.0)
        until(lambda: len(gate.calls()) == warm_up + 1)
        asked = [[float(10 * size + row) for row in range(size)] for size in range(1, 6)]
        answers = [pool.submit(ask, client, *values) for values in asked]
        until(lambda: metric(client, "slipway_requests_waiting") == 5)
        gate.open()
        assert [answer.result().json()["predictions"] for answer in answers] == [[value * 2 for value in values] for values in asked]
        assert gate.calls()[warm_up:] == [1, 15]


def test_a_prediction_past_the_timeout_is_504_and_the_server_goes_on(gate: Gate, release: Callable[..., Path]) -> None:
    with Replica(release(requestTimeoutSeconds=0.5)) as replica, replica.until_ready() as client:
        gate.close()
        late = ask(client, 1.0)
        assert (late.status_code, late.text) == (504, "Request processing time exceeded limit")
        gate.open()
        until(lambda: ask(client, 3.0).status_code == 200)


def test_sigterm_finishes_what_is_in_flight_and_ends_with_status_zero(gate: Gate, release: Callable[..., Path]) -> None:
    with Replica(release()) as replica, replica.until_ready() as client, ThreadPoolExecutor(1) as pool:
        gate.close()
        warm_up = len(gate.calls())
        pending = pool.submit(ask, client, 4.0)
        until(lambda: len(gate.calls()) == warm_up + 1)
        replica.terminate()

        def refuses() -> bool:
            try:
                httpx.get(f"{replica.url}/livez", trust_env=False)
            except httpx.ConnectError:
                return True
            except httpx.ReadError:
                pass  # The connection stood in the queue of the listener when that closed.
            return False

        until(refuses)
        gate.open()
        assert pending.result().json() == {"predictions": [8.0]}
        assert replica.exit_code() == 0


@pytest.mark.parametrize("workers", COUNTS)
def test_sigterm_while_the_model_loads_ends_with_status_zero(gate: Gate, release: Callable[..., Path], workers: int) -> None:
    gate.close()
    with Replica(release(workers=workers)) as replica:
        until(lambda: gate.calls() == [1])
        replica.terminate()
        assert replica.exit_code() == 0


def test_why_a_prediction_failed_is_in_the_log_as_one_line(gate: Gate, release: Callable[..., Path]) -> None:
    with Replica(release()) as replica, replica.until_ready() as client:
        assert ask(client, -1.0).status_code == 400
        until(lambda: any("prediction-failed" in line for line in replica.lines))
        line = next(line for line in replica.lines if "prediction-failed" in line)
        assert "ValueError: negative row" in line
        assert all(line[:4].isdigit() for line in replica.lines)


@pytest.mark.skipif(os.name != "posix", reason="several workers need a POSIX system")
class TestSeveralWorkers:
    def workers(self, replica: Replica) -> list[str]:
        return [line for line in replica.lines if " info ready " in line]

    def test_all_of_them_serve_one_port_and_one_scrape_counts_all(self, gate: Gate, release: Callable[..., Path]) -> None:
        with Replica(release(workers=2), fresh=True) as replica, replica.until_ready() as client:
            until(lambda: len(self.workers(replica)) == 2)
            for value in range(40):
                # A new connection each time, so that both accept.
                answer = httpx.post(f"{replica.url}/invocations", json={"inputs": {"x": [float(value)]}}, trust_env=False, timeout=30)
                assert answer.json() == {"predictions": [value * 2.0]}
            until(lambda: metric(client, 'slipway_requests_total{path="/invocations",status="200"}') == 40)
            replica.terminate()
            assert replica.exit_code() == 0

    def children(self, replica: Replica) -> list[str]:
        children = Path(f"/proc/{replica.process.pid}/task/{replica.process.pid}/children")
        if not children.exists():
            pytest.skip("needs /proc to find the workers")
        return children.read_text().split()

    def replaced(self, replica: Replica) -> None:
        """Kill a worker, see that another one answers, and end all of them."""
        until(lambda: len(self.workers(replica)) == 2)
        before = self.children(replica)
        os.kill(int(before[0]), signal.SIGKILL)
        until(lambda: len(self.workers(replica)) == 3)
        with replica.client() as client:
            assert ask(client, 5.0).status_code == 200
        replica.terminate()
        assert replica.exit_code() == 0
        assert not any(Path(f"/proc/{pid}").exists() for pid in before)

    @pytest.mark.skipif(sys.platform != "linux", reason="workers are forked on Linux")
    def test_one_that_dies_is_replaced_without_loading_the_model_again(self, gate: Gate, release: Callable[..., Path]) -> None:
        with Replica(release(workers=2)) as replica, replica.until_ready():
            self.replaced(replica)
        assert len([line for line in replica.lines if " info model-loaded " in line]) == 1
        # Loading it predicted once, and the test did.
        assert gate.calls() == [1, 1]

    def test_where_loading_starts_a_thread_each_loads_by_itself(self, gate: Gate, release: Callable[..., Path]) -> None:
        with Replica(release(workers=2, after=own_function(THREADED))) as replica, replica.until_ready():
            self.replaced(replica)
        assert sum(" info not-forked " in line for line in replica.lines) == (1 if sys.platform == "linux" else 0)
        assert len([line for line in replica.lines if " info model-loaded " in line]) >= 3

    def test_each_has_random_numbers_of_its_own(self, gate: Gate, release: Callable[..., Path]) -> None:
        with Replica(release(workers=2, after=own_function(NOISY))) as replica, replica.until_ready():
            until(lambda: len(self.workers(replica)) == 2)
            answers = []
            while len({worker for worker, _ in answers}) < 2:
                # A new connection each time, until both have answered.
                [answer] = httpx.post(f"{replica.url}/invocations", json={"inputs": {"x": [1.0]}}, trust_env=False, timeout=30).json()["predictions"]
                answers.append(answer)
        assert len({number for _, number in answers}) == len(answers)

    def test_they_share_the_memory_limit(self, gate: Gate, release: Callable[..., Path]) -> None:
        resource = pytest.importorskip("resource")
        megabytes = 4096
        before = resource.getrlimit(resource.RLIMIT_DATA)
        resource.setrlimit(resource.RLIMIT_DATA, (megabytes << 20, before[1]))
        try:
            replica = Replica(release(workers=2), fresh=True)
        finally:
            resource.setrlimit(resource.RLIMIT_DATA, before)
        with replica, replica.until_ready():
            until(lambda: len(self.workers(replica)) == 2)
            status = Path(f"/proc/{replica.process.pid}/status").read_text()
            taken = int(status.partition("VmData:")[2].split()[0]) << 10
            limits = [resource.prlimit(int(pid), resource.RLIMIT_DATA)[0] for pid in self.children(replica)]
        # What was there before the workers is counted once, and a little may have come or gone since.
        assert all(abs(limit - (taken + (megabytes << 20)) / 2) < 64 << 20 for limit in limits), (limits, taken)


def test_many_clients_at_once_all_get_their_own_answer(served: Callable[[str], httpx.Client]) -> None:
    client = served("gated")
    wrong: list[tuple[int, object]] = []

    def work(number: int) -> None:
        with httpx.Client(base_url=client.base_url, trust_env=False, timeout=60) as own:
            for step in range(20):
                value = float(number * 100 + step)
                answer = ask(own, value)
                if answer.status_code != 200 or answer.json() != {"predictions": [value * 2]}:
                    wrong.append((number, answer.text))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
