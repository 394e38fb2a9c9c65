"""Trains the models of the bench and lays each out for all servers: `python serving_models.py FOLDER NAME...`.

FOLDER/NAME/release is a release, its `model` folder is MLflow's, FOLDER/NAME/model.joblib is for the others; FOLDER/NAME/row.json is a row to ask for.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import joblib
import mlflow
import numpy as np
import pandas as pd
from mlflow.models import infer_signature
from replica import make_release
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

ROWS = 4000


def numbers() -> tuple[pd.DataFrame, np.ndarray]:
    random = np.random.default_rng(7)
    rows = pd.DataFrame(random.normal(size=(ROWS, 20)), columns=[f"column_{index}" for index in range(20)])
    return rows, (rows.to_numpy() @ random.normal(size=20) + random.normal(size=ROWS) > 0).astype(int)


def mixed() -> tuple[pd.DataFrame, np.ndarray]:
    rows, labels = numbers()
    rows = rows.iloc[:, :7].assign(plan=np.where(labels, "long", "short"), region=np.tile(["north", "south", "east", "west"], ROWS // 4))
    return rows, labels


def pipeline() -> object:
    numeric = [f"column_{index}" for index in range(7)]
    return make_pipeline(ColumnTransformer([("scale", StandardScaler(), numeric), ("encode", OneHotEncoder(), ["plan", "region"])]), LogisticRegression())


def boosted() -> object:
    import xgboost

    return xgboost.XGBClassifier(n_estimators=200, max_depth=6, n_jobs=1)


MODELS = {
    "logistic": (numbers, LogisticRegression),
    "pipeline": (mixed, pipeline),
    "forest": (numbers, lambda: RandomForestClassifier(200, max_depth=10, random_state=7)),
    "xgboost": (numbers, boosted),
}


def lay_out(folder: Path, name: str) -> None:
    data, make = MODELS[name]
    rows, labels = data()
    model = make().fit(rows, labels)
    folder.mkdir(parents=True)
    joblib.dump(model, folder / "model.joblib")
    save = mlflow.xgboost.save_model if name == "xgboost" else mlflow.sklearn.save_model
    options = {} if name == "xgboost" else {"serialization_format": "cloudpickle"}
    save(model, folder / "saved", signature=infer_signature(rows, model.predict(rows)), input_example=rows.head(1), **options)
    make_release(folder / "release", folder / "saved", name=name)
    (folder / "row.json").write_text(rows.head(1).to_json(orient="records")[1:-1], "utf-8")


if __name__ == "__main__":
    for wanted in sys.argv[2:]:
        lay_out(Path(sys.argv[1]) / wanted, wanted)
