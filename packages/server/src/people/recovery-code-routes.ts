/** New recovery codes for the person who asks: a page for the browser, and `/api/v1/sign-in/recovery-codes`. */
import { recoveryCodesSchema, recoveryRenewalSchema } from '@tenantry/contract';
import { z } from 'zod';
import { Secret } from '../connectors/kit/index.ts';
import { type HttpServer, personOf as requestPerson, sendPage } from '../http/index.ts';
import {
  go,
  pageRoute,
  personOf,
  refusalOf,
  retryHeaders,
  type Site,
  text,
  visitorOf,
} from './routes/sign-in-requests.ts';
import { renewRecoveryCodes } from './sign-in/index.ts';
import * as pages from './sign-in-pages.ts';

export function recoveryPages(server: HttpServer, site: Site): void {
  const { base } = site;
  server.get('/operator/recovery-codes', pageRoute, async (request, reply) => {
    const person = await personOf(request, site);
    if (person === undefined) return go(reply, site, '/operator/sign-in?to=%2Foperator%2Frecovery-codes');
    return sendPage(reply, pages.renewCodesPage({ base }));
  });
  const body = z.object({ code: text(40) });
  server.post('/operator/recovery-codes', { ...pageRoute, schema: { hide: true, body } }, async (request, reply) => {
    const person = await personOf(request, site);
    if (person === undefined) return go(reply, site, '/operator/sign-in');
    try {
      const { code } = request.body;
      const codes = await renewRecoveryCodes(site, visitorOf(request), { person, proof: { code } });
      return sendPage(reply, pages.recoveryPage(base, codes));
    } catch (error) {
      const refusal = refusalOf(error);
      return sendPage(
        retryHeaders(reply.code(refusal.status), refusal),
        pages.renewCodesPage({ base, error: refusal }),
      );
    }
  });
}

export function recoveryCodeRoute(server: HttpServer, site: Site): void {
  server.post(
    '/api/v1/sign-in/recovery-codes',
    {
      config: { anyKey: true, notIdempotent: 'codes are shown once, and each call voids those before' },
      schema: {
        summary: 'Make new recovery codes for yourself, with the password or a code of the app; those before end',
        tags: ['sign-in'],
        body: recoveryRenewalSchema,
        response: { 200: recoveryCodesSchema },
      },
    },
    async (request) => {
      const { password, code = '' } = request.body;
      const proof = password === undefined ? { code } : { password: new Secret(password) };
      const codes = await renewRecoveryCodes(site, visitorOf(request), { person: requestPerson(request), proof });
      return { recovery_codes: [...codes] };
    },
  );
}
