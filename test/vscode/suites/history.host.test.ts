import { test } from 'node:test';
import { makeWorkspace } from '../../harness/vscode/notebook.ts';
import { runSlipwaySuite } from './slipwaySuite.ts';

const dot = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
const cells = [
  'rate = 0.5',
  'print(f"rate {rate}")\nrate * 2',
  'password = "hunter2-abcdef"',
  'print("as", password)\npassword',
  'raise ValueError(password)',
  `import base64\nfrom IPython.display import Image\nImage(base64.b64decode("${dot}"))`,
];

test('a notebook can be read and compared as it was at a run', (t) =>
  runSlipwaySuite(t, { suite: new URL('./history.suite.ts', import.meta.url), workspace: makeWorkspace(cells) }));
