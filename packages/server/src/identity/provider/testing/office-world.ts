import type * as oidc from 'openid-client';
import type { TestDatabase } from '../../../db/testing/index.ts';
import { GOOD } from '../../testing/world.ts';
import type { Answer } from './browser.ts';
import {
  CALLBACK,
  finishLogIn,
  openBrowser,
  providerWorld,
  RESOURCE,
  startLogIn,
  typePassword,
} from './provider-world.ts';

/** Of applications that have one, so that they are given a `sid`; nothing is delivered there. */
const BACK_CHANNEL = 'https://app.example/logged-out';

/** A tenant, one of its users, and three applications: one with an API, one without, one that keeps no secret. */
export async function officeWorld(test: TestDatabase) {
  const world = await providerWorld(test);
  const tenant = await world.makeTenant({ name: 'Acme Joinery' });
  const ann = await world.makeMember(tenant);
  const app = await world.registerClient({ id: 'app', resource: RESOURCE, backchannelLogoutUri: BACK_CHANNEL });
  const plain = await world.registerClient({ id: 'plain', signingAlg: 'EdDSA', backchannelLogoutUri: BACK_CHANNEL });
  const spa = await world.registerClient({ id: 'spa', public: true, signingAlg: 'ES256' });
  const config = await world.relyingParty('app', app.secret);
  const plainConfig = await world.relyingParty('plain', plain.secret);
  const spaConfig = await world.relyingParty('spa', spa.secret);
  const credentials = { tenant: tenant.slug, email: ann.user.email, password: GOOD.reveal() };

  /** Logs Ann in from nothing and exchanges the code. */
  const logIn = async (party: oidc.Configuration = config, parameters: Readonly<Record<string, string>> = {}) => {
    const browser = openBrowser(world.publicUrl);
    const started = await startLogIn(party, parameters);
    const back = await typePassword(browser, started, credentials);
    const callback = back.location ?? '';
    return { browser, started, callback, tokens: await finishLogIn(party, started, callback) };
  };

  /** Sends a code to the token endpoint past any library. */
  const exchange = async (
    fields: Readonly<Record<string, string>>,
    client: { readonly id: string; readonly secret: string } = { id: 'app', secret: app.secret },
  ): Promise<{ readonly status: number; readonly error: unknown }> => {
    const response = await fetch(`${world.idp.issuer}/token`, {
      method: 'POST',
      headers: { authorization: `Basic ${Buffer.from(`${client.id}:${client.secret}`).toString('base64')}` },
      body: new URLSearchParams({ grant_type: 'authorization_code', redirect_uri: CALLBACK, ...fields }),
    });
    const body = (await response.json()) as { readonly error?: unknown };
    return { status: response.status, error: body.error };
  };

  const ask = (url: URL): Promise<Answer> => openBrowser(world.publicUrl).get(url.href);

  return { world, tenant, ann, app, plain, config, plainConfig, spaConfig, credentials, logIn, exchange, ask };
}

/** The `error` an address for the application carries, or the status where it carries none. */
export const errorIn = (answer: { readonly status: number; readonly location: string | undefined }): string =>
  answer.location === undefined
    ? String(answer.status)
    : (new URL(answer.location).searchParams.get('error') ?? 'none');
