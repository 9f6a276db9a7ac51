/** Serves the pages that `help` of a step names, under the very path it names: `docs/troubleshooting/database.md`. */
import { existsSync, readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { TenantryError } from '@tenantry/contract';
import MarkdownIt from 'markdown-it';
import { z } from 'zod';
import { sendPage } from './html-page.ts';
import type { HttpServer } from './http-server.ts';

/** In a package the pages lie beside the built code; in a clone, above both `src` and `dist`. */
const DOCS = ['../docs/', '../../../../docs/'].map((path) => new URL(path, import.meta.url));
/** Those that pages for operators lead to. */
const FOLDERS = ['troubleshooting', 'guide'] as const;

export function serveHelpPages(server: HttpServer): void {
  const pages = findPages();
  const markdown = withAnchors(new MarkdownIt({ html: false, linkify: false }));
  server.get(
    '/docs/:folder/:page',
    { config: { public: true }, schema: { hide: true, params: z.object({ folder: z.string(), page: z.string() }) } },
    async (request, reply) => {
      const name = `${request.params.folder}/${request.params.page}`;
      const url = pages.get(name);
      if (url === undefined) throw noSuchPage();
      return sendPage(reply, { title: name.replace(/\.md$/, ''), body: markdown.render(await readFile(url, 'utf8')) });
    },
  );
}

/** What is there when the server starts: a name out of this list is no path. */
function findPages(): ReadonlyMap<string, URL> {
  const docs = DOCS.find((url) => existsSync(fileURLToPath(new URL('troubleshooting/', url))));
  if (docs === undefined) return new Map();
  return new Map(
    FOLDERS.flatMap((folder) => {
      const home = new URL(`${folder}/`, docs);
      const names = existsSync(fileURLToPath(home)) ? readdirSync(fileURLToPath(home)) : [];
      return names
        .filter((one) => /^[\w-]+\.md$/.test(one))
        .map((one) => [`${folder}/${one}`, new URL(one, home)] as const);
    }),
  );
}

type Markdown = InstanceType<typeof MarkdownIt>;

/** Headings get the ids that GitHub gives them, so that a link to a section leads there on both. */
function withAnchors(markdown: Markdown): Markdown {
  markdown.core.ruler.push('anchors', ({ tokens }) => {
    for (const [at, token] of tokens.entries()) {
      if (token.type === 'heading_open') token.attrSet('id', anchorOf(tokens[at + 1]?.content ?? ''));
    }
  });
  return markdown;
}

const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(' ', '-');

const noSuchPage = (): TenantryError =>
  new TenantryError('request.not_found', 'There is no such page.', {
    next: 'Begin at /docs/troubleshooting/README.md.',
  });
