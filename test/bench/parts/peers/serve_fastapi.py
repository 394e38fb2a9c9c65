"""The model behind FastAPI and pandas, as most would write it: `MODEL=FILE uvicorn serve_fastapi:app`."""

import os

import joblib
import pandas as pd
from fastapi import FastAPI

app = FastAPI()
model = joblib.load(os.environ["MODEL"])


@app.get("/ready")
def ready() -> dict:
    return {}


@app.post("/predict")
def predict(rows: list[dict]) -> dict:
    return {"predictions": model.predict(pd.DataFrame(rows)).tolist()}
