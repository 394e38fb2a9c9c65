"""Models are trained and servers started once for all tests that only ask them."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

sys.path.insert(0, str(Path(__file__).parent))

import trained
from replica import PACKAGE_FOLDER, Replica, make_release

sys.path.insert(0, str(PACKAGE_FOLDER))


@pytest.fixture(scope="session", autouse=True)
def tracking(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """mlflow keeps what it tracks out of the repository."""
    patch = pytest.MonkeyPatch()
    patch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path_factory.mktemp('tracking') / 'mlflow.db'}")
    patch.setenv("MLFLOW_ALLOW_PICKLE_DESERIALIZATION", "true")
    yield
    patch.undo()


_SAVE: dict[str, Callable[[Path], Path]] = {
    "churn": trained.save_churn,
    "churn-proba": lambda folder: trained.save_churn(folder, pyfunc_predict_fn="predict_proba"),
    "churn-cloudpickle": lambda folder: trained.save_churn(folder, serialization_format="cloudpickle"),
    "churn-skops": lambda folder: trained.save_churn(folder, serialization_format="skops", skops_trusted_types=["numpy.dtype"]),
    "gated": trained.save_gated,
    "iris": trained.save_iris,
    "matrix": trained.save_matrix,
}


@pytest.fixture(scope="session")
def model_folder(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """The folder of a saved model, by name; each is trained once."""
    root = tmp_path_factory.mktemp("models")

    def get(name: str) -> Path:
        folder = root / name
        return folder if folder.exists() else _SAVE[name](folder)

    return get


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory, model_folder: Callable[[str], Path]) -> Iterator[Callable[[str], httpx.Client]]:
    """A client of a ready server of a model, by name; each is started once."""
    replicas: dict[str, Replica] = {}
    clients: dict[str, httpx.Client] = {}

    def get(name: str) -> httpx.Client:
        if name not in clients:
            folder = make_release(tmp_path_factory.mktemp("release"), model_folder(name), name=name)
            replicas[name] = Replica(folder)
            clients[name] = replicas[name].until_ready()
        return clients[name]

    yield get
    for name, replica in replicas.items():
        clients[name].close()
        replica.__exit__()
