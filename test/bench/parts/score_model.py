"""The model and the file of the bench `score`: `python score_model.py log NAME ROWS FOLDER` logs and registers a pipeline with the mlflow client, writes
FOLDER/rows.csv and FOLDER/model, and prints the version. `python score_model.py library FOLDER OUT` calls the library once on the whole file.
"""

from __future__ import annotations

import sys
from pathlib import Path


def log(name: str, rows: int, folder: Path) -> None:
    import mlflow
    import numpy as np
    import pandas as pd
    import sklearn
    from mlflow.models import infer_signature
    from sklearn.compose import ColumnTransformer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    random = np.random.default_rng(7)
    numbers = [f"n{index}" for index in range(8)]
    data = pd.DataFrame({column: random.normal(size=rows).round(6) for column in numbers})
    data["plan"] = random.choice(["basic", "plus", "team", "enterprise"], rows)
    data["region"] = random.choice([f"region-{index}" for index in range(20)], rows)
    data.to_csv(folder / "rows.csv", index=False)
    seen = data.head(5000)
    columns = ColumnTransformer([("numbers", StandardScaler(), numbers), ("words", OneHotEncoder(handle_unknown="ignore"), ["plan", "region"])])
    model = Pipeline([("columns", columns), ("classify", LogisticRegression())]).fit(seen, (seen["n0"] + seen["n1"] > 0).astype(int))
    options = {"signature": infer_signature(seen, model.predict(seen)), "input_example": seen.head(3), "serialization_format": "pickle", "pip_requirements": [f"scikit-learn=={sklearn.__version__}", f"pandas=={pd.__version__}", f"numpy=={np.__version__}", "cloudpickle"]}
    mlflow.sklearn.save_model(model, folder / "model", **options)
    with mlflow.start_run():
        info = mlflow.sklearn.log_model(model, name="model", **options)
    print(mlflow.register_model(info.model_uri, name).version)


def library(folder: Path, out: Path) -> None:
    import pickle

    import pandas as pd

    data = pd.read_csv(folder / "rows.csv")
    [file] = (folder / "model").glob("*.pkl")
    predictions = pickle.loads(file.read_bytes()).predict(data)
    pd.DataFrame({"predictions": predictions}).to_csv(out, index=False)


if __name__ == "__main__":
    if sys.argv[1] == "log":
        log(sys.argv[2], int(sys.argv[3]), Path(sys.argv[4]))
    else:
        library(Path(sys.argv[2]), Path(sys.argv[3]))
