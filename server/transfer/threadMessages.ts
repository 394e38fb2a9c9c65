import type { CompanionEvent } from '../contract/events.ts';
import type { ErrorReason } from '../contract/errors.ts';
import type { TransferCredentials, TransferDirection, TransferPreview, TransferReport } from '../contract/transfer.ts';
import type { JobProgress } from './transferView.ts';

/** What the thread of one transfer is given. */
export interface TransferWorkerData {
  /** The data home, which is never read as a source. */
  readonly home: string;
  readonly database: string;
  readonly blobs: string;
  readonly id: string;
  readonly direction: TransferDirection;
  readonly location: string;
  readonly artifacts: string | undefined;
  /** Whether locations and links of the source may lead out of it. */
  readonly follow: boolean;
  readonly verify: 'digests' | 'sizes';
  readonly credentials: TransferCredentials | undefined;
  /** Interpreters to look for MLflow in, before those on PATH. */
  readonly pythons: readonly string[];
  /** Who is named where an import moves an alias. */
  readonly user: string;
}

/** From the thread: what changed, how far it is, and at last what came of it. */
export type FromTransfer =
  | { readonly type: 'event'; readonly event: CompanionEvent }
  | { readonly type: 'progress'; readonly progress: JobProgress }
  | { readonly type: 'report'; readonly report: TransferReport }
  | { readonly type: 'failure'; readonly reason: ErrorReason; readonly message: string };

/** To the thread. */
export type ToTransfer = { readonly type: 'cancel' };

/** What the thread of a preview is given. */
export type PreviewWorkerData = Pick<TransferWorkerData, 'home' | 'database' | 'blobs' | 'direction' | 'location' | 'credentials' | 'pythons'>;

/** The one message of the thread of a preview. */
export type PreviewAnswer =
  | { readonly ok: true; readonly found: Omit<TransferPreview, 'location' | 'kind' | 'before'> }
  | { readonly ok: false; readonly reason: ErrorReason; readonly message: string; readonly field?: string; readonly remedy?: string };
