import { describe, expect, it } from 'vitest';
import { type ExportProgress, takeExport } from './take-export.ts';

const ROOT = new URL('https://tenantry.example/under/');
const ADDRESS = new URL('api/v1/tenants/t/export', ROOT);

/** A server that gives these answers one after the other, and notes what was asked. */
function serving(...answers: readonly Response[]) {
  const asked: string[] = [];
  const left = [...answers];
  const progress: ExportProgress[] = [];
  const leaving = new AbortController();
  const take = () =>
    takeExport(ADDRESS, {
      told: (each) => progress.push(each),
      signal: leaving.signal,
      ask: async (input) => {
        asked.push(String(input));
        return left.shift() ?? expect.fail('nobody expected another question');
      },
      wait: async () => undefined,
      root: ROOT,
    });
  return { take, asked, progress, leaving };
}
const job = (status: string, more: object = {}, init: ResponseInit = {}) =>
  Response.json({ id: 'export_1', status, ...more }, init);
const accepted = (status = 'queued') =>
  job(status, {}, { status: 202, headers: { location: '/api/v1/tenants/t/exports/export_1', 'retry-after': '1' } });

describe('taking an export', () => {
  it('OFF-11: that comes at once is counted, and named as the server names it', async () => {
    const body = new Uint8Array([1, 2, 3]);
    const { take, progress } = serving(
      new Response(body, { headers: { 'content-disposition': 'attachment; filename="acme-2026-11-20.zip"' } }),
    );
    const taken = await take();
    expect(taken?.name).toBe('acme-2026-11-20.zip');
    expect(new Uint8Array(await (await fetch(taken?.url ?? '')).arrayBuffer())).toEqual(body);
    expect(progress.at(-1)).toEqual({ bytes: 3 });
  });

  it('OFF-11: that a worker writes is waited for, tells how far it is, and ends in its link', async () => {
    const { take, asked, progress } = serving(
      accepted(),
      job('running', { progress: { rows: 7, bytes: 900, table: 'projects', database: 'shop' } }),
      job('ready', { download: { url: 'https://tenantry.example/under/exports/export_1/download?signature=x' } }),
    );
    expect(await take()).toEqual({
      name: 'export_1.zip',
      url: 'https://tenantry.example/under/exports/export_1/download?signature=x',
    });
    expect(new Set(asked.slice(1))).toEqual(
      new Set(['https://tenantry.example/under/api/v1/tenants/t/exports/export_1']),
    );
    expect(progress.at(-1)).toEqual({ bytes: 900, rows: 7, table: 'projects' });
  });

  it('that fails is told in the words of the server, and gives no file', async () => {
    const failure = { code: 'export.unavailable', message: 'The database shop does not answer.', next: 'Try again.' };
    const failed = serving(accepted(), job('failed', { failure }));
    await expect(failed.take()).rejects.toMatchObject({ message: failure.message, next: 'Try again.' });
    const refused = serving(Response.json({ detail: 'Not yours.', code: 'access.forbidden' }, { status: 403 }));
    await expect(refused.take()).rejects.toMatchObject({ code: 'access.forbidden', message: 'Not yours.' });
  });

  it('that breaks off is a fault and no file, and one that is stopped is neither', async () => {
    const broken = () =>
      new Response(
        new ReadableStream({
          pull(controller) {
            controller.enqueue(new Uint8Array([1]));
            controller.error(new Error('cut'));
          },
        }),
      );
    await expect(serving(broken()).take()).rejects.toMatchObject({ message: 'The export broke off.' });
    const stopped = serving(broken());
    stopped.leaving.abort();
    expect(await stopped.take()).toBeUndefined();
  });
});
