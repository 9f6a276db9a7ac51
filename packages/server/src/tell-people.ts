/**
 * Mails to whoever a run asks or informs (RUN-15). Runs know roles, people know addresses; here they meet. One mail for each
 * address, whatever a run asked of it at once.
 */
import { type AskView, isTenantryError, toWireId } from '@tenantry/contract';
import { informedOf } from '@tenantry/runbook';
import type { Ctx } from './access/index.ts';
import { answerLink } from './answer-link.ts';
import { sha256 } from './connectors/kit/index.ts';
import { enqueueMail, type Mail, type MailValues } from './notifications/index.ts';
import { addressesOfRole } from './people/index.ts';
import { batchOfAsk, loadRun, type RunRecord, takeNews, viewRun } from './runbooks/index.ts';

export interface TellDeps {
  readonly publicUrl: string;
  /** Mails to seeded identities as well: where every mail goes to the mailbox of a development installation. */
  readonly tellsDevelopment: boolean;
  readonly log: (message: string, facts: Readonly<Record<string, unknown>>) => void;
}

const PREFIX = 'ask:';
/** The batch a mail about questions went out with; undefined for any other mail. */
export const batchOfMail = (key: string): string | undefined =>
  key.startsWith(PREFIX) ? key.slice(PREFIX.length).split('/')[0] : undefined;

/** Writes what has not been told yet; all of it, or nothing, in the caller's transaction. */
export async function tellPeople(ctx: Ctx, deps: TellDeps, runId: string): Promise<void> {
  const news = await takeNews(ctx, runId);
  if (news === undefined) return;
  const record = await loadRun(ctx.tx, runId);
  const asks = asksOf(ctx, record).filter(({ step }) => news.asks.includes(step));
  await tellAsked(ctx, deps, record, { asks, key: `${PREFIX}${news.batch}`, reminds: false });
  await tellInformed(ctx, deps, record, news);
}

/** Asks those once more who have not answered: when others are told that nobody does. */
export async function remindAsked(
  ctx: Ctx,
  deps: TellDeps,
  record: RunRecord,
  { step, rung }: { readonly step: string; readonly rung: number },
): Promise<void> {
  const batch = await batchOfAsk(ctx.tx, record.id, step);
  if (batch === undefined) return;
  const asks = asksOf(ctx, record).filter((ask) => ask.step === step);
  await tellAsked(ctx, deps, record, { asks, key: `${PREFIX}${batch}/${step}/reminder-${rung}`, reminds: true });
}

const asksOf = (ctx: Ctx, record: RunRecord): readonly AskView[] =>
  viewRun(record, { now: ctx.now, updatedAt: ctx.now }).asks;

interface Questions {
  readonly asks: readonly AskView[];
  readonly key: string;
  readonly reminds: boolean;
}

async function tellAsked(
  ctx: Ctx,
  deps: TellDeps,
  record: RunRecord,
  { asks, key, reminds }: Questions,
): Promise<void> {
  const told = new Map<string, Told<AskView>>();
  for (const ask of asks) {
    const except = record.state.steps[ask.step]?.acts.map(({ personId }) => personId) ?? [];
    for (const role of rolesAsked(ask).filter((each) => reminds || !isToldByPortal(record, each))) {
      gather(told, ask, role, await addressesIn(ctx, deps, record, { role, except }));
    }
  }
  const lead = reminds ? 'Still asked of you' : 'Asked of you';
  for (const [address, { items, roles }] of told) {
    const [first] = items;
    const what = items.length === 1 ? (first?.title ?? '') : `${items.length} things`;
    await writeMail(ctx, deps, {
      template: 'asked',
      to: address,
      key: `${key}/${digest(address)}`,
      values: {
        subject: `${lead}: ${what} (${record.meta.title})`,
        run: record.meta.title,
        link: await linkFor(ctx, deps, record, { address, roles }),
        asks: items.map((ask) => ({
          title: ask.title,
          kind: KIND_WORDS[ask.kind],
          role: titlesOf(
            record,
            rolesAsked(ask).filter((role) => roles.has(role)),
          ),
          due: ask.due_at === null ? '' : `, by ${timeText(ask.due_at)}`,
          text: ask.text === ask.title ? '' : ask.text,
          how:
            partyOf(record, roles) === 'client'
              ? ''
              : `(${COMMAND_WORDS[ask.kind]} ${toWireId('run', record.id)} ${ask.step})`,
        })),
      },
    });
  }
}

/** People of a client are asked by a mail of the portal, which holds their way in. */
const isToldByPortal = ({ runbook, meta }: RunRecord, role: string): boolean =>
  runbook.roles[role]?.party === 'client' && meta.tenantId !== null && meta.clientId !== null;
/** Whoever does the task, and whoever has an item of it to tick. */
const rolesAsked = ({ roles, checklist }: AskView): readonly string[] => {
  const open = checklist.filter((item) => !item.by_system && item.ticked === null);
  return [...new Set([...roles, ...open.flatMap((item) => item.roles)])];
};

type News = NonNullable<Awaited<ReturnType<typeof takeNews>>>;

async function tellInformed(ctx: Ctx, deps: TellDeps, record: RunRecord, { notices, batch }: News): Promise<void> {
  const told = new Map<string, Told<News['notices'][number]>>();
  for (const notice of notices) {
    for (const role of informedOf(record.runbook, notice.of)) {
      gather(told, notice, role, await addressesIn(ctx, deps, record, { role, except: [] }));
    }
  }
  for (const [address, { items, roles }] of told) {
    const more = items.length === 1 ? '' : ` (and ${items.length - 1} more)`;
    await writeMail(ctx, deps, {
      template: 'notice',
      to: address,
      key: `notice:${batch}/${digest(address)}`,
      values: {
        subject: `${record.meta.title}: ${items[0]?.text ?? ''}${more}`,
        run: record.meta.title,
        roles: titlesOf(record, [...roles]),
        link: await linkFor(ctx, deps, record, { address, roles }),
        notices: items.map(({ text, at }) => ({ text, at: timeText(at.toISOString()) })),
      },
    });
  }
}

/** What one address is told, and in which roles. */
interface Told<Item> {
  readonly items: Item[];
  readonly roles: Set<string>;
}

function gather<Item>(told: Map<string, Told<Item>>, item: Item, role: string, addresses: readonly string[]): void {
  for (const address of addresses) {
    const known = told.get(address) ?? { items: [], roles: new Set() };
    if (!known.items.includes(item)) known.items.push(item);
    known.roles.add(role);
    told.set(address, known);
  }
}

/** The contact the runbook names for a role stands for everybody in it. */
export async function addressesIn(
  ctx: Ctx,
  { tellsDevelopment: development }: TellDeps,
  { meta }: RunRecord,
  { role, except }: { readonly role: string; readonly except: readonly string[] },
): Promise<readonly string[]> {
  const contact = meta.contacts[role];
  if (contact !== undefined) return contact === '' ? [] : [contact];
  return addressesOfRole(ctx.tx, { role, productId: meta.productId, clientId: meta.clientId, development, except });
}

/** A contact that is no address, or a text without a title, holds up nobody else's mail. */
export async function writeMail(ctx: Ctx, { log }: TellDeps, mail: Omit<Mail, 'tenantId'>): Promise<void> {
  try {
    await enqueueMail(ctx, { ...mail, tenantId: null });
  } catch (error) {
    if (!isTenantryError(error) || error.code !== 'request.invalid') throw error;
    log('Somebody a run asks or informs has no address a mail can go to.', { to: mail.to, key: mail.key });
  }
}

const linkFor = (
  ctx: Ctx,
  { publicUrl }: TellDeps,
  record: RunRecord,
  { address, roles }: { readonly address: string; readonly roles: ReadonlySet<string> },
): Promise<MailValues[string]> =>
  answerLink(ctx, { publicUrl, runId: record.id, party: partyOf(record, roles), address });

const partyOf = ({ runbook }: RunRecord, roles: ReadonlySet<string>): 'vendor' | 'client' =>
  [...roles].some((role) => runbook.roles[role]?.party !== 'client') ? 'vendor' : 'client';

const titlesOf = ({ runbook }: RunRecord, roles: readonly string[]): string =>
  roles.map((role) => runbook.roles[role]?.title ?? role).join(', ');

const KIND_WORDS: Readonly<Record<AskView['kind'], string>> = {
  task: 'a task',
  approve: 'an approval',
  sign_off: 'a sign-off',
  undo_task: 'something to take back',
  choose: 'a choice',
  manual: 'work by hand',
  confirm: 'a point of no return',
};

const COMMAND_WORDS: Readonly<Record<AskView['kind'], string>> = {
  task: 'tenantry run complete',
  approve: 'tenantry run approve',
  sign_off: 'tenantry run approve',
  undo_task: 'tenantry run complete',
  choose: 'tenantry run choose',
  manual: 'tenantry run complete',
  confirm: 'tenantry run confirm',
};

const timeText = (at: string): string => `${at.slice(0, 16).replace('T', ' ')} UTC`;

/** Keys have a bound, addresses may be longer. */
export const digest = (address: string): string => sha256(address).slice(0, 16);
