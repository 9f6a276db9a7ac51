/** Pictures of the README, by the test that walks the whole path: only when asked, so that a test changes no file. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { ROOT } from '../e2e/installation.ts';

const FOLDER = join(ROOT, 'docs/pictures');

/** What the reader of the page has on screen, in light; `npm run pictures` sets the variable. */
export async function readmePicture(page: Page, name: string): Promise<void> {
  if (process.env.TENANTRY_README_PICTURES !== '1') return;
  await mkdir(FOLDER, { recursive: true });
  await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' });
  await page.screenshot({ path: join(FOLDER, `${name}.png`), animations: 'disabled' });
  await page.emulateMedia({ colorScheme: null, reducedMotion: null });
}
