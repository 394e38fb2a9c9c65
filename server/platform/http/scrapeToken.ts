import { randomBytes, timingSafeEqual } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Problem } from '../errors.ts';
import { replaceFile, type DataHome } from '../home.ts';

/** A token of another form is none: an empty file must not let in who sends nothing. */
const form = /^[\w-]{32,}$/;

function readScrapeToken({ scrapeTokenFile }: DataHome): string | undefined {
  try {
    const token = readFileSync(scrapeTokenFile, 'utf8').trim();
    return form.test(token) ? token : undefined;
  } catch {
    return undefined;
  }
}

/** Has the data home hold a token that opens `/metrics` and nothing else: what scrapes needs no more than that. The companion makes it, the gateway reads it. */
export function ensureScrapeToken(home: DataHome): void {
  if (readScrapeToken(home) === undefined) {
    replaceScrapeToken(home);
  }
}

export function replaceScrapeToken(home: DataHome): void {
  replaceFile(home.scrapeTokenFile, `${randomBytes(32).toString('base64url')}\n`);
}

/**
 * Wants the scrape token as `Authorization: Bearer TOKEN`. It is read anew each time, so that another one is in force at once.
 * @throws Problem `unauthenticated`
 */
export function requireScrapeToken(home: DataHome, authorization: string | undefined): void {
  const expected = Buffer.from(readScrapeToken(home) ?? '');
  const presented = Buffer.from(/^bearer (\S+)$/i.exec(authorization ?? '')?.[1] ?? '');
  if (expected.length === 0 || presented.length !== expected.length || !timingSafeEqual(presented, expected)) {
    throw new Problem('unauthenticated', presented.length === 0 ? 'A scrape token is needed.' : 'The scrape token is wrong.', { remedy: 'Run "slipway prometheus config": it names the file that holds it.' });
  }
}
