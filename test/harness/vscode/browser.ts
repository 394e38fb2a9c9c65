import { chromium, type Browser } from 'playwright-core';
import { requiredVariable } from '../../setup/codeServer.ts';

/** Starts the browser that `npm test` found or installed. */
export function launchBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: requiredVariable('SLIPWAY_TEST_BROWSER'),
    headless: process.env['SLIPWAY_TEST_HEADED'] !== '1',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--disable-dev-shm-usage',
    ],
  });
}

/** How long what a user would see soon may take on a loaded machine. */
export const patienceMilliseconds = 120_000;
