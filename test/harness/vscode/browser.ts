import { chromium, type Browser, type Page } from 'playwright-core';
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

/** Without what moves in the window: a bar that runs while something is waited for is drawn sixty times a second. */
export async function keepStill(page: Page): Promise<void> {
  await page.addInitScript(() => {
    if (window === window.top) {
      document.addEventListener('DOMContentLoaded', () => {
        const style = document.createElement('style');
        style.textContent = '*, ::before, ::after { animation: none !important; transition: none !important }';
        document.head.append(style);
      });
    }
  });
}

/** How long what a user would see soon may take on a loaded machine. */
export const patienceMilliseconds = 120_000;
