import {
  foundOffboardingSchema,
  type OffboardingView,
  offboardingCauseSchema,
  offboardingSchema,
} from '@tenantry/contract';
import { Command, Option } from 'commander';
import { type Task, taskOf, withCommon } from '../../session.ts';
import { plainLine } from '../../terminal/plain-text.ts';
import { timeText } from '../../terminal/time-text.ts';
import { askForName } from '../backup/ask-for-name.ts';

const base = (tenant: string): string => `/api/v1/tenants/${encodeURIComponent(tenant)}`;

interface OffboardOptions {
  readonly cause: string;
  readonly reason: string;
  readonly authority?: string;
  readonly secondAuthority?: string;
  readonly keepData?: boolean;
  readonly erasureRequest?: boolean;
  readonly yes?: boolean;
}

export const tenantOffboardCommand = (): Command =>
  withCommon(new Command('offboard').description('Announce the end of a tenant; its administrators are told'))
    .argument('<tenant>', 'id or slug')
    .addOption(
      new Option('--cause <cause>', 'why it leaves').choices(offboardingCauseSchema.options).makeOptionMandatory(),
    )
    .requiredOption('--reason <text>', 'in words; kept for good, and told to the administrators')
    .option('--authority <text>', 'on whose word')
    .option('--second-authority <text>', 'who else agrees; needed for terms_violation, which ends access at once')
    .option('--keep-data', 'delete nothing: the data stays, and nobody gets at it')
    .option('--erasure-request', "a person's right to erasure: no retention after the end")
    .option('--yes', 'do not ask, where access ends at once')
    .action(async (tenant: string, options: OffboardOptions, command: Command) => {
      const task = taskOf(command);
      if (options.cause === 'terms_violation' && options.yes !== true) await askForName(task.io, tenant);
      const body = {
        cause: options.cause,
        reason: options.reason,
        authority: options.authority,
        second_authority: options.secondAuthority,
        delete_data: options.keepData !== true,
        erasure_request: options.erasureRequest === true,
      };
      show(task, await task.connect().post(`${base(tenant)}/offboard`, body, offboardingSchema));
    });

interface ReasonOptions {
  readonly reason: string;
  readonly authority?: string;
}

export const tenantCancelOffboardingCommand = (): Command =>
  withCommon(new Command('cancel-offboarding').description('Call the end of a tenant off, until its data is deleted'))
    .argument('<tenant>', 'id or slug')
    .requiredOption('--reason <text>', 'why; kept for good, and told to the administrators')
    .option('--authority <text>', 'on whose word')
    .action(async (tenant: string, { reason, authority }: ReasonOptions, command: Command) => {
      const task = taskOf(command);
      const body = { reason, authority };
      show(task, await task.connect().post(`${base(tenant)}/cancel-offboarding`, body, offboardingSchema));
    });

export const tenantLegalHoldCommand = (): Command =>
  withCommon(new Command('legal-hold').description('Keep the data of a tenant that leaves, or let it go'))
    .argument('<tenant>', 'id or slug')
    .requiredOption('--reason <text>', 'why; kept for good')
    .option('--authority <text>', 'on whose word')
    .option('--lift', 'let it go')
    .action(async (tenant: string, options: ReasonOptions & { readonly lift?: boolean }, command: Command) => {
      const task = taskOf(command);
      const { reason, authority, lift } = options;
      const body = { reason, authority, hold: lift !== true };
      show(task, await task.connect().post(`${base(tenant)}/legal-hold`, body, offboardingSchema));
    });

export const tenantEraseCommand = (): Command =>
  withCommon(new Command('erase').description('Delete the data of a tenant that has left now, without its retention'))
    .argument('<tenant>', 'slug')
    .requiredOption('--reason <text>', 'why; kept for good')
    .option('--authority <text>', 'on whose word')
    .option('--yes', 'do not ask')
    .action(async (tenant: string, options: ReasonOptions & { readonly yes?: boolean }, command: Command) => {
      const task = taskOf(command);
      const { reason, authority, yes } = options;
      if (yes !== true) await askForName(task.io, tenant);
      const body = { confirm: tenant, reason, authority };
      show(task, await task.connect().post(`${base(tenant)}/erase`, body, offboardingSchema));
    });

export const tenantOffboardingCommand = (): Command =>
  withCommon(new Command('offboarding').description('How a tenant leaves or has left, with the certificate'))
    .argument('<tenant>', 'id or slug')
    .action(async (tenant: string, _options: object, command: Command) => {
      const task = taskOf(command);
      const { offboarding } = await task.connect().get(`${base(tenant)}/offboarding`, foundOffboardingSchema);
      if (offboarding !== null) return show(task, offboarding);
      task.print({ schema: 'tenantry.offboarding/1', offboarding }, () => [
        `${plainLine(tenant)} has never begun to leave.`,
      ]);
    });

const STATES: Readonly<Record<OffboardingView['state'], (view: OffboardingView) => string>> = {
  grace: ({ ends_at }) => `leaves on ${timeText(ends_at)}`,
  offboarded: ({ delete_after }) =>
    delete_after === null
      ? 'has left; its data is kept'
      : `has left; its data is deleted after ${timeText(delete_after)}`,
  deleting: () => 'has left; its data is being deleted',
  deleted: ({ ended_at }) => `has left; its data was deleted on ${timeText(ended_at)}`,
  cancelled: () => 'stays: its end was called off',
};

function show(task: Task, view: OffboardingView): void {
  const { style } = task.io.out;
  const lines = [
    `${style.strong(plainLine(view.slug))} ${STATES[view.state](view)}.`,
    `  ${view.cause} (${view.priority}), on the word of ${plainLine(view.authority)}: ${plainLine(view.reason)}`,
    ...(view.legal_hold === null
      ? []
      : [`  held by ${plainLine(view.legal_hold.authority)}: ${plainLine(view.legal_hold.reason)}`]),
    ...(view.obstacle === null ? [] : [`  ${style.bad('held up:')} ${plainLine(String(view.obstacle.message ?? ''))}`]),
    ...(view.certificate === null
      ? []
      : [`  certificate sha256 ${String(view.certificate.sha256 ?? '')} (-o json shows it)`]),
  ];
  task.print({ schema: 'tenantry.offboarding/1', ...view }, () => lines);
}
