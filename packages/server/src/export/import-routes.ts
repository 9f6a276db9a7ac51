/** `/api/v1/tenants/:tenant/import`: an archive into a tenant that has no rows. The body is the file itself. */

import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { TenantryError, tenantImportSchema } from '@tenantry/contract';
import { z } from 'zod';
import { type HttpServer, personOf } from '../http/index.ts';
import { type ImportReport, importArchive } from './import-archive.ts';
import type { ExportDeps } from './sources.ts';

/** Of the disk, not of memory: the body is never held. */
const BODY_BYTES_MAX = 1_099_511_627_776;

export function importRoute(server: HttpServer, deps: ExportDeps): void {
  server.addContentTypeParser('application/zip', (_request, payload, done) => done(null, payload));
  server.post(
    '/api/v1/tenants/:tenant/import',
    {
      bodyLimit: BODY_BYTES_MAX,
      config: {
        scope: 'tenants:write',
        notIdempotent: 'a tenant that has rows takes no archive, so a second one changes nothing',
      },
      schema: {
        summary: 'Bring an archive (application/zip) into a tenant that has no rows: all of it, or nothing',
        tags: ['export'],
        params: z.object({ tenant: z.string().max(100).describe('Id or slug') }),
        response: { 200: tenantImportSchema },
      },
    },
    async (request) => {
      const { tenant } = request.params;
      const actor = personOf(request);
      // Who may not is told before a byte is looked at.
      await deps.database.transaction('operator', (tx) =>
        deps.sources.tenantOf({ tx, actor, now: deps.now() }, tenant),
      );
      const { body } = request as { readonly body: unknown };
      if (!(body instanceof Readable)) {
        throw new TenantryError('request.invalid', 'The body is no archive.', {
          faults: [{ path: 'content-type', message: 'expects application/zip' }],
        });
      }
      return viewImport(await received(body, (path) => importArchive(deps, actor, { tenant, path })));
    },
  );
}

/** In a folder of its own that nobody else may read, gone when the work has ended. */
async function received<T>(body: Readable, work: (path: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'tenantry-import-'));
  try {
    const path = join(folder, 'archive.zip');
    await pipeline(body, createWriteStream(path, { mode: 0o600 }));
    return await work(path);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const viewImport = ({ tenantId, from, tables, history }: ImportReport) => ({
  schema: 'tenantry.import/1' as const,
  tenant_id: tenantId,
  from: { id: from.id, slug: from.slug, taken_at: from.takenAt },
  tables: tables.map((table) => ({ ...table })),
  history: [...history],
});
