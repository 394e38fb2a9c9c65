"""What the Compare panel is given of tables, images and evaluations that MLflow's client logs."""

from __future__ import annotations

import json

import mlflow
import numpy as np
import requests
from mlflow.models import infer_signature


def call(companion, method: str, path: str, **arguments) -> dict:
    answer = requests.request(method, f"{companion.url}/api/slipway/v1{path}", headers=companion.headers, timeout=30, **arguments)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_tables_images_and_evaluations_are_shown(tracked, companion, classifier, iris) -> None:
    features, labels = iris
    with mlflow.start_run() as run:
        mlflow.log_table({"customer": ["a", "b"], "score": [0.1, 0.9]}, artifact_file="predictions.json")
        mlflow.log_image(np.zeros((8, 8, 3), dtype=np.uint8), artifact_file="samples/black.png")
        mlflow.log_image(np.zeros((8, 8, 3), dtype=np.uint8), key="grad/cam", step=3)
        mlflow.log_dict({"settings": 1}, "settings.json")
        model = mlflow.sklearn.log_model(classifier, name="model", signature=infer_signature(features, labels), pip_requirements=["scikit-learn"])
        mlflow.models.evaluate(
            model.model_uri,
            features.assign(kind=labels),
            targets="kind",
            model_type="classifier",
            evaluator_config={"log_model_explainability": False},
        )

    run_id = run.info.run_id
    listed = call(companion, "POST", "/runs/artifacts", json={"runIds": [run_id]})["runs"][0]["files"]
    kinds = {file["path"]: file["kind"] for file in listed}
    assert kinds["predictions.json"] == "table"
    assert kinds["samples/black.png"] == "image"
    assert kinds["confusion_matrix.png"] == "image"
    assert "settings.json" not in kinds
    series = [path for path in kinds if path.startswith("images/grad~cam+step+3+") and path.endswith(".png")]
    assert len(series) == 1

    table = call(companion, "GET", f"/runs/{run_id}/artifact", params={"path": "predictions.json"})
    assert table["kind"] == "text"
    assert json.loads(table["text"]) == {"columns": ["customer", "score"], "data": [["a", 0.1], ["b", 0.9]]}
    image = call(companion, "GET", f"/runs/{run_id}/artifact", params={"path": "confusion_matrix.png"})
    assert (image["kind"], image["mime"]) == ("image", "image/png")
