/** `/api/v1/exports/:export/archive`: the download itself, whole or in parts (RFC 9110, 14), for whoever has a link. */
import { Readable } from 'node:stream';
import { TenantryError } from '@tenantry/contract';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { HttpServer } from '../http/index.ts';
import { isUnchanged, rangeOf } from './core/range.ts';
import { type Download, openDownload } from './download-export.ts';
import type { ExportDeps } from './sources.ts';

const querystring = z.object({
  for: z.enum(['tenant', 'vendor']),
  expires: z.coerce.number().int().min(0).max(99_999_999_999).describe('Unix time in seconds'),
  signature: z.string().max(100),
});

export function downloadRoute(server: HttpServer, deps: ExportDeps): void {
  server.get(
    '/api/v1/exports/:export/archive',
    {
      config: { public: true },
      schema: {
        summary: 'The archive of an export by its signed link; takes Range and If-Range, with a strong ETag',
        tags: ['export'],
        params: z.object({ export: z.string().max(100) }),
        querystring,
        response: { 200: z.unknown(), 206: z.unknown(), 304: z.undefined() },
      },
    },
    async (request, reply) => {
      const { for: reader, expires, signature } = request.query;
      const isFirst = request.method === 'GET' && /^$|^bytes=0-/.test(request.headers.range ?? '');
      const download = await openDownload(
        deps,
        { exportId: request.params.export, reader, expires, signature },
        isFirst,
      );
      return send(request, reply, download);
    },
  );
}

function send(request: FastifyRequest, reply: FastifyReply, { fileName, bytes, sha256, read }: Download): FastifyReply {
  const etag = `"${sha256}"`;
  reply.headers({
    etag,
    'accept-ranges': 'bytes',
    'cache-control': 'private, no-store',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
  });
  if (isUnchanged(request.headers['if-none-match'], etag)) return reply.code(304).send();
  const { range: wanted, 'if-range': ifRange } = request.headers;
  const range = rangeOf({ range: wanted, ifRange: ifRange?.toString(), etag, bytes });
  if (range === 'unsatisfiable') {
    reply.header('content-range', `bytes */${bytes}`);
    throw new TenantryError('export.range_refused', `The archive has ${bytes} bytes.`, {
      facts: { bytes },
      next: 'A file of that length is whole: compare its SHA-256.',
    });
  }
  const part = range === 'whole' ? { start: 0, end: bytes - 1 } : range;
  if (range !== 'whole') reply.code(206).header('content-range', `bytes ${part.start}-${part.end}/${bytes}`);
  reply
    .type('application/zip')
    .header('content-disposition', `attachment; filename="${fileName}"`)
    .header('content-length', part.end - part.start + 1)
    // Of the whole archive, whatever part is sent (RFC 9530).
    .header('repr-digest', `sha-256=:${Buffer.from(sha256, 'hex').toString('base64')}:`);
  // An empty stream: without a body at all the length would be said to be none.
  return reply.send(request.method === 'HEAD' ? Readable.from([]) : read(part));
}
