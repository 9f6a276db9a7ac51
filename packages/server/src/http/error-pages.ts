import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { ERROR_CODES, type ErrorCode, isErrorCode, TenantryError } from '@tenantry/contract';
import MarkdownIt from 'markdown-it';
import { z } from 'zod';
import { sendPage } from './html-page.ts';
import type { HttpServer } from './http-server.ts';

/** In a package the pages lie beside the built code; in a clone, above both `src` and `dist`. */
const FOLDERS = ['../docs/errors/', '../../../../docs/errors/'].map((path) => new URL(path, import.meta.url));

/** Serves the page of each code at the address that `type` of a problem names. */
export function serveErrorPages(server: HttpServer): void {
  const markdown = new MarkdownIt({ html: false, linkify: false });
  server.get(
    '/errors/:code',
    { config: { public: true }, schema: { hide: true, params: z.object({ code: z.string() }) } },
    async (request, reply) => {
      const { code } = request.params;
      if (!isErrorCode(code)) throw noSuchCode();
      return sendPage(reply, { title: code, body: markdown.render(await pageText(code)) });
    },
  );
}

/** The Markdown of the page, or of what the list of codes itself knows. `code` is one of a closed list, so no path. */
async function pageText(code: ErrorCode): Promise<string> {
  const folder = FOLDERS.find((url) => existsSync(fileURLToPath(url)));
  const { title, status } = ERROR_CODES[code];
  const fallback = `# ${code}\n\n${title}. The API answers it with status ${status}.\n`;
  if (folder === undefined) return fallback;
  return readFile(new URL(`${code}.md`, folder), 'utf8').catch(() => fallback);
}

const noSuchCode = (): TenantryError =>
  new TenantryError('request.not_found', 'There is no error of that code.', {
    next: 'Copy the code from the problem.',
  });
