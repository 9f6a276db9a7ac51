import type { FastifyInstance } from 'fastify';
import { addAuditRoutes } from '../audit/routes.ts';
import type { CutlistContext } from '../context.ts';
import { addIntegrationRoutes } from '../integrations/routes.ts';
import { addOidcRoutes } from '../oidc/routes.ts';
import { addPeopleRoutes } from '../people/routes.ts';
import { addProjectApi } from '../projects/api.ts';
import { addProjectPages } from '../projects/pages.ts';
import { addPasswordApi, addSessionApi } from '../sessions/api.ts';
import { addPasswordPages, addStartPage } from '../sessions/pages.ts';
import { addSettingsRoutes } from '../settings/routes.ts';
import { addTenantApi } from '../tenants/api.ts';
import { addAssets } from '../ui/assets.ts';
import { guardRoutes } from './access.ts';
import { answerError, answerNotFound } from './answer-error.ts';
import { acceptForms } from './forms.ts';
import { addHealth } from './health.ts';
import { addSecurityHeaders } from './security-headers.ts';

/** Everything the application answers, on a Fastify instance that speaks HTTPS. */
export function cutlistRoutes(app: FastifyInstance, context: CutlistContext): void {
  const { oidc } = context;
  addSecurityHeaders(app, oidc === undefined ? [] : [oidc.origin]);
  acceptForms(app);
  guardRoutes(app, context);
  app.setErrorHandler(answerError);
  app.setNotFoundHandler(answerNotFound);

  addHealth(app, context);
  addAssets(app);
  addSessionApi(app, context);
  addStartPage(app);
  // One way in: where a provider logs people in, no password of ours does.
  if (oidc === undefined) {
    addPasswordApi(app, context);
    addPasswordPages(app, context);
  } else {
    addOidcRoutes(app, context, oidc);
  }
  addTenantApi(app, context);
  addProjectApi(app, context);
  addProjectPages(app, context);
  addIntegrationRoutes(app, context);
  addPeopleRoutes(app, context);
  addSettingsRoutes(app, context);
  addAuditRoutes(app, context);
}
