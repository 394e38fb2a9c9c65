import { AllowanceNeeded } from '../../platform/allowanceNeeded.ts';
import { Problem } from '../../platform/errors.ts';

const network =
  /NewConnectionError|NameResolutionError|Name or service not known|Temporary failure in name resolution|ConnectTimeout|ReadTimeout|ConnectionRefused|Connection refused|ProxyError|SSLError|CERTIFICATE_VERIFY_FAILED|connection broken by|dns error|error sending request|Failed to fetch|operation timed out/i;
const missing = /No matching distribution found for (.+)|No solution found when resolving/;
/** What uv says of a package that has no wheel, and pip where it has none that fits or is not there at all. */
const onlySource = /Wheels are required for `([^`]+)`|requirement ([\w.-]+)\S* \(from versions: none\)/;
const hash = /DO NOT MATCH THE HASHES|Hash mismatch/i;
const wheel = /Failed (?:to build|building wheel for) ([\w.-]+)|subprocess-exited-with-error|metadata-generation-failed|Failed to build `([^`]+)`/;

/** What the tool ended with: uv's last error with its causes; all that pip wrote. */
function ending(lines: readonly string[]): readonly string[] {
  const start = lines.findLastIndex((line) => /^error:/.test(line));
  return start === -1 ? lines : lines.slice(start);
}

/** The first cause below uv's error; it may go on over several indented lines. */
function firstCause(lines: readonly string[]): string {
  const isCause = (line: string): boolean => /^\s*(cause:|╰─▶)/.test(line);
  const start = lines.findIndex(isCause);
  const following = start === -1 ? [] : lines.slice(start + 1);
  const end = following.findIndex(isCause);
  return [lines[start] ?? '', ...following.slice(0, end === -1 ? following.length : end)].map((line) => line.trim()).join(' ');
}

/** What is wrong, in the tool's own words. */
function lastError(lines: readonly string[]): string {
  const [first = '', ...rest] = ending(lines);
  const said = first.startsWith('error:')
    ? [first, firstCause(rest)]
    : // The line before "ResolutionImpossible" names the packages.
      [lines.find((line) => /^ERROR: Cannot install /.test(line)) ?? lines.findLast((line) => line.startsWith('ERROR:')) ?? lines.findLast((line) => line.trim() !== '') ?? 'no output'];
  const text = said.filter((line) => line !== '').map((line) => line.trim().replace(/^(ERROR:|error:|cause:|╰─▶)\s*/, '')).join(': ');
  return text.length > 600 ? `${text.slice(0, 600)}...` : text;
}

/**
 * What pip or uv said when it failed, as a problem with a remedy.
 * @param lines its output
 * @param purpose completes "could not ..."
 * @param canBuild whether a person may have packages built there
 */
export function packageProblem(lines: readonly string[], purpose: string, canBuild = false): Problem {
  const text = ending(lines).join('\n');
  const said = lastError(lines);
  if (/No space left on device|Errno 28|os error 28/.test(text)) {
    return new Problem('disk-full', `The disk is full: could not ${purpose}.`, { remedy: 'Free some space, then try again.' });
  }
  if (hash.test(text)) {
    return new Problem('conflict', `Could not ${purpose}: a package is not the one that was locked. ${said}`, {
      remedy: 'The index serves another file than before. Register the model again to resolve its packages anew.',
    });
  }
  // A host that cannot be reached ends as "no matching distribution" as well.
  if (network.test(text)) {
    return new Problem('unavailable', `Could not ${purpose}: the package index cannot be reached. ${said}`, {
      remedy: 'Check the network, and the index, proxy and CA settings of pip (pip config list).',
    });
  }
  const source = onlySource.exec(text);
  if (source !== null) {
    return sourceProblem(source[1] ?? source[2] ?? 'a package', source[1] !== undefined, `Could not ${purpose}: `, said, canBuild);
  }
  if (missing.test(text) || /ResolutionImpossible|conflicting dependencies|Couldn't parse requirement|Invalid requirement/.test(text)) {
    return new Problem('invalid-input', `Could not ${purpose}: ${said}`, {
      field: 'requirements.txt',
      remedy: 'Correct the requirements of the model (or the index that pip uses), then log and register it again.',
    });
  }
  if (wheel.test(text)) {
    const name = wheel.exec(text)?.[1];
    return new Problem('invalid-input', `Could not ${purpose}: ${name ?? 'a package'} has no wheel for this Python and failed to build. ${said}`, {
      field: 'requirements.txt',
      remedy: 'Install what the build needs, require a version that has a wheel, or choose another Python with slipway.python.',
    });
  }
  return new Problem('unavailable', `Could not ${purpose}: ${said}`, { remedy: 'See the build log: slipway logs.' });
}

/** A package without a wheel. @param isThere whether it is known that the index has its source */
function sourceProblem(name: string, isThere: boolean, failure: string, said: string, canBuild: boolean): Problem {
  const unknown = isThere ? '' : `The index has no wheel of ${name}, or no such package. `;
  if (!canBuild) {
    const what = isThere ? `${name} has no wheel for this Python, and nothing is built for an image, which has no compiler. ` : '';
    return new Problem('invalid-input', `${failure}${what}${said}`, { field: 'requirements.txt', remedy: `${unknown}Require a version that has a wheel, or deploy to the target process.` });
  }
  const what = isThere ? `${name} has no wheel for this Python, and building it would run its code on this machine. ` : '';
  return new AllowanceNeeded('invalid-input', `${failure}${what}${said}`, [{ kind: 'build', name }], {
    field: 'requirements.txt',
    remedy: `${unknown}Require a version that has a wheel, or, if you trust the package, deploy with --allow-build ${name}. The audit log keeps who allowed it.`,
  });
}

const steps = /^\s*(Collecting|Downloading|Using cached|Building|Preparing|Installing|Resolved|Prepared|Installed|Downloaded)\b/;

/** A line of pip or uv that is worth showing as progress, shortened; undefined for the rest. */
export function progressOf(line: string): string | undefined {
  if (!steps.test(line)) {
    return undefined;
  }
  const text = line.trim().replace(/ \(from .*$/, '').replace(/https?:\/\/\S+\/([^/\s]+)/, '$1');
  return text.length > 200 ? `${text.slice(0, 200)}...` : text;
}
