"""Writes model files as people keep them without MLflow into the folder that is given: `model.joblib`, `model.ubj`, and rows for both, `rows.csv`.

Both tell positive `a` from the rest: one by labels, the other by probabilities.
"""

import sys
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
import xgboost
from sklearn.linear_model import LogisticRegression

folder = Path(sys.argv[1])
rows = pd.DataFrame({"a": np.linspace(-1, 1, 40), "b": np.linspace(0, 0.5, 40)})
labels = (rows["a"] > 0).astype(int)
joblib.dump(LogisticRegression(C=1000).fit(rows, labels), folder / "model.joblib")
xgboost.train({"objective": "binary:logistic", "nthread": 1}, xgboost.DMatrix(rows, labels), 10).save_model(folder / "model.ubj")
rows.iloc[[0, 39]].to_csv(folder / "rows.csv", index=False)
