"""Executes the sample notebook and lays its model out as a release folder: `python sample_release.py NOTEBOOK FOLDER`.

The release is FOLDER/release; its `model` folder is what `mlflow models serve` takes.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import mlflow
import nbclient
import nbformat
from replica import make_release


def main(notebook: Path, folder: Path) -> None:
    os.environ["MLFLOW_TRACKING_URI"] = f"sqlite:///{folder / 'mlflow.db'}"
    os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
    # The notebook logs its artifacts below the folder that it runs in.
    workspace = folder / "workspace"
    shutil.copytree(notebook.parent, workspace)
    nbclient.NotebookClient(nbformat.read(notebook, as_version=4), resources={"metadata": {"path": str(workspace)}}).execute()
    mlflow.set_tracking_uri(os.environ["MLFLOW_TRACKING_URI"])
    experiments = [experiment.experiment_id for experiment in mlflow.search_experiments()]
    [model] = mlflow.search_logged_models(experiments, output_format="list")
    os.chdir(workspace)
    make_release(folder / "release", Path(mlflow.artifacts.download_artifacts(model.artifact_location)))


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve())
