import type { KoaContextWithOIDC } from 'oidc-provider';
import type { Database } from '../../db/index.ts';
import { type CookieRules, cookieText } from './browser-session.ts';
import { findClient } from './clients.ts';
import type { ProviderPages } from './create-provider.ts';
import { findLogInTenantById } from './log-in-tenant.ts';
import { type Brand, type Page, renderPage } from './pages/layout.ts';
import { messagesFor } from './pages/messages.ts';
import { errorView, logOutView, textView } from './pages/views.ts';

interface PageDeps {
  readonly database: Database;
  readonly cookies: CookieRules;
}

/** Pages that oidc-provider itself shows, in the look of the log-in. */
export const providerPages = (deps: PageDeps): ProviderPages => ({
  async error(ctx, error) {
    const { brand, messages } = await lookOf(deps, ctx);
    const expired = error.description.includes('expired') || error.description.includes('session');
    const text = ctx.status >= 500 ? messages.error.failure : expired ? messages.error.expired : messages.error.request;
    send(ctx, { title: messages.error.title, brand, messages, body: errorView(messages, text, error) });
  },
  async askLogOut(ctx, form) {
    const { brand, messages } = await lookOf(deps, ctx);
    const after = (ctx.oidc.session?.state as { postLogoutRedirectUri?: string } | undefined)?.postLogoutRedirectUri;
    const leadsTo = after === undefined ? [] : [new URL(after).origin];
    send(ctx, { title: messages.logOut.title, brand, messages, leadsTo, body: logOutView(messages, form) });
  },
  async loggedOut(ctx) {
    const { brand, messages } = await lookOf(deps, ctx);
    ctx.append('set-cookie', cookieText(deps.cookies, deps.cookies.userCookie, ''));
    send(ctx, { title: messages.logOut.doneTitle, brand, messages, body: textView(messages.logOut.done) });
  },
});

async function lookOf({ database }: PageDeps, ctx: KoaContextWithOIDC) {
  const facts = ctx.oidc?.account?.facts as { readonly tenantId: string } | undefined;
  const tenant = facts === undefined ? undefined : await findLogInTenantById(database, facts.tenantId);
  const clientId = ctx.oidc?.client?.clientId;
  const client =
    clientId === undefined ? undefined : await database.transaction('operator', (tx) => findClient(tx, clientId));
  const brand: Brand = {
    product: tenant?.productName ?? client?.name ?? 'Log-in',
    tenant: tenant?.name,
    color: tenant?.color ?? undefined,
  };
  return { brand, messages: messagesFor(tenant?.language ?? undefined) };
}

function send(ctx: KoaContextWithOIDC, page: Page): void {
  const { markup, headers } = renderPage(page);
  ctx.set({ ...headers });
  ctx.body = markup;
}
