import type { Severity } from '../../contract/alerts.ts';
import type { ChannelField } from '../../contract/channels.ts';
import { Problem } from '../../platform/errors.ts';

export interface ToldAlert {
  readonly rule: string;
  readonly summary: string;
  readonly severity: Severity;
  /** Epoch milliseconds. */
  readonly firedAt: number;
  readonly resolvedAt: number | null;
  /** Who looks after its rule, and the address of what to do; empty where nobody has said. */
  readonly owner: string;
  readonly runbook: string;
}

/** What a channel tells: an incident as it is now, with all of its alerts. */
export interface AlertMessage {
  readonly event: 'firing' | 'resolved' | 'test';
  /** The same for every message about an incident, also after a restart, and of no other one. */
  readonly key: string;
  readonly endpoint: string;
  readonly severity: Severity;
  /** One line. */
  readonly title: string;
  readonly openedAt: number;
  readonly resolvedAt: number | null;
  readonly alerts: readonly ToldAlert[];
  /** What it may come from, one line each; absent in a test, empty once it is resolved. */
  readonly suspects?: readonly string[];
}

/** Some were told and the others never will be, as `to` has an address that the server refuses: it fails, and its end is told to those who know of it. */
export class ToldInPart extends Problem {}

/** A way of telling somebody. */
export interface Channel {
  readonly kind: string;
  readonly label: string;
  readonly fields: readonly ChannelField[];
  /**
   * Looks at what was given for the fields before the channel is added; secrets that were kept before are not among them.
   * @throws Problem `invalid-input` that names the field
   */
  check?(values: Readonly<Record<string, string>>): void;
  /**
   * Delivers. A message may come again after a crash: its key tells.
   * @param values of the fields, those that are not required may be missing
   * @param page the incident as one HTML page; a test has none
   * @throws Problem `unavailable` for what is tried again, another reason for what would fail again
   */
  send(message: AlertMessage, values: Readonly<Record<string, string>>, signal: AbortSignal, page: () => string | undefined): Promise<void>;
}
