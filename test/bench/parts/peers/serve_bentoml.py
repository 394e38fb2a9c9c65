"""The model behind BentoML with its adaptive batching: `MODEL=FILE bentoml serve serve_bentoml:Served`."""

import os

import bentoml
import joblib
import pandas as pd


@bentoml.service(workers=1)
class Served:
    def __init__(self) -> None:
        self.model = joblib.load(os.environ["MODEL"])

    @bentoml.api(batchable=True, max_batch_size=64, max_latency_ms=1000)
    def predict(self, rows: list[dict]) -> list:
        # Its batches of DataFrames fail in BentoML 1.4.40: it adds their shapes as if they were numbers.
        return self.model.predict(pd.DataFrame(rows)).tolist()
