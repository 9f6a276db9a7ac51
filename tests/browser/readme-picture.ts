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

const PHONE = { width: 390, height: 844 };

/** For people who want to look at a page as it is just now, in both themes and on a phone: `TENANTRY_PICTURES=FOLDER`. */
export async function look(page: Page, name: string): Promise<void> {
  const folder = process.env.TENANTRY_PICTURES;
  if (folder === undefined) return;
  await mkdir(folder, { recursive: true });
  const size = page.viewportSize();
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await page.screenshot({ path: join(folder, `${name}-${colorScheme}.png`), fullPage: true });
  }
  await page.setViewportSize(PHONE);
  await page.screenshot({ path: join(folder, `${name}-phone.png`), fullPage: true });
  await page.emulateMedia({ colorScheme: null, reducedMotion: null });
  if (size !== null) await page.setViewportSize(size);
}
