"""Make mlflow in a kernel that runs already log to the companion.

Sent to the kernel as text and executed there in a namespace of its own, so that no name is left behind, with `environment` (the variables), `folder`
(where `slipway` is found), `earlier` (tracking URIs that are replaced: those of companions before) and `asked` (whether the user wants it whatever the
kernel logs to). Prints the tracking URI that mlflow has then.
"""

import os
import sys

uri = environment["MLFLOW_TRACKING_URI"]
mlflow = sys.modules.get("mlflow")
named = os.environ.get("MLFLOW_TRACKING_URI", "")
if asked or not named or named in earlier:
    os.environ.update(environment)
    if folder not in sys.path:
        sys.path.append(folder)
    # mlflow reads the variable at each call, unless `set_tracking_uri` has named something else.
    if mlflow is not None and (asked or named in earlier) and mlflow.get_tracking_uri() != uri:
        mlflow.set_tracking_uri(uri)
print(mlflow.get_tracking_uri() if mlflow is not None else os.environ.get("MLFLOW_TRACKING_URI", ""))
