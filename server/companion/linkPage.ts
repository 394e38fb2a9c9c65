import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Request, Response } from 'express';
import { linkPageFile } from '../platform/resources.ts';

/** Nothing is loaded, sent or framed; the page's own script and style alone act. */
function policy(nonce: string): string {
  const own = `'nonce-${nonce}'`;
  return `default-src 'none'; script-src ${own}; style-src ${own}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;
}

/**
 * Answers the root with a page that holds no data and wants no token: the links that mlflow prints ("View run …") lead there. What they name stands in
 * the fragment, which a browser keeps to itself; the page says it and hands it over to the editor (extension/companion/links.ts).
 */
export function sendLinkPage(_request: Request, response: Response): void {
  const nonce = randomBytes(24).toString('base64url');
  response.setHeader('Content-Security-Policy', policy(nonce));
  response.setHeader('Referrer-Policy', 'no-referrer');
  response.setHeader('Cache-Control', 'no-store');
  response.type('text/html').send(readFileSync(linkPageFile, 'utf8').replaceAll('{nonce}', nonce));
}
