"""The text that makes mlflow in a running kernel log to the companion, executed as the kernel does it."""

import os
import sys
from pathlib import Path

import mlflow
import pytest

PROGRAM = Path(__file__).parents[3] / "server/python/slipway_tools/connect_kernel.py"
COMPANION = "http://127.0.0.1:5077"


@pytest.fixture(autouse=True)
def untouched(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """Leave mlflow, the environment and the path as they were."""
    for name in ("MLFLOW_TRACKING_URI", "MLFLOW_TRACKING_USERNAME", "MLFLOW_TRACKING_PASSWORD"):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.setattr("mlflow.tracking._tracking_service.utils._tracking_uri", None)
    monkeypatch.chdir(tmp_path)


def connected(capsys: pytest.CaptureFixture, *, asked: bool = False, earlier: tuple = ()) -> str:
    environment = {"MLFLOW_TRACKING_URI": COMPANION, "MLFLOW_TRACKING_USERNAME": "slipway", "MLFLOW_TRACKING_PASSWORD": "token"}
    exec(PROGRAM.read_text(), {"environment": environment, "folder": "/home/python", "earlier": list(earlier), "asked": asked})
    return capsys.readouterr().out.strip()


def test_a_kernel_that_names_no_store_logs_to_the_companion(capsys):
    assert connected(capsys) == COMPANION == mlflow.get_tracking_uri()
    assert os.environ["MLFLOW_TRACKING_PASSWORD"] == "token"
    assert sys.path[-1] == "/home/python"


def test_a_store_that_the_notebook_chose_stays_unless_the_user_asks(capsys):
    mlflow.set_tracking_uri("sqlite:///own.db")
    assert connected(capsys) == "sqlite:///own.db"
    assert "MLFLOW_TRACKING_PASSWORD" not in os.environ
    assert connected(capsys, asked=True) == COMPANION == mlflow.get_tracking_uri()


def test_a_variable_that_names_another_server_stays(capsys, monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "https://team.example.com")
    assert connected(capsys) == "https://team.example.com"


def test_the_address_of_a_companion_before_is_replaced(capsys, monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:4000")
    assert connected(capsys, earlier=("http://127.0.0.1:4000",)) == COMPANION
