"""`slipway.log_labels`: what it sends, and what a real companion says of it."""

from __future__ import annotations

import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import numpy
import pandas
import pytest

sys.path.append(str(Path(__file__).parents[3] / "server" / "python"))

import slipway  # noqa: E402


@pytest.fixture
def listener(monkeypatch: pytest.MonkeyPatch):
    """Stands in for a companion with an endpoint, which takes a deploy: keeps what it got, and answers by the contract of recordLabels."""
    got: list[tuple[str, dict]] = []

    class Answer(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            got.append((self.path, body))
            count = len(body["labels"])
            answer = json.dumps({"received": count, "added": 0 if body.get("check") else count, "corrected": 0, "unchanged": 0, "outdated": 0, "joined": None if body.get("check") else 1}).encode()
            self.send_response(200)
            self.send_header("content-length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Answer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"http://127.0.0.1:{server.server_port}")
    monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", "secret")
    yield got
    server.shutdown()
    server.server_close()


def test_a_frame_is_sent_as_plain_values_of_the_wanted_columns(listener) -> None:
    frame = pandas.DataFrame(
        {"customer": numpy.array([7, 8]), "churned": [True, False], "at": pandas.to_datetime(["2026-11-01", "2026-11-02"], utc=True), "name": ["not", "sent"]}
    )
    answer = slipway.log_labels(frame.set_index("customer"), endpoint="churn", key="customer", label="churned", source="billing")
    assert answer == {"received": 2, "added": 2, "corrected": 0, "unchanged": 0, "outdated": 0, "joined": 1}
    labels = [
        {"customer": 7, "churned": True, "at": "2026-11-01T00:00:00+00:00"},
        {"customer": 8, "churned": False, "at": "2026-11-02T00:00:00+00:00"},
    ]
    assert listener == [("/api/slipway/v1/endpoints/churn/labels", {"labelColumn": "churned", "source": "billing", "keyColumn": "customer", "labels": labels})]


def test_many_labels_are_all_checked_before_the_first_is_written(listener) -> None:
    answer = slipway.log_labels([{"request_id": str(number), "label": number % 2} for number in range(20_001)], endpoint="churn")
    assert [(len(body["labels"]), body.get("check", False)) for _, body in listener] == [(20_000, True), (1, True), (20_000, False), (1, False)]
    assert (answer["received"], answer["joined"]) == (20_001, 2)


def test_the_companion_says_what_is_wrong(companion, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", companion.url)
    monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", companion.token)
    with pytest.raises(ValueError, match=r"slipway\.log_labels: There is no endpoint nowhere\."):
        slipway.log_labels([{"request_id": "a", "label": 1}], endpoint="nowhere")
    with pytest.raises(TypeError, match="list of dicts"):
        slipway.log_labels([1], endpoint="nowhere")
