import type { Decision, Explanation, Fed, LiveAt, TracedFile } from '../lineage.ts';
import { servingSettings, servingWords, shownServing } from '../servingConfig.ts';
import { formatBytes } from './bytes.ts';
import { shortDigest } from './digests.ts';
import { plural } from './plural.ts';
import { formatTime } from './times.ts';

/** Who brought a release to an endpoint, when and why. */
export function describeDecision({ kind, at, by, program, reason, entry, promotedBy }: Decision): string {
  const who = program === 'companion' ? 'Slipway by itself' : by;
  return [
    `${kind} by ${who}, ${formatTime(at)}`,
    ...(promotedBy.length === 0 ? [] : [`promoted by ${promotedBy.join(', ')}`]),
    ...(reason === undefined || reason === '' ? [] : [reason]),
    `entry ${entry} of the audit log`,
  ].join('; ');
}

const states: Readonly<Record<string, string>> = {
  same: 'is still the same',
  changed: 'has other content now',
  gone: 'is gone',
  'not-read': 'cannot be read now',
};

/** A data file as it was, and what has become of it. */
export function describeTraced({ path, sha256, bytes, state }: TracedFile): string {
  return `${path}, sha256 ${shortDigest(sha256)}, ${formatBytes(bytes)}; ${states[state] ?? state}`;
}

/** The settings by which a release decides, where it has them. */
function decides({ release, scores }: Explanation): string {
  const set = servingSettings.filter((setting) => ['method', 'threshold', 'costs', 'before', 'after'].includes(setting.name) && release !== undefined && servingWords(setting, release.serving).length > 0);
  const settings = release === undefined ? [] : set.map((setting) => `${setting.label.toLowerCase()} ${shownServing(setting, release.serving)}`);
  return [...(settings.length === 0 ? ['as the model was logged to be called'] : settings), ...(scores === undefined ? [] : [`scores ${scores.slice(0, 20).join(', ')}${scores.length > 20 ? ', …' : ''}`])].join('; ');
}

/** An explanation as pairs of what and value, from the answer back to the data. */
export function explanationFacts(explanation: Explanation): readonly (readonly [string, string])[] {
  const { endpoint, request, release, version, decision, run, cell, git, data, notKnown } = explanation;
  return [
    ['request', `${request.requestId} to ${endpoint}, ${formatTime(request.at)}: status ${request.status}${request.modelError === true ? ', the model raised' : ''}, ${request.latencyMs.toFixed(1)} ms`],
    ...(request.request === '' ? [] : [['asked', request.request] as const]),
    ...(request.response === '' ? [] : [['answered', request.response] as const]),
    ...(release === undefined ? [] : [['decided', decides(explanation)] as const]),
    ...(version === undefined ? [] : [['version', `${version.model}:${version.version}${version.registeredAt === undefined ? '' : `, registered ${formatTime(version.registeredAt)}`}`] as const]),
    ...(release === undefined
      ? []
      : ([
          ['release', `${shortDigest(release.digest)}, made ${formatTime(release.createdAt)}`],
          ['environment', `Python ${release.environment.python}, ${plural(release.environment.packages, 'package')}, lock ${shortDigest(release.environment.sha256)}`],
        ] as const)),
    ...(decision === undefined ? [] : [['live by', describeDecision(decision)] as const]),
    ...(run === undefined ? [] : [['run', `${run.name} (${run.runId}) of ${run.user}, ${formatTime(run.startedAt)}`] as const]),
    ...(cell === undefined ? [] : [['cell', `${cell.notebook}, cell ${cell.cellIndex + 1}`] as const]),
    ...(git === undefined ? [] : [['code', `commit ${git.commit.slice(0, 12)}${git.dirty ? ', with changes that were not committed' : ''}`] as const]),
    ...data.map((file) => ['data', describeTraced(file)] as const),
    ...notKnown.map((text) => ['not known', text] as const),
  ];
}

/** A version that a file feeds, in a few words, such as `trained churn v7 (live)`. */
export function describeFed({ model, version, aliases, liveOn }: Fed): string {
  const is = [...(liveOn.length === 0 ? [] : ['live']), ...aliases.map((alias) => `@${alias}`)];
  return `trained ${model} v${version}${is.length === 0 ? '' : ` (${is.join(', ')})`}`;
}

/** What the badge of a file says of all that it feeds: `badge` is at most two letters. Undefined for a file that feeds nothing. */
export function fileBadge(fed: readonly Fed[]): { readonly badge: string; readonly tooltip: string } | undefined {
  if (fed.length === 0) {
    return undefined;
  }
  const [live, others] = [fed.filter(({ liveOn }) => liveOn.length > 0), fed.filter(({ liveOn }) => liveOn.length === 0)];
  const shown = [...live, ...others].slice(0, 3).map(describeFed);
  return { badge: live.length > 0 ? 'L' : 'T', tooltip: `${shown.join(', ')}${fed.length > 3 ? ` and ${plural(fed.length - 3, 'more version')}` : ''}` };
}

/** Until when an endpoint served what it did, and whether it was stopped then. */
export function describeEnd({ ended, stopped }: LiveAt): string {
  if (stopped !== undefined) {
    return `stopped by ${stopped.by}, ${formatTime(stopped.at)}`;
  }
  return ended === undefined ? 'still' : `${formatTime(ended.at)} (${ended.action} by ${ended.by})`;
}
