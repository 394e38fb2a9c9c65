"""Errors as named classes: what a client did wrong, and why a replica cannot serve."""

from __future__ import annotations

import os


class RequestError(Exception):
    """A request that is answered with an error.

    `error_code` is one of MLflow's codes; `status` is the HTTP status that MLflow's scoring server gives it.
    """

    status = 400
    error_code = "BAD_REQUEST"
    error_class: str | None = None

    def __init__(self, message: str):
        super().__init__(message)
        self.message = message

    def as_json(self) -> dict:
        body = {"error_code": self.error_code, "message": self.message}
        if self.error_class:
            body["error_class"] = self.error_class
        return body


class InvalidInput(RequestError):
    """The body cannot be read, or a value cannot be converted to its column's type. `at` is the column and the value, where one is at fault."""

    def __init__(self, message: str, at: tuple[object, object] = ("", "")):
        super().__init__(f"Invalid input. {message}")
        self.at = at


class InvalidFormat(RequestError):
    """The body does not hold exactly one of the input formats."""


class SchemaMismatch(RequestError):
    """The input was read but does not have the columns or the shape that the signature asks for."""

    error_code = "INVALID_PARAMETER_VALUE"
    error_class = "SCHEMA_ENFORCEMENT_FAILED"

    def __init__(self, message: str):
        super().__init__(f"Failed to predict data. \nError: Failed to enforce schema of data. Error: {message}")


class InvalidParameters(RequestError):
    """`params` does not fit the parameters of the signature."""

    error_code = "INVALID_PARAMETER_VALUE"


class PredictionFailed(RequestError):
    """The model raised on input that the signature accepts. The reason is logged, never sent: it can hold paths and code.

    `/invocations` answers it with MLflow's 400 (`mlflow.pyfunc.scoring_server`), the Open Inference Protocol with a 500, as
    MLServer does; the header `x-slipway-outcome` tells it from a refusal.
    """

    open_inference_status = 500

    def __init__(self, faults: str = ""):
        """`faults` names what in the request may be why, each as a sentence after a space."""
        super().__init__(
            "Encountered an unexpected error while evaluating the model. Verify that the serialized input "
            f"Dataframe is compatible with the model for inference.{faults}"
        )


class UnsupportedMediaType(RequestError):
    """Answered as plain text, as MLflow does."""

    status = 415
    error_code = "BAD_REQUEST"


class TooLarge(RequestError):
    """The body is larger than the release allows."""

    status = 413
    error_code = "REQUEST_LIMIT_EXCEEDED"

    def __init__(self, limit: int):
        super().__init__(f"The request body is larger than {limit} bytes, the limit of this release. Send fewer rows at once, or deploy the model with a greater --max-body.")


class NotReady(RequestError):
    """The model is not loaded yet, or the server is shutting down."""

    status = 503
    error_code = "TEMPORARILY_UNAVAILABLE"


class NotFound(RequestError):
    status = 404
    error_code = "ENDPOINT_NOT_FOUND"


def cage_remedy(error: BaseException) -> str:
    """What to do where the cage of the replica may have refused what a model wanted; empty otherwise."""
    if "SLIPWAY_CAGE" not in os.environ or "Permission denied" not in str(error):
        return ""
    return (
        " A replica reads its own model and environment alone and uses no network. If this model is to have more, deploy it with "
        "--allow-folder FOLDER or --allow-network."
    )


class ReplicaError(Exception):
    """The replica cannot serve this release. `exit_code` and `reason` are stable: callers key on them."""

    exit_code = 1
    reason = "replica-error"


class DecisionRefused(ReplicaError):
    """The release is to decide among classes in a way that its model does not allow."""

    exit_code = 18
    reason = "decision-refused"


class FunctionRefused(ReplicaError):
    """A function of the release's own, before or after its model, cannot be loaded."""

    exit_code = 19
    reason = "function-refused"


class InvalidRelease(ReplicaError):
    exit_code = 10
    reason = "invalid-release"


class UnsupportedFlavor(ReplicaError):
    exit_code = 11
    reason = "unsupported-flavor"


class DigestMismatch(ReplicaError):
    exit_code = 12
    reason = "digest-mismatch"


class ModelNotLoadable(ReplicaError):
    exit_code = 13
    reason = "model-not-loadable"


class VersionMismatch(ReplicaError):
    exit_code = 14
    reason = "version-mismatch"

    @classmethod
    def of(cls, label: str, package: str, saved: str, installed: str) -> VersionMismatch:
        """A model that was saved with another version of its library than the environment has."""
        return cls(
            f"The model was saved with {label} {saved}, but {installed} is installed in the serving environment. "
            f"Pin {package}=={saved} in the model's requirements, or train the model again with {installed}."
        )


class WarmUpFailed(ReplicaError):
    exit_code = 15
    reason = "warm-up-failed"


class AddressInUse(ReplicaError):
    exit_code = 16
    reason = "address-in-use"


class ImportRefused(ReplicaError):
    """A pickle of the model imports what models may not. `allowable` has what a person may allow so that it is loaded, each with `file`, `name` and `why`."""

    exit_code = 17
    reason = "import-refused"

    def __init__(self, message: str, allowable: list[dict[str, str]]):
        super().__init__(message)
        self.allowable = allowable
