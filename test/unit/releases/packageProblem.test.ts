import assert from 'node:assert/strict';
import { test } from 'node:test';
import { allowableOf } from '../../../server/platform/allowanceNeeded.ts';
import { packageProblem, progressOf } from '../../../server/releases/environments/packageProblem.ts';

const purpose = 'resolve the packages of the model';

test('a package that is not there is named', () => {
  const problem = packageProblem(
    ['Collecting six', 'ERROR: Could not find a version that satisfies the requirement nope==9 (from versions: none)', 'ERROR: No matching distribution found for nope==9'],
    purpose,
  );
  assert.equal(problem.reason, 'invalid-input');
  assert.equal(problem.message, 'Could not resolve the packages of the model: No matching distribution found for nope==9');
});

test('an index that cannot be reached is told apart from a package that is not there', () => {
  const problem = packageProblem(
    [
      "WARNING: Retrying (Retry(total=0)) after connection broken by 'NewConnectionError('Failed to establish a new connection: [Errno -2] Name or service not known')': /simple/six/",
      'ERROR: Could not find a version that satisfies the requirement six (from versions: none)',
      'ERROR: No matching distribution found for six',
    ],
    purpose,
  );
  assert.equal(problem.reason, 'unavailable');
  assert.match(problem.remedy ?? '', /pip config list/);
});

test('the packages that contradict each other are named', () => {
  const problem = packageProblem(
    ['ERROR: Cannot install numpy==1.26 and numpy==2.0 because these package versions have conflicting dependencies.', 'ERROR: ResolutionImpossible: for help visit a page'],
    purpose,
  );
  assert.equal(problem.reason, 'invalid-input');
  assert.match(problem.message, /numpy==1\.26 and numpy==2\.0/);
});

test("uv's last error counts, not the warnings before it", () => {
  const problem = packageProblem(
    [
      'warning: a Python could not be fetched',
      '  cause: dns error',
      'error: No solution found when resolving dependencies',
      '  cause: Because all of:',
      '             six==1 is yanked',
      '         we can conclude that your requirements are unsatisfiable.',
      '  cause: something deeper',
    ],
    purpose,
  );
  assert.equal(problem.reason, 'invalid-input');
  assert.match(problem.message, /Because all of: six==1 is yanked we can conclude that your requirements are unsatisfiable\.$/);
});

test('a full disk, a changed package and a failed build each have their own reason', () => {
  assert.equal(packageProblem(['ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device'], purpose).reason, 'disk-full');
  assert.equal(packageProblem(['ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.'], purpose).reason, 'conflict');
  assert.match(packageProblem(['ERROR: Failed building wheel for annoy', 'ERROR: Could not build wheels for annoy'], purpose).message, /annoy has no wheel/);
});

test('progress shows what is collected, without addresses', () => {
  assert.equal(progressOf('Collecting scipy>=1.6.0 (from scikit-learn==1.6.1->-r requirements.txt (line 2))'), 'Collecting scipy>=1.6.0');
  assert.equal(progressOf('  Downloading https://user:secret@example.org/packages/six-1.16.0-py2.py3-none-any.whl (11 kB)'), 'Downloading six-1.16.0-py2.py3-none-any.whl (11 kB)');
  assert.equal(progressOf('Looking in indexes: https://example.org/simple'), undefined);
});

test('a requirement that neither tool can read is wrong, and no trouble of the network', () => {
  for (const lines of [
    ["error: Couldn't parse requirement in `requirements.txt` at position 0", "  cause: after parsing `0.0.1`, found `.never`, which is not part of a valid version", 'six==0.0.1.never'],
    ["ERROR: Invalid requirement: 'six==0.0.1.never'", '    six==0.0.1.never', '       ~~~~~^'],
  ]) {
    const problem = packageProblem(lines, purpose);
    assert.deepEqual([problem.reason, problem.field], ['invalid-input', 'requirements.txt']);
    assert.match(problem.message, /never/);
  }
});

const noWheel = [
  'error: No solution found when resolving dependencies',
  '  cause: Because annoy==1.17 has no usable wheels and you require annoy==1.17, we can conclude that your requirements are unsatisfiable.',
  '',
  'hint: Wheels are required for `annoy` because building from source is disabled for all packages (i.e., with `--no-build`)',
];

test('a package that would have to be built is named with the flag by which a person says so', () => {
  const problem = packageProblem(noWheel, purpose, true);
  assert.equal(problem.reason, 'invalid-input');
  assert.match(problem.message, /annoy has no wheel for this Python.*annoy==1\.17 has no usable wheels/);
  assert.match(problem.remedy ?? '', /--allow-build annoy/);
  assert.deepEqual(allowableOf(problem), [{ kind: 'build', name: 'annoy' }]);
  const inImage = packageProblem(noWheel, purpose);
  assert.match(inImage.message, /an image, which has no compiler/);
  assert.doesNotMatch(inImage.remedy ?? '', /--allow-build/);
  assert.deepEqual(allowableOf(inImage), []);
});
