import type { AskView, RunView } from '@tenantry/contract';
import type { Client } from './client.ts';
import { mayTickWithAll } from './commands/run/form-values.ts';

/** Typed in a clone of the repository; never asks a registry for a package of that name. */
export const PROGRAM = 'npx --no-install tenantry';

const PLAIN_WORD = /^[A-Za-z0-9_./:=@%+-]+$/;

/** A word for a POSIX shell. */
export const shellWord = (text: string): string =>
  PLAIN_WORD.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;

/** How to name a run in a command: its tenant is easier to type than its id. */
export const nameOf = (run: Pick<RunView, 'id' | 'tenant_slug'>): string => run.tenant_slug ?? run.id;

export const commandLine = (...words: readonly string[]): string => [PROGRAM, ...words.map(shellWord)].join(' ');

type Caller = Pick<Client, 'identity' | 'identities'>;

/** The exact command that answers what a run asks for; `…` marks what only the person knows. */
export function answerCommand(run: RunView, ask: AskView, caller: Caller): string {
  return commandLine(...answerWords(run, ask), ...actAs(itemOfOthers(ask)?.roles ?? ask.roles, caller));
}

function answerWords(run: RunView, ask: AskView): readonly string[] {
  const at = [nameOf(run), ask.step];
  switch (ask.kind) {
    case 'approve':
    case 'sign_off':
      return ['run', 'approve', ...at];
    case 'choose':
      return ['run', 'choose', ...at, ask.options.find(({ recommended }) => recommended)?.id ?? '…'];
    case 'confirm':
      return ['run', 'confirm', ...at, '--text', ask.confirm ?? '…'];
    default:
      return completeWords(run, ask);
  }
}

/** The first open item that is not ticked along with the task: it is for others, or asks for something of its own. */
const itemOfOthers = ({ kind, checklist, roles }: AskView): AskView['checklist'][number] | undefined =>
  kind === 'task'
    ? checklist.find((item) => !item.by_system && item.ticked === null && !mayTickWithAll(item, roles))
    : undefined;

function completeWords(run: RunView, ask: AskView): readonly string[] {
  const own = itemOfOthers(ask);
  if (own !== undefined) return ['run', 'tick', nameOf(run), ask.step, own.id, ...itemWords(own.evidence)];
  const ticks = ask.checklist.some((item) => mayTickWithAll(item, ask.roles)) ? ['--tick-all'] : [];
  const fields = ask.form_required.flatMap((name) => ['--set', `${name}=…`]);
  return ['run', 'complete', nameOf(run), ask.step, ...ticks, ...fields, ...evidenceWords(ask.evidence)];
}

const itemWords = (evidence: AskView['evidence']): string[] =>
  evidence === null
    ? []
    : evidence === 'file'
      ? ['--file', 'PATH']
      : [`--${evidence}`, evidence === 'link' ? 'https://…' : '…'];

function evidenceWords(evidence: AskView['evidence']): readonly string[] {
  if (evidence === null) return [];
  return evidence === 'file' ? ['--file', 'PATH'] : ['--note', evidence === 'link' ? 'https://…' : '…'];
}

/** `--as` where the caller has none of the roles and somebody else here has one. */
export function actAs(roles: readonly string[], { identity, identities }: Caller): readonly string[] {
  if (identity?.roles.some((role) => roles.includes(role)) === true) return [];
  const role = roles.find((wanted) => identities.some(({ roles: held }) => held.includes(wanted)));
  return role === undefined ? [] : ['--as', role];
}
