/** `/api/v1/runs/:run/evidence-pack`: the proof of a run as one file. */
import { z } from 'zod';
import { sealAudit, signCheckpoint } from '../audit/index.ts';
import { type HttpServer, personOf } from '../http/index.ts';
import { type EvidenceSigner, writeEvidencePack } from './evidence/index.ts';
import { runIdOf } from './routes/run-params.ts';

export interface EvidenceRoutesDeps {
  /** Signs the manifest of a pack. */
  readonly signer: EvidenceSigner;
}

export function evidenceRoutes(server: HttpServer, { signer }: EvidenceRoutesDeps): void {
  server.get(
    '/api/v1/runs/:run/evidence-pack',
    {
      config: { scope: 'runs:read' },
      schema: {
        summary: 'Everything that proves a run, as one ZIP that verifies without this installation',
        tags: ['runs'],
        params: z.object({ run: z.string().max(100) }),
      },
    },
    async (request, reply) => {
      const runId = runIdOf(request.params.run);
      const { database, now } = server.services;
      // The newest rows of the run shall be linked, and the links covered by a signature, before they are packed.
      await sealAudit(database);
      await signCheckpoint(database, signer, { now: now() });
      const pack = await database.transaction('operator', (tx) =>
        writeEvidencePack({ tx, actor: personOf(request), now: now() }, { runId, signer }),
      );
      return reply
        .type('application/zip')
        .header('content-disposition', `attachment; filename*=UTF-8''${encodeURIComponent(pack.name)}`)
        .send(Buffer.from(pack.bytes.buffer, pack.bytes.byteOffset, pack.bytes.byteLength));
    },
  );
}
