"""A replica with a key answers who knows it, by one of its names, whichever of its workers is asked; one without answers everybody."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from replica import Replica, make_release

KEY = "k" * 43


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory, model_folder: Callable[[str], Path]) -> Iterator[httpx.Client]:
    release = make_release(tmp_path_factory.mktemp("closed") / "release", model_folder("gated"), {"workers": 2})
    with Replica(release, environment={"SLIPWAY_REPLICA_KEY": KEY}) as replica:
        with replica.until_ready({"x-slipway-replica-key": KEY}) as client:
            yield client


@pytest.mark.parametrize("path", ["/readyz", "/invocations", "/docs", "/metrics", "/nowhere"])
def test_the_key_is_wanted_everywhere(closed: httpx.Client, path: str) -> None:
    for key in ("", "wrong", KEY[:-1], KEY + "k"):
        answer = closed.get(path, headers={"x-slipway-replica-key": key})
        assert (answer.status_code, answer.json()["error_code"]) == (403, "PERMISSION_DENIED")
        assert "URL of the endpoint" in answer.json()["message"]


def test_open_inference_is_refused_in_its_form(closed: httpx.Client) -> None:
    answer = closed.get("/v2/models/churn", headers={"x-slipway-replica-key": ""})
    assert answer.status_code == 403 and "gateway" in answer.json()["error"]


@pytest.mark.parametrize(
    ("host", "status"),
    [("127.0.0.1:1", 200), ("localhost", 200), ("[::1]:80", 200), ("LOCALHOST:80", 200), ("rebound.example", 403), ("127.0.0.1.example:80", 403), ("", 403)],
)
def test_it_goes_by_its_own_names(closed: httpx.Client, host: str, status: int) -> None:
    # A connection of its own for each, so that both workers are asked.
    answer = httpx.get(f"{closed.base_url}/readyz", headers={"host": host, "x-slipway-replica-key": KEY}, trust_env=False)
    assert answer.status_code == status


def test_without_a_key_there_is_no_check(served: Callable[[str], httpx.Client]) -> None:
    assert served("gated").get("/readyz", headers={"host": "model.example"}).status_code == 200
