/** A real Chromium: the one that is named or installed, else the one that npm brings. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import packed from '@sparticuz/chromium';
import { type Browser, chromium } from 'playwright-core';

const INSTALLED = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

const HOW_TO =
  'Install Chrome or Chromium, or name one in CHROME_PATH. The one that npm brings runs on Linux x64 and needs the system packages libnss3, libnspr4 and libexpat1.';

export interface OpenedChromium {
  readonly browser: Browser;
  close(): Promise<void>;
}

/** Answers why there is none as a text, so that a test that leaves itself out says so. */
export async function openChromium(): Promise<OpenedChromium | string> {
  const named = process.env.CHROME_PATH;
  const installed = named ?? INSTALLED.find((path) => existsSync(path));
  // The packed one takes up whatever `chromium` it finds in the temporary folder, of any version.
  const folder = mkdtempSync(join(tmpdir(), 'tenantry-browser-'));
  const outer = process.env.TMPDIR;
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  try {
    process.env.TMPDIR = folder;
    const executablePath = installed ?? (await packed.executablePath());
    const args = installed === undefined ? packed.args : ['--no-sandbox'];
    const browser = await chromium.launch({ executablePath, args, headless: true });
    return {
      browser,
      close: async () => {
        await browser.close();
        remove();
      },
    };
  } catch (error) {
    remove();
    // What was named must run: a silent fall-back would test another browser than the one asked for.
    if (named !== undefined) throw error;
    return `No browser could be started. ${HOW_TO} (${String(error).split('\n')[0]})`;
  } finally {
    if (outer === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = outer;
  }
}
