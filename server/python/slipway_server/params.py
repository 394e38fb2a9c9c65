"""What a request gives beside its rows: MLflow's `params`, the `parameters` of the Open Inference Protocol."""

from __future__ import annotations

import numpy as np

from .errors import InvalidParameters
from .signature import Signature

_PARAMETER_TYPES = {
    "boolean": (bool, np.bool_),
    "integer": (int,),
    "long": (int,),
    "float": (int, float),
    "double": (int, float),
    "string": (str,),
    "datetime": (str,),
}


def checked_params(params: object, signature: Signature) -> dict | None:
    """Those of `params` that the signature names, of its types. A signature without params ignores all, as MLflow does."""
    if signature.params is None or params is None:
        return None
    if not isinstance(params, dict):
        raise InvalidParameters(f"Parameters must be a dictionary. Got type '{type(params).__name__}'.")
    for parameter in signature.params:
        value = params.get(parameter.name)
        if value is None:
            continue
        values = value if parameter.shape is not None and isinstance(value, list) else [value]
        allowed = _PARAMETER_TYPES.get(parameter.type, (object,))
        for item in values:
            if not isinstance(item, allowed) or (isinstance(item, bool) and bool not in allowed and object not in allowed):
                raise InvalidParameters(
                    f"Invalid parameters found: {parameter.name}: cannot safely convert {type(item).__name__} to {parameter.type}"
                )
    return {parameter.name: params[parameter.name] for parameter in signature.params if params.get(parameter.name) is not None}
