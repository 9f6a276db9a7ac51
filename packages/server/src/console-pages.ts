/** `/console/` and `/portal/`: the bundled pages, under a policy that lets nothing run but their own files. */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { extname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { TenantryError } from '@tenantry/contract';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type HttpServer, sendPage } from './http/index.ts';
import { filesOfEntry, SERVICE_WORKER_POLICY, serviceWorkerScript } from './service-worker.ts';

export interface ConsolePagesOptions {
  readonly development: boolean;
  /** No slash at its end. */
  readonly publicUrl: string;
  /** Where the bundle lies; where the build leaves it unless told. */
  readonly folder?: string;
}

interface BuiltFile {
  readonly type: string;
  readonly bytes: Buffer;
  readonly gzipped: Buffer;
}

const NONCE_PLACE = /NONCE_OF_THIS_PAGE/g;
const NONCE_BYTES = 18;

const TYPES: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.html': 'text/html; charset=utf-8',
  '.woff2': 'font/woff2',
};

/** Everything is named by its content but the pages themselves and what stands in `public`. */
const isHashed = (path: string): boolean => path.startsWith('assets/');

/**
 * Checking a client file compiles its schema into a function, which is the one thing here that needs `unsafe-eval`.
 * It runs in a worker, where this policy holds alone: no document, no network, nothing but the file it was handed.
 */
const isCheckingWorker = (path: string): boolean => /^assets\/check-worker-[\w-]+\.js$/.test(path);
const WORKER_POLICY = "default-src 'none'; script-src 'self' 'unsafe-eval'";

const PAGES = [
  { prefix: '/console', page: 'index.html' },
  { prefix: '/portal', page: 'portal.html' },
] as const;

/** Registers both pages. Any address under them that is no file is the page itself, whose script knows its own paths. */
export function serveConsole(server: HttpServer, options: ConsolePagesOptions): void {
  const folder = options.folder ?? bundleFolder();
  let files: Promise<ReadonlyMap<string, BuiltFile>> | undefined;
  // Read when it is first asked for: a process that nobody looks at through a browser pays nothing.
  const bundle = (): Promise<ReadonlyMap<string, BuiltFile>> => {
    files ??= readBundle(folder);
    return files;
  };
  const base = new URL(options.publicUrl).pathname.replace(/\/$/, '');
  const route = { config: { public: true }, schema: { hide: true } } as const;
  for (const { prefix, page } of PAGES) {
    server.get(prefix, route, async (_request, reply) => reply.redirect(`${base}${prefix}/`, 308));
    server.get(`${prefix}/*`, route, async (request, reply) => {
      const built = await bundle();
      const path = (request.params as { readonly '*': string })['*'];
      if (path === 'sw.js') return sendWorker(reply, built.get(page), await filesFor(folder, page));
      const file = path.endsWith('.html') ? undefined : built.get(path);
      if (file !== undefined) return sendFile(request, reply, path, file);
      if (isHashed(path)) throw goneFile();
      const html = built.get(page);
      return html === undefined
        ? sendNotBuilt(reply)
        : sendHtml(reply, html, { ...options, root: `${base}${prefix}/` });
    });
  }
}

async function filesFor(folder: string, entry: string): Promise<readonly string[]> {
  const manifest = await readFile(join(folder, 'manifest.json'), 'utf8').catch(() => '{}');
  return filesOfEntry(JSON.parse(manifest) as Parameters<typeof filesOfEntry>[0], entry);
}

function sendWorker(reply: FastifyReply, page: BuiltFile | undefined, files: readonly string[]): FastifyReply {
  if (page === undefined || files.length === 0) throw goneFile();
  return reply
    .headers({ 'cache-control': 'no-cache', 'content-security-policy': SERVICE_WORKER_POLICY })
    .type(TYPES['.js'] ?? '')
    .send(serviceWorkerScript(page.bytes, files));
}

/** Beside the server's own package, in `src` as in `dist`. */
const bundleFolder = (): string => fileURLToPath(new URL('../../console/dist/app', import.meta.url));

async function readBundle(folder: string): Promise<ReadonlyMap<string, BuiltFile>> {
  if (!existsSync(folder)) return new Map();
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.flatMap((entry) => {
    const type = TYPES[extname(entry.name)];
    return entry.isFile() && type !== undefined ? [{ path: join(entry.parentPath, entry.name), type }] : [];
  });
  const read = files.map(async ({ path, type }) => {
    const bytes = await readFile(path);
    const name = relative(folder, path).split(sep).join('/');
    return [name, { type, bytes, gzipped: await promisify(gzip)(bytes) }] as const;
  });
  return new Map(await Promise.all(read));
}

function sendFile(request: FastifyRequest, reply: FastifyReply, path: string, file: BuiltFile): FastifyReply {
  const gzipped = /\bgzip\b/.test(request.headers['accept-encoding'] ?? '');
  return reply
    .headers({
      'cache-control': isHashed(path) ? 'public, max-age=31536000, immutable' : 'no-cache',
      vary: 'accept-encoding',
      ...(gzipped ? { 'content-encoding': 'gzip' } : {}),
      ...(isCheckingWorker(path) ? { 'content-security-policy': WORKER_POLICY } : {}),
    })
    .type(file.type)
    .send(gzipped ? file.gzipped : file.bytes);
}

function sendHtml(
  reply: FastifyReply,
  { bytes }: BuiltFile,
  { root, development }: ConsolePagesOptions & { readonly root: string },
): FastifyReply {
  const nonce = randomBytes(NONCE_BYTES).toString('base64');
  const html = bytes
    .toString('utf8')
    .replace(NONCE_PLACE, nonce)
    .replace(/<base href="[^"]*"/, `<base href="${root}"`)
    .replace('content="production"', `content="${development ? 'development' : 'production'}"`);
  return reply
    .header('content-security-policy', pagePolicy(nonce))
    .type(TYPES['.html'] ?? '')
    .send(html);
}

/** Styles that scripts add carry the nonce of the page; scripts come from files of this server only. */
const pagePolicy = (nonce: string): string =>
  [
    "default-src 'none'",
    "script-src 'self'",
    "worker-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "form-action 'self'",
    "base-uri 'self'",
    "frame-ancestors 'none'",
  ].join('; ');

const sendNotBuilt = (reply: FastifyReply): FastifyReply =>
  sendPage(reply.code(503), {
    title: 'Tenantry',
    body: '<h1>The console is not built</h1><p>Run <code>npm run build</code>, then load this page again.</p>',
  });

/** A page of an earlier release asks for a file that is no longer there. */
const goneFile = (): TenantryError =>
  new TenantryError('request.not_found', 'There is no such file here.', { next: 'Load the page again.' });
