import { createHash } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { canonicalJson } from '@tenantry/contract';
import { beforeAll, describe, expect, it } from 'vitest';
import { ZipFile } from 'yazl';
import { type CheckpointSigner, sealAudit, signCheckpoint } from '../../../server/src/audit/index.ts';
import { cloneDatabase } from '../../../server/src/db/testing/index.ts';
import { writeEvidencePack } from '../../../server/src/runbooks/evidence/index.ts';
import {
  carrySampleRun,
  installQueue,
  makeSigner,
  operator,
  STARTED,
} from '../../../server/src/runbooks/evidence/testing/sample-run.ts';
import { type PackContents, readPack } from './read-pack.ts';
import { verifyEvidencePack } from './verify-pack.ts';

const cloned = await cloneDatabase();
const { database } = cloned;
const signer = makeSigner();
const { publicKey } = signer;
let pack: Uint8Array;
let files: PackContents;

beforeAll(async () => {
  await installQueue(cloned);
  // Rows of another run on both sides: the chain between is not this run's alone.
  await carrySampleRun(database);
  const { id } = await carrySampleRun(database);
  await carrySampleRun(database);
  await sealAudit(database);
  await signCheckpoint(database, signer, { now: STARTED });
  pack = await database.transaction('operator', async (tx) => {
    const written = await writeEvidencePack({ tx, actor: operator, now: STARTED }, { runId: id, signer });
    return written.bytes;
  });
  files = (await readPack(pack, 2 ** 30)).contents;
});

const zip = (entries: Iterable<readonly [string, Uint8Array]>): Promise<Buffer> => {
  const archive = new ZipFile();
  for (const [name, bytes] of entries) archive.addBuffer(Buffer.from(bytes), name);
  archive.end();
  return buffer(archive.outputStream as NodeJS.ReadableStream);
};

const sha256 = (bytes: Uint8Array | string): string => createHash('sha256').update(bytes).digest('hex');
const textOf = (name: string): string => Buffer.from(files.get(name) ?? new Uint8Array()).toString('utf8');

/** The pack with one document changed and everything above it made right again: what only the key holder could do. */
async function forged(name: string, change: (text: string) => string, by: CheckpointSigner = signer): Promise<Buffer> {
  const changed = new Map(files);
  const text = change(textOf(name));
  expect(text).not.toBe(textOf(name));
  changed.set(name, Buffer.from(text));
  const manifest = JSON.parse(textOf('manifest.json'));
  for (const entry of manifest.files) {
    const bytes = changed.get(entry.name) ?? new Uint8Array();
    entry.size = bytes.byteLength;
    entry.sha256 = sha256(bytes);
  }
  manifest.root = sha256(
    manifest.files.map((entry: { name: string; sha256: string }) => `${entry.sha256}  ${entry.name}\n`).join(''),
  );
  changed.set('manifest.json', Buffer.from(JSON.stringify(manifest)));
  const { signature: _, ...unsigned } = JSON.parse(textOf('manifest.sig.json'));
  Object.assign(unsigned, {
    keyId: by.keyId,
    publicKey: by.publicKey,
    manifestSha256: sha256(changed.get('manifest.json') ?? ''),
  });
  const signature = Buffer.from(by.sign(Buffer.from(canonicalJson(unsigned)))).toString('base64');
  changed.set('manifest.sig.json', Buffer.from(JSON.stringify({ ...unsigned, signature })));
  return zip(changed);
}

const kindsOf = async (bytes: Uint8Array, options = { publicKey }) =>
  (await verifyEvidencePack(bytes, options)).problems.map(({ kind, file }) => `${kind} ${file ?? ''}`.trim());

describe('a pack as it was written', () => {
  it('verifies offline, with the key noted down and without', async () => {
    expect(await verifyEvidencePack(pack, { publicKey })).toEqual({
      ok: true,
      problems: [],
      notes: [],
      run: { id: expect.stringMatching(/^run_/), title: expect.any(String), status: 'completed' },
      keyId: signer.keyId,
    });
    const alone = await verifyEvidencePack(pack);
    expect(alone.ok).toBe(true);
    expect(alone.notes).toEqual(['No public key was given: the pack was held against its own.']);
  });

  it('holds every part, each in the manifest', () => {
    const listed = JSON.parse(textOf('manifest.json')).files.map((entry: { name: string }) => entry.name);
    expect([...files.keys()].sort()).toEqual([...listed, 'manifest.json', 'manifest.sig.json'].sort());
    expect(listed).toEqual(expect.arrayContaining(['index.html', 'run.json', 'events.json', 'audit.json']));
    expect(listed.filter((name: string) => name.startsWith('artifacts/'))).toHaveLength(8);
  });

  it('is refused when another key was noted down', async () => {
    expect(await kindsOf(pack, { publicKey: makeSigner().publicKey })).toEqual([
      'signature manifest.sig.json',
      'audit audit.json',
      'audit audit.json',
    ]);
  });
});

describe('a pack that was tampered with', () => {
  it('is found out when one byte of any file is changed', async () => {
    for (const [name, bytes] of files) {
      const changed = Buffer.from(bytes);
      const at = Math.floor(changed.length / 2);
      changed[at] = (changed[at] ?? 0) ^ 1;
      const verdict = await verifyEvidencePack(await zip(new Map([...files, [name, changed]])), { publicKey });
      expect(verdict.ok, name).toBe(false);
      const blamed = name === 'manifest.json' ? ['manifest.json', 'manifest.sig.json'] : [name];
      expect(
        verdict.problems.some(({ file }) => file !== undefined && blamed.includes(file)),
        name,
      ).toBe(true);
    }
  });

  it('is found out when any file is left out', async () => {
    for (const name of files.keys()) {
      const left = [...files].filter(([other]) => other !== name);
      expect(await kindsOf(await zip(left)), name).toContain(`missing ${name}`);
    }
  });

  it('is found out when a file is added', async () => {
    const added = await zip([...files, ['artifacts/planted.txt', Buffer.from('x')]]);
    expect(await kindsOf(added)).toEqual(['unexpected artifacts/planted.txt']);
  });

  it('is found out when it is signed anew with another key', async () => {
    const bytes = await forged('index.html', (text) => text.replace('Completed', 'Cancelled'), makeSigner());
    expect(await kindsOf(bytes)).toEqual(['signature manifest.sig.json']);
  });

  it('is found out when the holder of the key changes the state, an event, the runbook or an artifact', async () => {
    const cases: readonly (readonly [string, (text: string) => string, string])[] = [
      ['run.json', (text) => text.replace('"status": "passed"', '"status": "overridden"'), 'replay run.json'],
      ['events.json', (text) => text.replace('"decision": "yes"', '"decision": "no"'), 'replay events.json'],
      ['events.json', (text) => text.replace('"revision": 2', '"revision": 7'), 'replay events.json'],
      ['run.json', (text) => text.replace('"expect": "output.ok"', '"expect": "true"'), 'runbook run.json'],
      ['artifacts/etc_passwd', () => 'another file', 'altered artifacts/etc_passwd'],
    ];
    for (const [file, change, found] of cases)
      expect(await kindsOf(await forged(file, change)), found).toContain(found);
  });

  it('is found out when the holder of the key changes, drops or swaps audit rows', async () => {
    const edit = (change: (audit: { rows: Record<string, unknown>[]; links: { rowHashes: string[] } }) => void) =>
      forged('audit.json', (text) => {
        const audit = JSON.parse(text);
        change(audit);
        return JSON.stringify(audit);
      });
    const cases = [
      edit(({ rows }) => Object.assign(rows[2] ?? {}, { actorId: 'somebody else' })),
      edit(({ rows }) => Object.assign(rows[2] ?? {}, { payload: '{"actor":{}}' })),
      edit(({ rows }) => rows.reverse()),
      edit(({ rows }) => rows.splice(0, 1)),
      edit(({ links }) => links.rowHashes.splice(1, 1)),
      edit(({ links }) => links.rowHashes.reverse()),
    ];
    for (const bytes of cases) expect(await kindsOf(await bytes)).toContain('audit audit.json');
  });
});

describe('a file that is no pack', () => {
  /** Names that the writing library refuses are put in afterwards, in both headers, at the same length. */
  const renamed = async (name: string): Promise<Buffer> => {
    const stand = 'artifacts/'.padEnd(name.length, 'x');
    const bytes = await zip([...files, [stand, Buffer.from('x')]]);
    const text = bytes.toString('latin1').replaceAll(stand, Buffer.from(name).toString('latin1'));
    return Buffer.from(text, 'latin1');
  };

  it('is refused for a name that would unpack outside its folder', async () => {
    for (const name of [
      'artifacts/../../x',
      '/etc/cron.d/tenant',
      'artifacts\\..\\..\\evil',
      'C:/windows/evil',
      'artifacts/.hidden',
    ]) {
      expect(await kindsOf(await renamed(name)), name).toContain(`unsafe_name ${name}`);
    }
  });

  it('is refused when a name stands twice', async () => {
    const twice = await zip([...files, ['run.json', Buffer.from('{}')]]);
    expect(await kindsOf(twice)).toContain('unsafe_name run.json');
  });

  it('is refused when it unpacks to more than allowed', async () => {
    const verdict = await verifyEvidencePack(pack, { bytesMax: 1_000 });
    expect(verdict.problems[0]?.message).toContain('larger than 1000 bytes');
  });

  it('is refused, without an exception, when it is no archive or holds nonsense', async () => {
    for (const bytes of [Buffer.from(''), Buffer.from('not a zip'), pack.subarray(0, pack.length - 30)]) {
      expect((await verifyEvidencePack(bytes)).ok).toBe(false);
    }
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
    const bytes = await forged('run.json', (text) => text.replace('"contacts": {}', `"contacts": {}, "deep": ${deep}`));
    expect((await verifyEvidencePack(bytes)).ok).toBe(true);
    const state = await forged('run.json', (text) =>
      text.replace('"state": {', `"state": { "steps": ${deep}, "x": {`).replace(/}\s*$/, '}}'),
    );
    expect((await verifyEvidencePack(state)).ok).toBe(false);
  });
});
