import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Interaction } from 'oidc-provider';
import { toString as drawCode } from 'qrcode';
import type { Html } from '../../connectors/kit/index.ts';
import type { OidcClient } from './clients.ts';
import { readLoginHint } from './core/tenant-hint.ts';
import { interactionPath } from './create-provider.ts';
import type { LogInTenant } from './log-in-tenant.ts';
import type { IdentityProvider, ServedProvider } from './open-identity-provider.ts';
import { fieldOf, formToken, sendRendered } from './page-requests.ts';
import type { Messages } from './pages/messages.ts';
import {
  changeView,
  consentView,
  enrolView,
  type FormView,
  logInView,
  recoveryView,
  secondFactorView,
} from './pages/views.ts';
import type { Progress } from './take-step.ts';

/** One log-in under way, as a request finds it. */
export interface LogIn {
  readonly interaction: Interaction;
  readonly client: OidcClient;
  readonly progress: Progress | undefined;
  readonly tenant: LogInTenant | undefined;
  /**
   * The tenant the page may show: named by the application, or proven by a password. Of one that was merely typed
   * neither name, colour nor language shows, or a refusal would tell which tenants there are.
   */
  readonly shown: LogInTenant | undefined;
  readonly messages: Messages;
}

/** The page of the step that somebody is at. */
export async function show(
  idp: IdentityProvider,
  served: ServedProvider,
  logIn: LogIn,
  request: FastifyRequest,
  reply: FastifyReply,
  fault?: string,
  recoveryCodes?: readonly string[],
): Promise<FastifyReply> {
  const { client, interaction, messages, shown } = logIn;
  const form: FormView = {
    messages,
    action: interactionPath(interaction.uid),
    csrf: formToken(request, reply, idp),
    fault,
  };
  const { title, body } = await viewOf(idp, served, logIn, form, request, recoveryCodes);
  const brand = { product: client.name, tenant: shown?.name, color: shown?.color ?? undefined };
  const leadsTo = originsOf(interaction);
  return sendRendered(reply, { title, body, brand, messages, leadsTo }, reply.statusCode);
}

/** Where the application waits: the last of the redirects that our forms set off. */
function originsOf({ params }: Interaction): readonly string[] {
  const { redirect_uri: uri } = params;
  return typeof uri === 'string' && URL.canParse(uri) ? [new URL(uri).origin] : [];
}

async function viewOf(
  idp: IdentityProvider,
  served: ServedProvider,
  logIn: LogIn,
  form: FormView,
  request: FastifyRequest,
  recoveryCodes: readonly string[] | undefined,
): Promise<{ readonly title: string; readonly body: Html }> {
  const { client, interaction, messages, progress } = logIn;
  if (interaction.prompt.name === 'consent') {
    return { title: messages.consent.title(client.name), body: consentView(form) };
  }
  switch (progress?.stage) {
    case undefined:
      return { title: messages.logIn.title, body: passwordView(logIn, form, request) };
    case 'second_factor':
      return { title: messages.secondFactor.title, body: secondFactorView(form) };
    case 'change_password':
      return { title: messages.change.title, body: changeView(form, progress.email) };
    case 'recovery_codes':
      return { title: messages.recovery.title, body: recoveryView(form, recoveryCodes ?? []) };
    case 'enroll_second_factor':
      return {
        title: messages.enrol.title,
        body: enrolView({ ...form, totp: await newTotp(idp, served, progress, form) }),
      };
  }
}

function passwordView(logIn: LogIn, form: FormView, request: FastifyRequest): Html {
  const { client, interaction, shown } = logIn;
  const slug = shown?.slug ?? fieldOf(request, 'tenant');
  return logInView({
    ...form,
    application: client.name,
    tenantLabel: client.tenantLabel,
    tenant: slug,
    tenantFixed: shown !== undefined,
    email: fieldOf(request, 'email') || (readLoginHint(interaction.params).email ?? ''),
    forgotPath: `/account/forgotten?tenant=${encodeURIComponent(slug)}&client=${encodeURIComponent(client.id)}`,
  });
}

/** A key is shown once: after a wrong code the page asks for another code of it, or for another key. */
async function newTotp({ now }: IdentityProvider, { users }: ServedProvider, progress: Progress, { fault }: FormView) {
  if (fault !== undefined) return undefined;
  const { uri, key } = await users.startTotp(progress, now());
  const picture = await drawCode(uri.reveal(), { type: 'svg', margin: 1 });
  return { key: key.reveal(), picture: picture.replace('<svg ', '<svg aria-hidden="true" ') };
}
