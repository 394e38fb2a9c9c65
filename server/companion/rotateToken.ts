import type { Caller } from '../contract/caller.ts';
import { openAudit } from '../governance/openAudit.ts';
import { openHomeDatabase } from '../platform/database/homeDatabase.ts';
import { requireHome } from '../platform/exclusiveHome.ts';
import { prepareHome } from '../platform/home.ts';
import { replaceScrapeToken } from '../platform/http/scrapeToken.ts';
import { replaceToken } from './token.ts';

/**
 * Gives a data home another token, with an entry in its audit log: who has the old one has nothing any more, kernels that were connected by it
 * included.
 * @throws Problem `conflict` while a companion has the data home
 */
export function rotateToken(root: string, actor: Caller): void {
  const home = prepareHome(root);
  const hold = requireHome(root);
  try {
    const database = openHomeDatabase(home);
    try {
      const audit = openAudit(home, database);
      replaceToken(home);
      replaceScrapeToken(home);
      audit.log.append({ actor, action: 'token.rotated', subject: 'data home', detail: {} });
      audit.keepHead();
    } finally {
      database.close();
    }
  } finally {
    hold.release();
  }
}
