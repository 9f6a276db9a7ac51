/** Somebody of the client is told by mail, with a way in, that something waits for them. */
import { type AskView, isTenantryError } from '@tenantry/contract';
import { type Ctx, systemActor } from '../../access/index.ts';
import { ASKED_TASK, loadRun, type RunRecord } from '../../runbooks/index.ts';
import { loadClient } from '../../tenants/index.ts';
import type { PortalDeps, PortalPerson } from '../portal-deps.ts';
import { asksOf } from '../work/view-progress.ts';
import { mailLink } from './issue-link.ts';
import { newestLinkOf, rolesWith } from './newest-link.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
/** What is asked within this time of the last mail is found by the link in that one. */
export const TELL_AGAIN_MS = 10 * MINUTE_MS;
const LINK_DAYS = 14;

type Job = (payload: Readonly<Record<string, unknown>>) => Promise<void>;

export const portalJobs = (deps: PortalDeps): Readonly<Record<string, Job>> => ({
  [ASKED_TASK]: async ({ run, step }) => {
    await deps.database.transaction('operator', async (tx) => {
      const ctx = { tx, actor: systemActor('portal'), now: deps.now() };
      await tellAsked(ctx, deps, await loadRun(tx, String(run)), String(step));
    });
  },
});

/** A step that was answered meanwhile tells nobody; neither does a run that is about no tenant of a client. */
async function tellAsked(ctx: Ctx, deps: PortalDeps, record: RunRecord, step: string): Promise<void> {
  const { tenantId, clientId, productId } = record.meta;
  const ask = asksOf(record, ctx.now).find((each) => each.step === step);
  if (tenantId === null || clientId === null || ask === undefined) return;
  for (const role of ask.roles.filter((each) => record.runbook.roles[each]?.party === 'client')) {
    for (const person of await peopleOf(ctx, deps, record, { role, clientId })) {
      const whose = { personId: person.id, tenantId };
      const newest = await newestLinkOf(ctx, whose);
      // An operator took their way in; only an operator gives it back.
      if (newest?.revoked === true) continue;
      const sinceMs = ctx.now.getTime() - (newest?.createdAt.getTime() ?? 0);
      if (newest?.roles.includes(role) === true && sinceMs < TELL_AGAIN_MS) continue;
      const roles = await rolesWith(ctx, whose, role);
      await mailLink(
        ctx,
        deps,
        { tenantId, clientId, productId, runId: record.id, person, roles },
        {
          template: 'portal-asked',
          key: keyOf(record, ask, person),
          expiresAt: new Date(ctx.now.getTime() + LINK_DAYS * DAY_MS),
          values: { title: ask.title, run: record.meta.title },
        },
      );
    }
  }
}

/** The job may be done twice; asked in another round, or anew, is another mail. */
const keyOf = ({ id, state }: RunRecord, { step, asked_at: askedAt }: AskView, person: PortalPerson): string =>
  `portal-asked:${id}/${step}/${state.steps[step]?.round ?? 1}/${askedAt ?? ''}/${person.id}`;

/** The contact the run has for the role, else whoever holds it at the client. An address that is somebody else's is left out. */
async function peopleOf(
  ctx: Ctx,
  deps: PortalDeps,
  { meta }: RunRecord,
  { role, clientId }: { readonly role: string; readonly clientId: string },
): Promise<readonly PortalPerson[]> {
  const contact = meta.contacts[role];
  const addresses = contact === undefined ? await deps.addressesOfRole(ctx.tx, { role, ...meta }) : [contact];
  const { contacts } = await loadClient(ctx.tx, clientId);
  const people: PortalPerson[] = [];
  for (const email of addresses) {
    const known = (contacts as readonly { email: string; name?: string }[]).find(
      (each) => each.email.toLowerCase() === email.toLowerCase(),
    );
    const person = await deps
      .ensurePerson(ctx, { clientId, email, name: known?.name ?? email, role })
      .catch((error: unknown) => {
        if (isTenantryError(error) && error.code === 'portal.person_refused') return undefined;
        throw error;
      });
    if (person !== undefined) people.push(person);
  }
  return people;
}
