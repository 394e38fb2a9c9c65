"""Real models, saved by the real mlflow client."""

from __future__ import annotations

from pathlib import Path

import cloudpickle
import gated
import mlflow
import numpy as np
import pandas as pd
import sklearn
from sklearn.compose import ColumnTransformer
from sklearn.datasets import load_iris
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler


# What mlflow infers, which loads each model in a process of its own.
REQUIREMENTS = [f"{name}=={module.__version__}" for name, module in (("scikit-learn", sklearn), ("numpy", np), ("pandas", pd), ("cloudpickle", cloudpickle))]


def churn_data(rows: int = 300) -> pd.DataFrame:
    """Customers with an integer, a double, a string and a boolean column."""
    random = np.random.default_rng(7)
    return pd.DataFrame(
        {
            "age": random.integers(18, 80, rows),
            "monthly": random.normal(60, 20, rows).round(2),
            "contract": random.choice(["month", "year", "two-year"], rows),
            "senior": random.random(rows) > 0.5,
        }
    )


def churn_pipeline(data: pd.DataFrame) -> Pipeline:
    """Numeric and categorical columns; predicts the labels `yes` and `no`."""
    numeric = Pipeline([("impute", SimpleImputer()), ("scale", StandardScaler())])
    columns = ColumnTransformer(
        [
            ("numeric", numeric, ["age", "monthly"]),
            ("categorical", OneHotEncoder(handle_unknown="ignore"), ["contract"]),
            ("flags", "passthrough", ["senior"]),
        ]
    )
    labels = np.where(data.monthly + 8 * (data.contract == "month") > 63, "yes", "no")
    return Pipeline([("columns", columns), ("classify", LogisticRegression())]).fit(data, labels)


def save_churn(folder: Path, **options: object) -> Path:
    data = churn_data()
    mlflow.sklearn.save_model(churn_pipeline(data), folder, input_example=data.head(3), **{"serialization_format": "pickle", "pip_requirements": REQUIREMENTS, **options})
    return folder


def iris_frame() -> tuple[pd.DataFrame, pd.Series]:
    features, labels = load_iris(return_X_y=True, as_frame=True)
    return features.set_axis(["sepal length", "sepal width", "petal length", "petal width"], axis=1), labels


def save_iris(folder: Path, **options: object) -> Path:
    """A LogisticRegression on four named double columns."""
    features, labels = iris_frame()
    model = LogisticRegression(max_iter=500).fit(features, labels)
    mlflow.sklearn.save_model(model, folder, input_example=features.head(2), **{"pip_requirements": REQUIREMENTS, **options})
    return folder


def save_matrix(folder: Path) -> Path:
    """A regression on a numpy matrix: the signature is one unnamed tensor."""
    random = np.random.default_rng(3)
    features = random.normal(size=(80, 3))
    model = LinearRegression().fit(features, features @ [1.0, -2.0, 0.5])
    mlflow.sklearn.save_model(model, folder, input_example=features[:2], serialization_format="pickle", pip_requirements=REQUIREMENTS)
    return folder


def save_gated(folder: Path, packaged: bool = True) -> Path:
    """A model that waits while a file exists. Its class travels with the model when `packaged`."""
    features = pd.DataFrame({"x": [1.0, 2.0, 3.0]})
    code = [str(Path(gated.__file__))] if packaged else None
    mlflow.sklearn.save_model(
        gated.Gated().fit(features),
        folder,
        input_example=features.head(1),
        serialization_format="pickle",
        code_paths=code,
        pip_requirements=REQUIREMENTS,
    )
    return folder
