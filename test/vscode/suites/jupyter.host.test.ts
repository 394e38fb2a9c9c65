import { test } from 'node:test';
import { makeWorkspace } from '../../harness/vscode/notebook.ts';
import { runSlipwaySuite } from './slipwaySuite.ts';

const training = [
  'import pandas as pd',
  'from sklearn.linear_model import LinearRegression',
  'from sklearn.pipeline import make_pipeline',
  'from sklearn.preprocessing import StandardScaler',
  'people = pd.DataFrame({"age": range(20), "income": range(20, 40)})',
  'model = make_pipeline(StandardScaler(), LinearRegression()).fit(people, people["age"])',
  'result = LinearRegression().fit(people, people["age"])',
  'later = LinearRegression()',
  'wide = pd.DataFrame({str(column): range(20) for column in range(7)})',
  'target = people["age"]',
];

test('the kernel API of the Jupyter extension is used where it is present', (t) =>
  runSlipwaySuite(t, {
    suite: new URL('./jupyter.suite.ts', import.meta.url),
    workspace: makeWorkspace([training.join('\n'), 'import time\ntime.sleep(6)', 'sorted(name for name in dir() if not name.startswith("_"))', 'import os\nos.environ.get("MLFLOW_TRACKING_URI", "none")']),
    jupyter: true,
  }));
