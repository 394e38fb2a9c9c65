import type { Caller } from '../../contract/caller.ts';
import type { Agreement } from '../../contract/rehearsal.ts';
import type { ModelVersion } from '../../contract/registry.ts';
import type { LiveTraffic } from '../../contract/timeline.ts';
import type { GatewayControl } from '../../gateway/control.ts';
import type { Releases as AllReleases } from '../../releases/releases.ts';

/** Says what goes on, for the journal. */
export type Progress = (message: string) => void;

/** What deployment needs of the registry. */
export interface Registry {
  /** @throws Problem `not-found` that names what exists, `unavailable` where a shared server does not answer */
  resolve(name: string, selector: number | string): ModelVersion | Promise<ModelVersion>;
  /**
   * Moves an alias to a version, where that is registered; called inside the transaction of a switch.
   * @param server URL of the MLflow server that holds the version; undefined for the companion's own registry
   * @returns what is still to come, for people
   */
  setAlias(name: string, alias: string, version: number, actor: Caller, server: string | undefined): string | undefined;
}

/** What deployment needs of the releases. */
export type Releases = Pick<
  AllReleases,
  'prepare' | 'foresee' | 'get' | 'facts' | 'list' | 'folder' | 'compare' | 'compareForeseen' | 'checkRunnable' | 'example' | 'recordExample' | 'setEndpointHistory' | 'venvs' | 'images'
>;

/** What deployment needs of the gateway. */
export type Gateway = Pick<GatewayControl, 'url' | 'apply' | 'ensureRunning' | 'hasDied' | 'inFlight' | 'statistics' | 'shadow' | 'shadowAnswers' | 'losses' | 'modelErrors' | 'stop' | 'letGo'>;

/** One prediction as it was answered. */
export type AnswerValue = string | number | boolean;

/** A request that a release has answered, whole, with its answer. */
export interface RecordedRequest {
  readonly id: string;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly path: string;
  readonly contentType: string;
  readonly request: string;
  readonly response: string;
  /** Microseconds at the gateway. */
  readonly latencyUs: number;
}

/** What deployment needs of the inference log. */
export interface RequestLog {
  /** How many requests of an endpoint it has since a time, in epoch milliseconds. */
  count(input: { readonly endpoint: string; readonly since: number }): Promise<number>;
  /**
   * What each of some releases has answered since a time: of the latest requests a bounded number of rows, in the order of `releases`.
   * Only answers whose bodies are in the kept sample are there.
   * @param input.since epoch milliseconds
   */
  answers(input: { readonly endpoint: string; readonly releases: readonly string[]; readonly since: number }): Promise<readonly (readonly AnswerValue[])[]>;
  /** Requests that a release has answered, from the latest part of the log: a sample by the hash of their ids, the earliest first. */
  recorded(input: { readonly endpoint: string; readonly release: string; readonly limit: number }): Promise<readonly RecordedRequest[]>;
  /**
   * How far two releases agree, row by row, where they do not, and who was right where labels have come.
   * @param input.release the live one, whose inputs name the columns
   */
  compare(input: {
    readonly endpoint: string;
    readonly release: string;
    readonly pairs: readonly { readonly id: string; readonly contentType: string; readonly request: string; readonly live: string; readonly fresh: string }[];
  }): Promise<Agreement>;
  /**
   * As {@link compare}, for copies of requests that the log has with the live release's answers.
   * @param input.since epoch milliseconds from when the copies were made
   */
  compareCopies(input: {
    readonly endpoint: string;
    readonly release: string;
    readonly since: number;
    readonly answers: readonly { readonly id: string; readonly response: string }[];
  }): Promise<Agreement>;
  /**
   * Traffic of each time in which a release was live, in their order, and the last five minutes of the one that goes on.
   * @param input.spans all of the endpoint, in epoch milliseconds
   */
  liveTraffic(input: {
    readonly endpoint: string;
    readonly spans: readonly { readonly release: string; readonly from: number; readonly until: number | undefined }[];
  }): Promise<{ readonly spans: readonly LiveTraffic[]; readonly recent: LiveTraffic | undefined }>;
}
