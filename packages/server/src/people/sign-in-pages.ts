/** The pages of signing in. They need no script, so they work in any browser and under the narrowest policy. */
import type { TenantryError } from '@tenantry/contract';
import QRCode from 'qrcode';
import { escapeHtml } from '../connectors/kit/index.ts';

export interface Page {
  readonly title: string;
  readonly body: string;
  readonly forms?: boolean;
  readonly leadsTo?: string;
}

const hidden = (fields: Readonly<Record<string, string>>): string =>
  Object.entries(fields)
    .map(([name, value]) => `<input type="hidden" name="${name}" value="${escapeHtml(value)}">`)
    .join('');

const fault = (error: TenantryError | undefined): string =>
  error === undefined
    ? ''
    : `<p class="bad" role="alert">${escapeHtml(error.message)} ${escapeHtml(error.next ?? '')}</p>`;

export interface SignInPage {
  /** In front of every address: the path this installation is served under. */
  readonly base: string;
  readonly to: string;
  /** What the button for the vendor's provider says; undefined without one. */
  readonly provider: string | undefined;
  readonly error?: TenantryError | undefined;
}

export const signInPage = ({ base, to, provider, error }: SignInPage): Page => ({
  title: 'Sign in - Tenantry',
  forms: true,
  body: `<h1>Sign in</h1>${fault(error)}${
    provider === undefined
      ? ''
      : `<p><a href="${base}/operator/sign-in/provider?to=${encodeURIComponent(to)}">Sign in with ${escapeHtml(provider)}</a></p>
<h2>Or with a password</h2>`
  }
<form method="post" action="${base}/operator/sign-in">${hidden({ to })}
<label>E-mail address<input name="email" type="email" autocomplete="username" required maxlength="254"></label>
<label>Password<input name="password" type="password" autocomplete="current-password" required maxlength="1024"></label>
<label>Code of the authenticator app, or a recovery code<input name="code" autocomplete="one-time-code" required maxlength="40" autocapitalize="none" spellcheck="false"></label>
<button type="submit">Sign in</button></form>`,
});

export interface InvitationPage {
  readonly base: string;
  readonly token: string;
  readonly name: string;
  readonly provider: string | undefined;
  readonly error?: TenantryError | undefined;
}

export const invitationPage = ({ base, token, name, provider, error }: InvitationPage): Page => ({
  title: 'Invitation - Tenantry',
  forms: true,
  body: `<h1>Welcome, ${escapeHtml(name)}</h1>${fault(error)}${
    provider === undefined
      ? ''
      : `<p><a href="${base}/operator/sign-in/provider?invitation=${encodeURIComponent(token)}">Sign in with ${escapeHtml(provider)}</a></p>
<h2>Or choose a password</h2>`
  }
<form method="post" action="${base}/operator/invitation">${hidden({ token })}
<label>New password<input name="password" type="password" autocomplete="new-password" required minlength="12" maxlength="1024"></label>
<p class="quiet">At least 12 characters. You will also need an authenticator app.</p>
<button type="submit">Go on</button></form>`,
});

export interface EnrolPage {
  readonly base: string;
  readonly token: string;
  readonly secret: string;
  readonly uri: string;
}

export const enrolPage = async ({ base, token, secret, uri }: EnrolPage): Promise<Page> => ({
  title: 'Authenticator app - Tenantry',
  forms: true,
  body: `<h1>Set up your authenticator app</h1>
<p>Scan the picture with the app, or type the key in by hand.</p>
<figure role="img" aria-label="The key as a picture for the app's camera">${await QRCode.toString(uri, { type: 'svg', width: 220 })}</figure>
<dl><dt>Key</dt><dd><code>${escapeHtml(secret.match(/.{1,4}/g)?.join(' ') ?? secret)}</code></dd></dl>
${codeForm(base, token)}`,
});

/** The second time the secret is not shown again: it is in the app, or the person starts anew. */
export const codeAgainPage = (page: {
  readonly base: string;
  readonly token: string;
  readonly error: TenantryError;
}): Page => ({
  title: 'Authenticator app - Tenantry',
  forms: true,
  body: `<h1>That was not the code</h1>${fault(page.error)}
<p>Wait for the next code of the app. If it is refused too, compare the clock of the telephone, or
<a href="${page.base}/operator/invitation?token=${encodeURIComponent(page.token)}">start again</a>.</p>
${codeForm(page.base, page.token)}`,
});

const codeForm = (
  base: string,
  token: string,
): string => `<form method="post" action="${base}/operator/invitation/code">${hidden({ token })}
<label>Code the app shows<input name="code" inputmode="numeric" autocomplete="one-time-code" required maxlength="10"></label>
<button type="submit">Finish</button></form>`;

export const recoveryPage = (base: string, codes: readonly string[]): Page => ({
  title: 'Recovery codes - Tenantry',
  body: `<h1>Keep these recovery codes</h1>
<p>Each opens once in place of a code of the app, should you lose it. They are shown only now.</p>
<pre>${codes.map(escapeHtml).join('\n')}</pre><p><a href="${base}/">Go on</a></p>`,
});

export const renewCodesPage = (page: { readonly base: string; readonly error?: TenantryError }): Page => ({
  title: 'Recovery codes - Tenantry',
  forms: true,
  body: `<h1>Make new recovery codes</h1>${fault(page.error)}
<p>Those you have end at once.</p>
<form method="post" action="${page.base}/operator/recovery-codes">
<label>Code of the authenticator app<input name="code" inputmode="numeric" autocomplete="one-time-code" required maxlength="10"></label>
<button type="submit">Make new codes</button></form>`,
});

export interface CliPage {
  readonly base: string;
  readonly person: string;
  readonly keyName: string;
  readonly port: number;
  readonly fields: Readonly<Record<string, string>>;
}

export const cliPage = ({ base, person, keyName, port, fields }: CliPage): Page => ({
  title: 'Command line - Tenantry',
  forms: true,
  leadsTo: `http://127.0.0.1:${port}`,
  body: `<h1>Sign in the command line?</h1>
<p>The command line on this computer, <strong>${escapeHtml(keyName)}</strong>, asks for a key that acts as
<strong>${escapeHtml(person)}</strong> for 30 days. Agree only if you have just typed <code>tenantry login</code> yourself.</p>
<form method="post" action="${base}/operator/cli">${hidden(fields)}<button type="submit">Give it the key</button></form>
<p><a href="${base}/">No, do not</a></p>`,
});

export const faultPage = (base: string, error: TenantryError): Page => ({
  title: 'Tenantry',
  body: `<h1>That did not work</h1>${fault(error)}<p><a href="${base}/operator/sign-in">Sign in</a></p>`,
});
