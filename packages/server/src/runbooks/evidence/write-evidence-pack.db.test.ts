import { createHash, randomUUID } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { beforeAll, describe, expect, it } from 'vitest';
import { fromBufferPromise } from 'yauzl';
import type { Actor } from '../../access/index.ts';
import { sealAudit, signCheckpoint } from '../../audit/index.ts';
import { cloneDatabase } from '../../db/testing/index.ts';
import {
  carrySampleRun,
  clientPerson,
  installQueue,
  makeSigner,
  operator,
  type SampleRun,
  STARTED,
} from './testing/sample-run.ts';
import { HOSTILE } from './testing/sample-runbook.ts';
import { writeEvidencePack } from './write-evidence-pack.ts';

const cloned = await cloneDatabase();
const { database } = cloned;
const signer = makeSigner();
let run: SampleRun;

beforeAll(async () => {
  await installQueue(cloned);
  run = await carrySampleRun(database);
});

const write = (actor: Actor = operator, runId = run.id) =>
  database.transaction('operator', (tx) => writeEvidencePack({ tx, actor, now: STARTED }, { runId, signer }));

async function unpack(bytes: Uint8Array): Promise<ReadonlyMap<string, string>> {
  const zip = await fromBufferPromise(Buffer.from(bytes), { lazyEntries: true });
  const files = new Map<string, string>();
  for await (const entry of zip.eachEntry()) {
    files.set(entry.fileName, (await buffer(await zip.openReadStreamPromise(entry))).toString('utf8'));
  }
  return files;
}

describe('who may have a pack', () => {
  it('gives a person of a client the pack of their own run', async () => {
    const { name } = await write(clientPerson(run.clientId));
    expect(name).toBe(`evidence-acme-run_${run.id}.zip`);
  });

  it('tells a person of another client, and one of none, that there is no such run', async () => {
    const { clientId: _, ...unplaced } = clientPerson(run.clientId);
    const missing = await write(operator, randomUUID()).catch((error: unknown) => error);
    expect(missing).toMatchObject({ code: 'run.not_found' });
    for (const actor of [clientPerson(randomUUID()), unplaced]) {
      const refusal = await write(actor).catch((error: unknown) => error);
      expect(refusal).toMatchObject({ code: 'run.not_found', next: (missing as { next: string }).next });
    }
  });

  it('refuses a key without runs:read', async () => {
    await expect(write({ ...operator, scopes: ['audit:read'] })).rejects.toMatchObject({ code: 'access.forbidden' });
  });
});

describe('what a pack holds', () => {
  it('is the same, byte for byte, each time it is written', async () => {
    const [first, second] = [await write(), await write()];
    expect(Buffer.from(first.bytes).equals(Buffer.from(second.bytes))).toBe(true);
  });

  it('SECV-08: names no secret, and calls each one sealed on the page', async () => {
    const files = await unpack((await write()).bytes);
    const page = files.get('index.html') ?? '';
    expect(page).toContain('<dt>key</dt><dd>sealed</dd>');
    expect(page).toContain('<dt>header</dt><dd>Bearer sealed</dd>');
    expect(page).not.toContain('vault:');
  });

  it('lets no field of a person become markup, a script or a link that runs', async () => {
    const page = (await unpack((await write()).bytes)).get('index.html') ?? '';
    expect(page).toContain('&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;');
    expect(page).not.toContain(HOSTILE);
    expect(page.match(/<script|<img|<iframe|<link|<object/gi)).toBeNull();
    expect(page).not.toMatch(/href="(?!artifacts\/[A-Za-z0-9._-]+"|#content"|https:\/\/example\.com)/);
    expect(page).not.toContain('\u202E');
    const style = /<style>(.*)<\/style>/s.exec(page)?.[1] ?? '';
    const policy = `default-src 'none'; base-uri 'none'; form-action 'none'; style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'`;
    expect(page).toContain(`content="${policy.replaceAll("'", '&#39;')}"`);
  });

  it('gives every file a name that unpacks inside its folder, and none twice', async () => {
    const files = await unpack((await write()).bytes);
    const names = [...files.keys()].filter((name) => name.startsWith('artifacts/'));
    expect(names).toHaveLength(run.files.filter((file) => !file.name.includes('link')).length);
    expect(new Set(names.map((name) => name.toLowerCase())).size).toBe(names.length);
    for (const name of names) expect(name).toMatch(/^artifacts\/[A-Za-z0-9_-][A-Za-z0-9._-]*$/);
    const told = JSON.parse(files.get('run.json') ?? '').artifacts;
    expect(told.map((artifact: { name: string }) => artifact.name).sort()).toEqual(
      run.files.map(({ name }) => name).sort(),
    );
  });

  it('RUN-31: tells for each step what was expected, what was found, the verdict, by whom and when', async () => {
    const page = (await unpack((await write()).bytes)).get('index.html') ?? '';
    const look = page.slice(page.indexOf('step-look"'), page.indexOf('step-sheet"'));
    expect(look).toContain('As expected');
    expect(look).toContain('<span class="text">output.ok</span>');
    expect(look).toContain('<dt>ok</dt><dd>yes</dd>');
    expect(look).toContain(`Tenantry, for this run, <time datetime="2026-11-20T09:03:00.000Z">`);
  });

  it('names who signed off, in which role, when, and the hash of what they saw', async () => {
    const page = (await unpack((await write()).bytes)).get('index.html') ?? '';
    const accept = page.slice(page.indexOf('step-accept"'));
    expect(accept).toMatch(
      /<strong>Noor<\/strong>, Client [^<]*,\s+said yes <time datetime="2026-11-20T09:06:00.000Z">/,
    );
    expect(accept).toMatch(/Bound to SHA-256 <span class="hash">[0-9a-f]{64}<\/span>/);
  });

  it('marks approvals and acts of seeded identities', async () => {
    expect((await unpack((await write()).bytes)).get('index.html')).toContain('(development approval)');
  });

  it('is a page that reads without colour, without scripts and with a screen reader', async () => {
    const page = (await unpack((await write()).bytes)).get('index.html') ?? '';
    expect(page).toMatch(/^<!doctype html>\n<html lang="en">/);
    expect(page.match(/<h1/g)).toHaveLength(1);
    expect(page.match(/<table/g)?.length).toBe(page.match(/<caption>/g)?.length);
    expect(page).not.toContain('<th>');
    const labels = [...page.matchAll(/aria-labelledby="([^"]+)"/g)].map((match) => match[1]);
    for (const label of labels) expect(page).toContain(`id="${label}"`);
    expect(page).toContain('@media print');
    expect(page).toContain('prefers-color-scheme: dark');
  });

  it('carries audit rows with their place in the chain once sealed, and without one before', async () => {
    const audit = async () => JSON.parse((await unpack((await write()).bytes)).get('audit.json') ?? '');
    const before = await audit();
    expect(before.rows.every((row: { link: unknown }) => row.link === null)).toBe(true);
    expect(before).toMatchObject({ links: null, covering: null, newest: null });
    await sealAudit(database);
    const checkpoint = await signCheckpoint(database, signer, { now: STARTED });
    const after = await audit();
    expect(after.rows.map((row: { link: { position: number } }) => row.link.position)).toEqual(
      before.rows.map((_row: unknown, index: number) => index + 1),
    );
    expect(after).toMatchObject({ covering: checkpoint, newest: checkpoint });
    expect(after.links.rowHashes).toHaveLength(checkpoint?.position ?? -1);
  });
});
