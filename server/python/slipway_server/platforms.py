"""What the serving platforms of clouds ask of an image, beside what the server answers everywhere.

- Amazon SageMaker runs an image as `docker run IMAGE serve`, asks `GET /ping` and `POST /invocations` on port 8080, and gives another port as
  `SAGEMAKER_BIND_TO_PORT` where several containers share a host
  (https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-inference-code.html, .../build-multi-model-build-container.html).
- Vertex AI names port and routes by `AIP_HTTP_PORT`, `AIP_HEALTH_ROUTE` and `AIP_PREDICT_ROUTE`; a request is `{"instances": [...], "parameters": {...}}`,
  an answer `{"predictions": [...]}` (https://cloud.google.com/vertex-ai/docs/predictions/custom-container-requirements).
- Azure Machine Learning asks the routes that a deployment's `inference_config` names; its own servers have `/score`, and MLflow models take
  `{"input_data": {"columns": [...], "data": [...]}}` and answer the bare predictions
  (https://learn.microsoft.com/azure/machine-learning/how-to-deploy-mlflow-models-online-endpoints).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .errors import InvalidFormat, ReplicaError
from .signature import Signature


class InvalidPort(ReplicaError):
    exit_code = 19
    reason = "invalid-port"


@dataclass(frozen=True)
class Platform:
    """Port and routes that a platform chose; None where none did."""

    port: int | None = None
    health: str | None = None
    predict: str | None = None


def platform_of(environment: Mapping[str, str]) -> Platform:
    """Raises InvalidPort naming the variable."""
    for name in ("AIP_HTTP_PORT", "SAGEMAKER_BIND_TO_PORT"):
        text = environment.get(name, "")
        if text and not (text.isascii() and text.isdigit() and 0 < int(text) < 65536):
            raise InvalidPort(f"{name} is {text[:40]!r}, which is no port. Set it to a number from 1 to 65535, or unset it.")
        if text:
            return Platform(int(text), environment.get("AIP_HEALTH_ROUTE") or None, environment.get("AIP_PREDICT_ROUTE") or None)
    return Platform(None, environment.get("AIP_HEALTH_ROUTE") or None, environment.get("AIP_PREDICT_ROUTE") or None)


def from_vertex(document: dict, signature: Signature) -> dict:
    """MLflow's form of a request of Vertex AI. Rows without names are in the order of the signature. Raises InvalidFormat."""
    instances = document.get("instances")
    if not isinstance(instances, list) or document.keys() - {"instances", "parameters"}:
        raise InvalidFormat(f'The input must be a JSON dictionary with "instances", a list, and at most "parameters" beside it. Received the fields {sorted(map(str, document))[:20]}.')
    params = {} if document.get("parameters") is None else {"params": document["parameters"]}
    if signature.named and not signature.tensors and instances and all(isinstance(row, list) for row in instances):
        return {"dataframe_split": {"columns": [column.name for column in signature.columns], "data": instances}, **params}
    return {"instances": instances, **params}


def from_azure(document: dict) -> dict:
    """MLflow's form of what an MLflow model takes at Azure Machine Learning."""
    given = document["input_data"]
    params = {"params": document["params"]} if "params" in document else {}
    return {"dataframe_split" if isinstance(given, dict) and "data" in given else "inputs": given, **params}
