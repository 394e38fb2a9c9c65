"""A process that compares the columns of a folder with Evidently: `python drift_work.py FOLDER COLUMNS`. Prints seconds, the largest memory in MB and the scores."""

import json
import resource
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd

sys.path.append(str(Path(__file__).parents[2] / "python" / "drift"))

from evidently_library import use_evidently

use_evidently()

from evidently.legacy.calculations.stattests.registry import get_stattest  # noqa: E402
from evidently.legacy.core import ColumnType  # noqa: E402

folder, columns = Path(sys.argv[1]), int(sys.argv[2])
begin = time.perf_counter()
# One frame a side, as it wants them.
baseline, window = (pd.DataFrame({str(index): np.fromfile(folder / f"{side}-{index}") for index in range(columns)}) for side in ("baseline", "window"))
scores = []
for name in baseline:
    before, now = (side[name].replace([-np.inf, np.inf], np.nan).dropna() for side in (baseline, window))
    test = get_stattest(before, now, ColumnType.Numerical, None)
    scores.append(float(test(before, now, ColumnType.Numerical, None).drift_score))
seconds = time.perf_counter() - begin
print(json.dumps({"seconds": seconds, "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000, "scores": scores}))
