import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { prepareHome } from '../../../server/platform/home.ts';
import type { CompanionContext } from '../../../server/platform/context.ts';
import type { CompanionEvent } from '../../../server/contract/events.ts';
import type { Settings } from '../../../server/contract/settings.ts';
import { openContext } from '../../harness/companionContext.ts';

export interface CompanionParts {
  readonly context: CompanionContext;
  /** What was published so far. */
  readonly events: CompanionEvent[];
  close(): void;
}

/** A data home with its database, as every feature gets it, in a temporary folder. */
export function createCompanionParts(settings: Partial<Settings> = {}): CompanionParts {
  const root = mkdtempSync(path.join(tmpdir(), 'slipway-releases-'));
  const home = prepareHome(root);
  const context = openContext(home, settings);
  const events: CompanionEvent[] = [];
  context.events.subscribe((event) => events.push(event));
  return {
    context,
    events,
    close() {
      context.database.close();
      rmSync(root, { recursive: true, force: true });
    },
  };
}
