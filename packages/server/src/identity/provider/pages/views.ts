import { Html, html } from '../../../connectors/kit/index.ts';
import type { Messages } from './messages.ts';

/** What every form page is given. */
export interface FormView {
  readonly messages: Messages;
  readonly action: string;
  readonly csrf: string;
  /** Why the form is shown again. */
  readonly fault?: string | undefined;
}

const FAULT_ID = 'fault';

/** Announced at once, and what the fields it concerns are described by. */
const faultOf = ({ fault }: FormView): Html | undefined =>
  fault === undefined ? undefined : html`<p class="fault" id="${FAULT_ID}" role="alert">${fault}</p>`;

const hidden = (view: FormView, stage: string): Html =>
  html`<input type="hidden" name="_csrf" value="${view.csrf}"><input type="hidden" name="stage" value="${stage}">`;

interface Field {
  readonly name: string;
  readonly label: string;
  readonly type?: 'text' | 'email' | 'password';
  readonly autocomplete: string;
  readonly value?: string | undefined;
  readonly hint?: string | undefined;
  readonly numeric?: boolean;
}

function field(
  view: FormView,
  { name, label, type = 'text', autocomplete, value, hint, numeric = false }: Field,
): Html {
  const described = [hint === undefined ? '' : `${name}-hint`, view.fault === undefined ? '' : FAULT_ID]
    .filter((id) => id !== '')
    .join(' ');
  const marks = html`${described === '' ? undefined : html` aria-describedby="${described}"`}${
    view.fault === undefined ? undefined : html` aria-invalid="true"`
  }${numeric ? html` inputmode="numeric" spellcheck="false"` : undefined}${
    type === 'text' ? html` autocapitalize="none"` : undefined
  }`;
  return html`<label for="${name}">${label}</label>
<input id="${name}" name="${name}" type="${type}" required autocomplete="${autocomplete}" value="${value}"${marks}>
${hint === undefined ? undefined : html`<p class="hint" id="${name}-hint">${hint}</p>`}`;
}

const submit = (text: string): Html => html`<button name="act" value="go">${text}</button>`;

/** A form of its own, so that the button that goes on stays the one that Enter presses. */
const restart = (view: FormView, text: string): Html =>
  html`<form method="post" action="${view.action}">${hidden(view, 'restart')}<button class="quiet" name="act" value="restart">${text}</button></form>`;

export interface LogInView extends FormView {
  readonly application: string;
  readonly tenantLabel: string;
  /** Slug; named by the application already when `tenantFixed`. */
  readonly tenant: string;
  readonly tenantFixed: boolean;
  readonly email: string;
  readonly forgotPath: string;
}

export const logInView = (view: LogInView): Html => {
  const { logIn } = view.messages;
  return html`<p>${logIn.goesTo(view.application)}</p>
${faultOf(view)}
<form method="post" action="${view.action}">
${hidden(view, 'password')}
${
  view.tenantFixed
    ? html`<input type="hidden" name="tenant" value="${view.tenant}">`
    : field(view, {
        name: 'tenant',
        label: view.tenantLabel,
        autocomplete: 'organization',
        value: view.tenant,
        hint: logIn.tenantHint('north-joinery'),
      })
}
${field(view, { name: 'email', label: logIn.email, type: 'email', autocomplete: 'username', value: view.email })}
${field(view, { name: 'password', label: logIn.password, type: 'password', autocomplete: 'current-password' })}
${submit(logIn.submit)}
</form>
<p><a href="${view.forgotPath}">${logIn.forgot}</a></p>
${view.tenantFixed ? restart(view, logIn.otherTenant(view.tenantLabel)) : undefined}`;
};

export const secondFactorView = (view: FormView): Html => html`<p>${view.messages.secondFactor.why}</p>
${faultOf(view)}
<form method="post" action="${view.action}">
${hidden(view, 'second_factor')}
${field(view, { name: 'code', label: view.messages.secondFactor.code, autocomplete: 'one-time-code' })}
${submit(view.messages.secondFactor.submit)}
</form>
${restart(view, view.messages.restart)}`;

export interface EnrolView extends FormView {
  /** SVG of the QR code, made here and by nobody else. Not shown again after a wrong code: the key is made once. */
  readonly totp: { readonly picture: string; readonly key: string } | undefined;
}

export const enrolView = (view: EnrolView): Html => {
  const { enrol } = view.messages;
  return html`<p>${enrol.why}</p>
${
  view.totp === undefined
    ? html`<p><a href="${view.action}">${enrol.again}</a></p>`
    : html`<p>${enrol.scan}</p>
<div class="picture" role="img" aria-label="${enrol.picture}">${new Html(view.totp.picture)}</div>
<p>${enrol.type} <code>${view.totp.key.replaceAll(/(.{4})(?=.)/g, '$1 ')}</code></p>`
}
<p>${enrol.confirm}</p>
${faultOf(view)}
<form method="post" action="${view.action}">
${hidden(view, 'enroll_second_factor')}
${field(view, { name: 'code', label: enrol.code, autocomplete: 'one-time-code', numeric: true })}
${submit(enrol.submit)}
</form>
${restart(view, view.messages.restart)}`;
};

export const recoveryView = (
  view: FormView,
  codes: readonly string[],
): Html => html`<p>${view.messages.recovery.why}</p>
<ol class="codes" aria-label="${view.messages.recovery.list}">${codes.map((code) => html`<li><code>${code}</code></li>`)}</ol>
<form method="post" action="${view.action}">${hidden(view, 'recovery_codes')}${submit(view.messages.recovery.submit)}</form>`;

const newPassword = (view: FormView, messages: Messages): Html => html`${field(view, {
  name: 'next',
  label: messages.change.next,
  type: 'password',
  autocomplete: 'new-password',
  hint: messages.change.hint,
})}
${field(view, { name: 'repeat', label: messages.change.repeat, type: 'password', autocomplete: 'new-password' })}`;

export const changeView = (view: FormView, email: string): Html => html`<p>${view.messages.change.why}</p>
${faultOf(view)}
<form method="post" action="${view.action}">
${hidden(view, 'change_password')}
<input type="hidden" name="username" autocomplete="username" value="${email}">
${field(view, { name: 'current', label: view.messages.change.current, type: 'password', autocomplete: 'current-password' })}
${newPassword(view, view.messages)}
${submit(view.messages.change.submit)}
</form>
${restart(view, view.messages.restart)}`;

export interface ForgotView extends FormView {
  readonly tenantLabel: string;
  readonly tenant: string;
}

export const forgotView = (view: ForgotView): Html => html`<p>${view.messages.forgot.why}</p>
${faultOf(view)}
<form method="post" action="${view.action}">
${hidden(view, 'forgot')}
${field(view, { name: 'tenant', label: view.tenantLabel, autocomplete: 'organization', value: view.tenant })}
${field(view, { name: 'email', label: view.messages.logIn.email, type: 'email', autocomplete: 'username' })}
${submit(view.messages.forgot.submit)}
</form>`;

/** Chooses a password with the token of a mail. */
export const tokenPasswordView = (view: FormView, texts: { readonly why?: string; readonly submit: string }): Html =>
  html`${texts.why === undefined ? undefined : html`<p>${texts.why}</p>`}
${faultOf(view)}
<form method="post" action="${view.action}">${hidden(view, 'token')}${newPassword(view, view.messages)}${submit(texts.submit)}</form>`;

export const confirmView = (view: FormView, texts: { readonly why: string; readonly submit: string }): Html =>
  html`<p>${texts.why}</p>
${faultOf(view)}
<form method="post" action="${view.action}">${hidden(view, 'confirm')}${submit(texts.submit)}</form>`;

export const consentView = (view: FormView): Html => html`<p>${view.messages.consent.why}</p>
<form method="post" action="${view.action}">${hidden(view, 'consent')}
${submit(view.messages.consent.allow)}
<button class="quiet" name="act" value="refuse">${view.messages.consent.refuse}</button></form>`;

/** Of oidc-provider's own form: it checks `xsrf`, and `logout` says that the button was pressed. */
export const logOutView = (messages: Messages, form: { readonly action: string; readonly xsrf: string }): Html =>
  html`<p>${messages.logOut.why}</p>
<form method="post" action="${form.action}"><input type="hidden" name="xsrf" value="${form.xsrf}">
<button name="logout" value="yes">${messages.logOut.submit}</button></form>`;

export const textView = (text: string, link?: { readonly href: string; readonly text: string }): Html =>
  html`<p>${text}</p>${link === undefined ? undefined : html`<p><a href="${link.href}">${link.text}</a></p>`}`;

/** The protocol's own words stay as they are: they are for the makers of the application. */
export const errorView = (
  messages: Messages,
  text: string,
  detail?: { readonly code: string; readonly description: string },
): Html => html`<p>${text}</p>
${
  detail === undefined
    ? undefined
    : html`<dl><dt>${messages.error.code}</dt><dd><code>${detail.code}</code> ${detail.description}</dd></dl>`
}`;
