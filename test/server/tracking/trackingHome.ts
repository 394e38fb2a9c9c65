import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { prepareHome } from '../../../server/platform/home.ts';
import type { CompanionContext } from '../../../server/platform/context.ts';
import type { CompanionEvent } from '../../../server/contract/events.ts';
import { auditKeyOf } from '../../../server/governance/auditKey.ts';
import { createAuditLog, type AuditLog } from '../../../server/governance/auditLog.ts';
import { createLocalRegistry, type LocalRegistry } from '../../../server/registry/local/localRegistry.ts';
import type { BlobStore } from '../../../server/artifacts/blobs.ts';
import { createDiskBlobs } from '../../../server/artifacts/disk/diskBlobs.ts';
import { openContext } from '../../harness/companionContext.ts';
import { createLocalTracking, type LocalTracking } from '../../../server/tracking/local/localTracking.ts';

export interface TrackingHome {
  readonly root: string;
  readonly context: CompanionContext;
  readonly tracking: LocalTracking;
  readonly registry: LocalRegistry;
  readonly blobs: BlobStore;
  readonly audit: AuditLog;
  /** What was announced so far. */
  readonly events: CompanionEvent[];
  close(): void;
}

/** Tracking and registry on a real database and real files in a temporary folder. */
export function openTrackingHome(): TrackingHome {
  const root = mkdtempSync(path.join(tmpdir(), 'slipway-tracking-'));
  const home = prepareHome(root);
  const context = openContext(home);
  const { database } = context;
  const events: CompanionEvent[] = [];
  context.events.subscribe((event) => events.push(event));
  const audit = createAuditLog(database, auditKeyOf(randomBytes(32)));
  const blobs = createDiskBlobs(home.blobs);
  const tracking = createLocalTracking(context, blobs);
  const registry = createLocalRegistry(context, tracking, audit);
  return {
    root,
    context,
    tracking,
    registry,
    blobs,
    audit,
    events,
    close() {
      tracking.stop();
      database.close();
      rmSync(root, { recursive: true, force: true });
    },
  };
}

/** Text as the content of an artifact. */
// oxlint-disable-next-line typescript/require-await
export async function* content(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}
