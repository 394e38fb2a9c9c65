"""Loading a scikit-learn model by its MLmodel flavor, without mlflow."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable
from pathlib import Path

from .errors import InvalidRelease, ModelNotLoadable, UnsupportedFlavor, VersionMismatch
from .names import forget_names
from .release import Release
from .signature import Signature

PREDICT_METHODS = ("predict", "predict_proba", "predict_log_proba", "predict_joint_log_proba", "score")


class Model:
    """A loaded model.

    `on_matrix` says that it was fitted without feature names or does not use them: columns are given to it as one numpy
    matrix, which is several times faster than a DataFrame.
    """

    def __init__(self, estimator: object, method: str, signature: Signature):
        self.estimator = estimator
        self.method = method
        forget_names(estimator, signature)
        self.predict: Callable[[object], object] = getattr(estimator, method)
        self.on_matrix = hasattr(estimator, "n_features_in_") and not hasattr(estimator, "feature_names_in_")


def model_flavor(release: Release) -> tuple[dict, str]:
    """The flavor to load and the predict method. Raises UnsupportedFlavor naming what the model has."""
    flavors = release.mlmodel["flavors"]
    flavor = flavors.get("sklearn")
    if not isinstance(flavor, dict):
        names = ", ".join(sorted(flavors)) or "none"
        raise UnsupportedFlavor(f"The model has the flavors {names}; this server loads: sklearn. Log the model with mlflow.sklearn.")
    pyfunc = flavors.get("python_function") or {}
    method = str(pyfunc.get("predict_fn") or "predict")
    if method not in PREDICT_METHODS:
        raise UnsupportedFlavor(f"The model is to be called by {method}; supported are {', '.join(PREDICT_METHODS)}.")
    return flavor, method


def _model_path(release: Release, flavor: dict) -> Path:
    pyfunc = release.mlmodel["flavors"].get("python_function") or {}
    name = flavor.get("pickled_model") or flavor.get("model_path") or pyfunc.get("model_path")
    if not name:
        raise InvalidRelease("model/MLmodel does not name the model file (flavors.sklearn.pickled_model)")
    root = release.model_folder.resolve()
    path = (root / str(name)).resolve()
    if root not in path.parents:
        raise InvalidRelease(f"model/MLmodel names a model file outside of the model folder: {name}")
    if not path.is_file():
        raise InvalidRelease(f"the model file {name} is missing")
    return path


def _require_same_version(saved: str | None) -> None:
    """Refuse a model of another scikit-learn: it may load and then predict something else."""
    try:
        import sklearn
    except ImportError as error:
        raise ModelNotLoadable("scikit-learn is not installed in the serving environment. Add it to the model's requirements.") from error
    if saved and saved != sklearn.__version__:
        raise VersionMismatch(_version_message(saved, sklearn.__version__))


def _version_message(saved: str, installed: str) -> str:
    return (
        f"The model was saved with scikit-learn {saved}, but {installed} is installed in the serving environment. "
        f"Pin scikit-learn=={saved} in the model's requirements, or train the model again with {installed}."
    )


def _deserialize(path: Path, serialization: str, flavor: dict) -> object:
    if serialization == "skops":
        import skops.io

        return skops.io.load(path, trusted=flavor.get("skops_trusted_types") or None)
    if serialization == "joblib":
        import joblib

        return joblib.load(path)
    with path.open("rb") as stream:
        if serialization == "cloudpickle":
            import cloudpickle

            return cloudpickle.load(stream)
        import pickle

        return pickle.load(stream)


def _use_one_thread(estimator: object) -> None:
    """One row is slower on several threads; the server scales by processes."""
    parameters = getattr(estimator, "get_params", None)
    if parameters is None:
        return
    try:
        wanted = {key: 1 for key, value in parameters(deep=True).items() if key.split("__")[-1] == "n_jobs" and value not in (None, 1)}
        if wanted:
            estimator.set_params(**wanted)
    except Exception:
        # A custom estimator need not follow the conventions of get_params; it is then served as it is.
        return


def missing_package(name: str | None) -> str:
    return f"The model needs the package {name}, which is not installed in the serving environment. Add it to the model's requirements."


def _inconsistent_version_warning() -> type[Warning]:
    """What scikit-learn warns with when it loads an estimator of another version; scikit-learn < 1.3 has no class for it."""
    import sklearn.exceptions

    return getattr(sklearn.exceptions, "InconsistentVersionWarning", type("NeverRaised", (UserWarning,), {}))


def load_model(release: Release) -> Model:
    """Load the release's model.

    Raises a ReplicaError that says what to do: unsupported flavor, another scikit-learn version, a missing package, a
    file that cannot be read.
    """
    flavor, method = model_flavor(release)
    path = _model_path(release, flavor)
    serialization = str(flavor.get("serialization_format") or "pickle")
    if serialization not in ("pickle", "cloudpickle", "joblib", "skops"):
        raise UnsupportedFlavor(f"The model is serialized as {serialization}; supported are pickle, cloudpickle, joblib and skops.")
    for part in (flavor.get("code"), (release.mlmodel["flavors"].get("python_function") or {}).get("code")):
        folder = release.model_folder / str(part) if part else None
        if folder and folder.is_dir() and str(folder) not in sys.path:
            sys.path.insert(0, str(folder))
    _require_same_version(flavor.get("sklearn_version"))
    InconsistentVersionWarning = _inconsistent_version_warning()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", InconsistentVersionWarning)
            estimator = _deserialize(path, serialization, flavor)
    except InconsistentVersionWarning as error:
        raise VersionMismatch(_version_message(error.original_sklearn_version, error.current_sklearn_version)) from error
    except ModuleNotFoundError as error:
        raise ModelNotLoadable(missing_package(error.name)) from error
    except Exception as error:
        raise ModelNotLoadable(f"The model file {path.name} cannot be read as {serialization}: {type(error).__name__}: {error}") from error
    if not callable(getattr(estimator, method, None)):
        raise ModelNotLoadable(f"The model ({type(estimator).__name__}) has no method {method}.")
    _use_one_thread(estimator)
    return Model(estimator, method, release.signature)
