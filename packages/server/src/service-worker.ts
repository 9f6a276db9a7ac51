/**
 * The worker that lets a page load without a connection: it keeps the page itself and its own files, by the release
 * they belong to, and never an answer of the API. Without a connection the page then says so itself, and what was typed
 * is where it was.
 */
import { createHash } from 'node:crypto';

/** Nothing but reading from this server. */
export const SERVICE_WORKER_POLICY = "default-src 'none'; connect-src 'self'";

interface Chunk {
  readonly file: string;
  readonly imports?: readonly string[];
  readonly dynamicImports?: readonly string[];
  readonly css?: readonly string[];
}

type Manifest = Readonly<Record<string, Chunk>>;

/** Every file an entry of the bundle may come to need, from the manifest the build leaves. */
export function filesOfEntry(manifest: Manifest, entry: string): readonly string[] {
  const files = new Set<string>();
  const seen = new Set<string>();
  const visit = (name: string): void => {
    const chunk = manifest[name];
    if (chunk === undefined || seen.has(name)) return;
    seen.add(name);
    for (const file of [chunk.file, ...(chunk.css ?? [])]) files.add(file);
    for (const each of [...(chunk.imports ?? []), ...(chunk.dynamicImports ?? [])]) visit(each);
  };
  visit(entry);
  return [...files].filter((file) => file.startsWith('assets/')).sort();
}

/**
 * The script. Another release is another script: it waits until the last page of the old one is closed, so that no open
 * page loses files it has yet to load.
 *
 * @param page the page as it is built, without the nonce of any answer
 */
export function serviceWorkerScript(page: Uint8Array, files: readonly string[]): string {
  const release = createHash('sha256').update(page).update(files.join('\n')).update(BODY).digest('hex').slice(0, 16);
  return `const RELEASE = ${JSON.stringify(release)};\nconst FILES = ${JSON.stringify(files)};\n${BODY}`;
}

const BODY = `const SCOPE = self.registration.scope;
const PREFIX = 'tenantry ' + SCOPE + ' ';
const NAME = PREFIX + RELEASE;
const own = new Set(FILES.map((file) => new URL(file, SCOPE).href));

self.addEventListener('install', (event) => {
  event.waitUntil((async () => {
    const cache = await caches.open(NAME);
    await cache.addAll([...own]);
    await cache.put(SCOPE, await fetch(SCOPE, { cache: 'no-store' }));
  })());
});

self.addEventListener('activate', (event) => {
  event.waitUntil((async () => {
    for (const name of await caches.keys()) if (name.startsWith(PREFIX) && name !== NAME) await caches.delete(name);
    await self.clients.claim();
  })());
});

self.addEventListener('fetch', (event) => {
  const { request } = event;
  if (request.method !== 'GET') return;
  // A page comes from the server whenever that can be reached: its policy and what is signed in are of that answer.
  if (request.mode === 'navigate') event.respondWith(fetch(request).catch(() => fromCache(SCOPE)));
  else if (own.has(request.url)) event.respondWith(fromCache(request.url).then((kept) => kept.ok ? kept : fetch(request)));
});

const fromCache = async (url) => (await (await caches.open(NAME)).match(url)) ?? Response.error();
`;
