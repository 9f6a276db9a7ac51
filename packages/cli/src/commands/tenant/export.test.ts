import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { cli } from '../../testing/cli.ts';

const ARCHIVE = randomBytes(300_000);
const SHA256 = createHash('sha256').update(ARCHIVE).digest('hex');
const ID = 'export_7d0a4bb4-6a44-4a5e-9a7e-000000000001';

const view = (status: string, link = 1) => ({
  schema: 'tenantry.export-job/1',
  id: ID,
  tenant_id: '0b7f9c3e-5d0c-4b1f-9a38-0d1f6f1c7a01',
  format: 'json',
  status,
  attempts: 1,
  progress: null,
  rows: status === 'ready' ? 42 : null,
  bytes: status === 'ready' ? ARCHIVE.length : null,
  sha256: status === 'ready' ? SHA256 : null,
  download:
    status === 'ready'
      ? {
          url: `https://elsewhere.example/api/v1/exports/${ID}/archive?link=${link}`,
          expires_at: '2026-11-21T09:00:00.000Z',
        }
      : null,
  failure: status === 'failed' ? { code: 'export.unavailable', message: 'No database.', next: null } : null,
  asked_at: '2026-11-20T09:00:00.000Z',
  ended_at: null,
  expires_at: null,
});

type Archive = (request: IncomingMessage, response: ServerResponse, call: number) => void;

/** Bytes from where they are asked for, at most so many before the connection is cut. */
const serve =
  (content: Buffer, etag: string, most = Number.POSITIVE_INFINITY): Archive =>
  (request, response) => {
    const asked = /^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1];
    const from = asked !== undefined && request.headers['if-range'] === etag ? Number(asked) : 0;
    const part = content.subarray(from);
    response.writeHead(from > 0 ? 206 : 200, {
      'content-length': part.length,
      etag,
      ...(from > 0 ? { 'content-range': `bytes ${from}-${content.length - 1}/${content.length}` } : {}),
    });
    response.write(part.subarray(0, most), () => (part.length > most ? response.destroy() : response.end()));
  };

async function plane(states: readonly string[], archive: Archive) {
  const calls: string[] = [];
  let [polls, links] = [0, 0];
  const json = (response: ServerResponse, status: number, value: object): void => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
  };
  const server = createServer((request, response) => {
    const path = request.url ?? '';
    calls.push(`${request.method} ${path} ${request.headers.range ?? ''}`.trim());
    request.resume();
    if (path.includes('/archive')) {
      links += 1;
      return archive(request, response, links);
    }
    if (request.method === 'POST') return json(response, 202, view('queued'));
    polls += 1;
    json(response, 200, view(states[Math.min(polls, states.length) - 1] ?? 'ready', polls));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const cwd = await mkdtemp(join(tmpdir(), 'tenantry-cli-export-'));
  onTestFinished(async () => {
    server.closeAllConnections();
    server.close();
    await rm(cwd, { recursive: true, force: true });
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const run = (...argv: readonly string[]) =>
    cli(['tenant', 'export', 'acme', '--output', 'a.zip', '--url', url, '--key', 'tnt_x', ...argv], { cwd });
  return { run, calls, cwd };
}

describe('tenantry tenant export', () => {
  it('OFF-11: goes on where the connection broke off, and says what came', async () => {
    const { run, calls, cwd } = await plane(['running', 'ready'], (request, response, call) =>
      serve(ARCHIVE, `"${SHA256}"`, call < 3 ? 100_000 : undefined)(request, response, call),
    );
    const result = await run('--format', 'json').catch((error: unknown) => expect.fail(String(error)));
    expect(result.code).toBe(0);
    expect(await readFile(join(cwd, 'a.zip'))).toEqual(ARCHIVE);
    expect(await readdir(cwd)).toEqual(['a.zip']);
    const downloads = calls.filter((each) => each.includes('/archive'));
    expect(downloads.length).toBeGreaterThanOrEqual(3);
    expect(downloads.at(-1)).toMatch(/bytes=[1-9]\d+-$/);
  });

  it('goes on with what an earlier download of the same export has left, and never with what is no part of it', async () => {
    const { run, calls, cwd } = await plane(['ready'], serve(ARCHIVE, `"${SHA256}"`));
    await writeFile(join(cwd, 'a.zip.partial'), ARCHIVE.subarray(0, 250_000));
    expect((await run('--id', ID)).code).toBe(0);
    expect(await readFile(join(cwd, 'a.zip'))).toEqual(ARCHIVE);
    expect(calls.filter((each) => each.includes('/archive'))).toEqual([expect.stringContaining('bytes=250000-')]);
    await writeFile(join(cwd, 'a.zip.partial'), randomBytes(250_000));
    const refused = await run('--id', ID, '--force');
    expect([refused.code, refused.stderr]).toEqual([expect.any(Number), expect.stringContaining('SHA-256')]);
    expect(refused.code).not.toBe(0);
    expect(await readdir(cwd)).toEqual(['a.zip']);
  });

  it('keeps nothing of an archive that was altered on the way, and replaces no file unasked', async () => {
    const altered = Buffer.from(ARCHIVE);
    altered[7] = (altered[7] ?? 0) ^ 1;
    const { run, cwd } = await plane(['ready'], serve(altered, `"${SHA256}"`));
    const result = await run();
    expect(result.code).not.toBe(0);
    expect(await readdir(cwd)).toEqual([]);
    await writeFile(join(cwd, 'a.zip'), 'mine');
    expect((await run()).stderr).toContain('is there already');
    expect(await readFile(join(cwd, 'a.zip'), 'utf8')).toBe('mine');
  });

  it('tells why an export failed', async () => {
    const { run } = await plane(['running', 'failed'], serve(ARCHIVE, ''));
    const result = await run();
    expect(result.code).not.toBe(0);
    expect(result.stderr).toContain('No database.');
  });
});
