/** What was written for the client, and secrets that are shown once. */
import { fromWireId, isUuid, portalDocumentsSchema, portalSecretsSchema, revealedSchema } from '@tenantry/contract';
import { z } from 'zod';
import type { HttpServer } from '../../http/index.ts';
import { notInPortal } from '../errors.ts';
import type { PortalDeps } from '../portal-deps.ts';
import { listPortalDocuments, readPortalDocument } from '../work/documents.ts';
import { listSecrets, revealSecret } from '../work/secrets.ts';
import { asVisitor, inTenant, portalRoute, runParams, visitorOf, visitorOfRun } from './visits.ts';

const tags = ['portal'];

export function sharedRoutes(server: HttpServer, deps: PortalDeps): void {
  documentRoutes(server, deps);
  server.get(
    '/portal/api/secrets',
    {
      ...portalRoute,
      schema: { summary: 'Secrets that wait to be shown', tags, response: { 200: portalSecretsSchema } },
    },
    async (request) => {
      const visitor = await visitorOf(request, deps);
      return { items: await inTenant(deps, visitor, (ctx) => listSecrets(ctx, visitor)) };
    },
  );
  server.post(
    '/portal/api/secrets/:secret/reveal',
    {
      ...portalRoute,
      schema: {
        summary: 'Show a secret, once',
        tags,
        params: z.object({ secret: z.string().max(100) }),
        response: { 200: revealedSchema },
      },
    },
    async (request) => {
      const visitor = await visitorOf(request, deps);
      const id = fromWireId('secret', request.params.secret);
      if (id === undefined) throw notInPortal('secret');
      // Answered after the commit: a secret is shown only when its link is used up for good.
      const { label, secret, record } = await inTenant(deps, visitor, (ctx) => revealSecret(ctx, visitor, id));
      return {
        label,
        secret: secret.reveal(),
        record:
          record === undefined
            ? null
            : {
                organization: record.organization,
                username: record.username,
                email: record.email,
                login_url: record.loginUrl,
                admin_url: record.adminUrl ?? null,
              },
      };
    },
  );
}

function documentRoutes(server: HttpServer, deps: PortalDeps): void {
  server.get(
    '/portal/api/documents',
    {
      ...portalRoute,
      schema: { summary: 'Documents of the client', tags, response: { 200: portalDocumentsSchema } },
    },
    async (request) => {
      const visitor = await visitorOf(request, deps);
      return { items: await asVisitor(deps, visitor, (ctx) => listPortalDocuments(ctx, visitor)) };
    },
  );
  server.get(
    '/portal/api/runs/:run/documents/:document',
    {
      ...portalRoute,
      schema: { summary: 'One document', tags, params: runParams.extend({ document: z.string().max(100) }) },
    },
    async (request, reply) => {
      const { run, document } = request.params;
      const { visitor, runId } = await visitorOfRun(request, deps, run);
      if (!isUuid(document)) throw notInPortal('document');
      const file = await asVisitor(deps, visitor, (ctx) =>
        readPortalDocument(ctx, visitor, { runId, artifactId: document }),
      );
      return (
        reply
          .type(file.mediaType)
          // Never a page of ours: it is saved, and runs nothing should a browser show it after all.
          .header('content-disposition', `attachment; filename*=UTF-8''${encodeURIComponent(file.name)}`)
          .header('content-security-policy', "default-src 'none'; sandbox; frame-ancestors 'none'")
          .header('etag', `"${file.sha256}"`)
          .send(Buffer.from(file.bytes))
      );
    },
  );
}
