import { type Command, Option } from 'commander';
import { collect, type Task } from '../../session.ts';

/** What `register` and `change` both take. */
export interface WishOptions {
  readonly redirect?: readonly string[];
  readonly postLogoutRedirect?: readonly string[];
  readonly backchannelLogout?: string;
  readonly login?: string;
  readonly audience?: string;
  readonly signingAlg?: string;
  readonly tenantLabel?: string;
  readonly trustedCa?: string;
  readonly firstParty?: 'yes' | 'no';
}

export const withWishOptions = (command: Command): Command =>
  command
    .option(
      '--post-logout-redirect <address>',
      'where users may be sent after a log-out; all of them, repeated',
      collect,
    )
    .option('--backchannel-logout <address>', 'where it is told that a session has ended')
    .option('--login <address>', 'where it begins a log-in; mails to users lead there')
    .option('--audience <address>', 'its API: access tokens are then JWTs for it; without one they are opaque')
    .addOption(
      new Option('--signing-alg <algorithm>', 'what its tokens are signed with; RS256 at first').choices([
        'RS256',
        'ES256',
        'EdDSA',
      ]),
    )
    .option('--tenant-label <word>', 'what it calls a tenant, in the log-in form; Organisation at first')
    .option('--trusted-ca <file>', 'certificate authority (PEM) to believe when it is told of a log-out')
    .addOption(
      new Option('--first-party <answer>', 'whether it is your own, so that nobody is asked for consent').choices([
        'yes',
        'no',
      ]),
    );

/** As the API names it; what was not given is left out. @throws file.unreadable */
export async function wishOf(task: Task, options: WishOptions): Promise<Readonly<Record<string, unknown>>> {
  const { trustedCa, firstParty } = options;
  const wish = {
    redirect_uris: options.redirect,
    post_logout_redirect_uris: options.postLogoutRedirect,
    backchannel_logout_uri: options.backchannelLogout,
    login_uri: options.login,
    resource: options.audience,
    signing_alg: options.signingAlg,
    tenant_label: options.tenantLabel,
    trusted_ca: trustedCa === undefined ? undefined : (await task.readText(trustedCa)).source,
    first_party: firstParty === undefined ? undefined : firstParty === 'yes',
  };
  return Object.fromEntries(Object.entries(wish).filter(([, value]) => value !== undefined));
}
