/**
 * One log-in, step by step: password, then whatever the answer names (a new password, a second factor, its set-up),
 * then the session. Where somebody stands is kept with the interaction, on our side; the browser only names it.
 */
import { isTenantryError, type TenantryError } from '@tenantry/contract';
import { Secret } from '../../connectors/kit/index.ts';
import type { LoginAnswer, LoginStep } from '../authentication.ts';
import type { LogInTenant } from './log-in-tenant.ts';
import type { Messages } from './pages/messages.ts';
import type { UserDoor } from './user-door.ts';

export type Stage = 'password' | Exclude<LoginStep, 'none'> | 'recovery_codes';

/** Somebody whose password was right. */
export interface Progress {
  readonly tenantId: string;
  readonly userId: string;
  readonly email: string;
  readonly stage: Exclude<Stage, 'password'>;
  readonly amr: readonly string[];
  readonly mustChange: boolean;
}

/** What was typed. Every member is a text; one that was not sent is empty. */
export interface StepInput {
  readonly email: string;
  readonly password: string;
  readonly code: string;
  readonly current: string;
  readonly next: string;
  readonly repeat: string;
}

export interface StepScope {
  readonly users: UserDoor;
  readonly messages: Messages;
  /** The tenant that was named, if there is one. */
  readonly tenant: LogInTenant | undefined;
  readonly address: string;
  readonly now: Date;
}

export type StepAnswer =
  | { readonly kind: 'done'; readonly who: Progress }
  | { readonly kind: 'next'; readonly progress: Progress; readonly recoveryCodes?: readonly string[] }
  | {
      readonly kind: 'again';
      readonly fault: string;
      readonly status: number;
      readonly retryAfterMs?: number | undefined;
    };

const FACTOR_AMR = ['otp', 'mfa'];
const MINUTE_MS = 60_000;

/** @throws what no page can help with: a bug, a database that is away */
export async function takeStep(
  scope: StepScope,
  progress: Progress | undefined,
  input: StepInput,
): Promise<StepAnswer> {
  try {
    return await step(scope, progress, input);
  } catch (error) {
    const answer = isTenantryError(error) ? refusalOf(error, scope.messages) : undefined;
    if (answer === undefined) throw error;
    return answer;
  }
}

/** Too many attempts, or more people than can be checked at once: the same form again, later. */
function refusalOf(error: TenantryError, { refused }: Messages): StepAnswer | undefined {
  if (error.code !== 'request.throttled' && error.code !== 'identity.busy') return undefined;
  const retryAfterMs = typeof error.retry === 'object' ? error.retry.afterMs : MINUTE_MS;
  const fault = error.code === 'identity.busy' ? refused.busy : refused.throttled(Math.ceil(retryAfterMs / MINUTE_MS));
  return { kind: 'again', fault, status: error.status, retryAfterMs };
}

function step(scope: StepScope, progress: Progress | undefined, input: StepInput): Promise<StepAnswer> {
  switch (progress?.stage) {
    case undefined:
      return takePassword(scope, input);
    case 'second_factor':
      return takeSecondFactor(scope, progress, input);
    case 'enroll_second_factor':
      return takeEnrolment(scope, progress, input);
    case 'recovery_codes':
      return Promise.resolve(afterFactor(progress));
    case 'change_password':
      return takeChange(scope, progress, input);
  }
}

async function takePassword(scope: StepScope, input: StepInput): Promise<StepAnswer> {
  const password = new Secret(input.password);
  const answer = await attempt(scope, input.email, password);
  if (answer.outcome === 'refused') return refused(scope.messages, answer);
  const { user, next } = answer;
  const who = {
    tenantId: user.tenantId,
    userId: user.id,
    email: user.email,
    amr: ['pwd'],
    mustChange: user.mustChangePassword,
  };
  return next === 'none'
    ? { kind: 'done', who: { ...who, stage: 'change_password' } }
    : { kind: 'next', progress: { ...who, stage: next } };
}

/** A tenant that is not there is refused after the same work, in the same words. */
async function attempt(
  { users, tenant, address, now }: StepScope,
  email: string,
  password: Secret,
): Promise<LoginAnswer> {
  if (tenant !== undefined) return users.logIn({ tenantId: tenant.id, email, password, address, now });
  await users.refuseStranger(password);
  return { outcome: 'refused', reason: 'credentials' };
}

function refused(messages: Messages, answer: Extract<LoginAnswer, { outcome: 'refused' }>): StepAnswer {
  const { refused: texts } = messages;
  switch (answer.reason) {
    case 'credentials':
      return { kind: 'again', fault: texts.credentials, status: 401 };
    case 'throttled': {
      const retryAfterMs = answer.retryAfterMs ?? MINUTE_MS;
      return { kind: 'again', fault: texts.throttled(Math.ceil(retryAfterMs / MINUTE_MS)), status: 429, retryAfterMs };
    }
    case 'tenant_closed':
      return { kind: 'again', fault: texts.tenantClosed, status: 403 };
    case 'address':
      return { kind: 'again', fault: texts.address, status: 403 };
  }
}

async function takeSecondFactor(
  { users, messages, address, now }: StepScope,
  progress: Progress,
  { code }: StepInput,
): Promise<StepAnswer> {
  const { accepted, hint } = await users.checkSecondFactor(progress, { code: code.trim(), address }, now);
  if (accepted) return afterFactor(withFactor(progress));
  return { kind: 'again', fault: hint ?? messages.refused.code, status: 401 };
}

async function takeEnrolment(
  { users, messages, now }: StepScope,
  progress: Progress,
  { code }: StepInput,
): Promise<StepAnswer> {
  const codes = await users.confirmTotp(progress, code.replaceAll(/\s/g, ''), now);
  if (codes === undefined) return { kind: 'again', fault: messages.refused.code, status: 401 };
  return {
    kind: 'next',
    progress: { ...withFactor(progress), stage: 'recovery_codes' },
    recoveryCodes: codes.map((each) => each.reveal()),
  };
}

const withFactor = (progress: Progress): Progress => ({
  ...progress,
  amr: [...new Set([...progress.amr, ...FACTOR_AMR])],
});

const afterFactor = (progress: Progress): StepAnswer =>
  progress.mustChange
    ? { kind: 'next', progress: { ...progress, stage: 'change_password' } }
    : { kind: 'done', who: progress };

/** The new password then has to log in like any other, and so learns of a second factor that is still missing. */
async function takeChange(scope: StepScope, progress: Progress, input: StepInput): Promise<StepAnswer> {
  const { users, messages, address, now } = scope;
  const again = (fault: string): StepAnswer => ({ kind: 'again', fault, status: 400 });
  if (input.next !== input.repeat) return again(messages.refused.passwordsDiffer);
  const next = new Secret(input.next);
  const { tenantId, email } = progress;
  try {
    await users.changePassword({ tenantId, email, current: new Secret(input.current), next, now });
  } catch (error) {
    const fault = passwordFaultOf(error, messages);
    if (fault === undefined) throw error;
    return again(fault);
  }
  const answer = await users.logIn({ tenantId, email, password: next, address, now });
  if (answer.outcome === 'refused') return refused(messages, answer);
  const changed = { ...progress, mustChange: false };
  const proven = progress.amr.includes('mfa');
  if (answer.next === 'none' || (answer.next !== 'change_password' && proven)) return { kind: 'done', who: changed };
  return { kind: 'next', progress: { ...changed, stage: answer.next } };
}

/** What to tell somebody whose new password was not taken; undefined for any other error. */
export function passwordFaultOf(error: unknown, messages: Messages): string | undefined {
  if (!isTenantryError(error)) return undefined;
  if (error.code === 'user.login_refused') return messages.refused.current;
  if (error.code !== 'user.password_refused') return undefined;
  return messages.refused.passwordRefused(error.faults[0]?.message ?? error.message);
}
