"""The model behind LitServe with batches: `MODEL=FILE python serve_litserve.py PORT`."""

import os
import sys

import joblib
import litserve
import pandas as pd


class Served(litserve.LitAPI):
    def setup(self, device: str) -> None:
        self.model = joblib.load(os.environ["MODEL"])

    def decode_request(self, request: dict) -> dict:
        return request["row"]

    def batch(self, inputs: list) -> pd.DataFrame:
        return pd.DataFrame(inputs)

    def predict(self, rows: pd.DataFrame) -> list:
        return self.model.predict(rows).tolist()

    def unbatch(self, output: list) -> list:
        return output

    def encode_response(self, output: object) -> dict:
        return {"prediction": output}


if __name__ == "__main__":
    server = litserve.LitServer(Served(max_batch_size=64, batch_timeout=0.005), accelerator="cpu")
    server.run(host="127.0.0.1", port=int(sys.argv[1]), generate_client_file=False, log_level="warning")
