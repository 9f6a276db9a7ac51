import type { PortalOverviewView, PortalTaskView } from '@tenantry/contract';
import type { Ctx } from '../../access/index.ts';
import type { RunRecord } from '../../runbooks/index.ts';
import { findTenant, loadClient } from '../../tenants/index.ts';
import { portalLanguage } from '../languages.ts';
import type { PortalDeps } from '../portal-deps.ts';
import { countQuestions } from '../questions/index.ts';
import type { Visitor } from '../visitor.ts';
import { draftTimes, readDraft } from './drafts.ts';
import { findTask, type TaskPlace } from './find-task.ts';
import { listOwnRunIds, loadOwnRuns } from './own-runs.ts';
import { listSignatures } from './signatures.ts';
import { listUploads } from './uploads.ts';
import { viewProgress } from './view-progress.ts';
import { asksFor, summarizeTask, viewTask } from './view-task.ts';

/** The first page: how far it is, what is waited for, and what there is to do. */
export async function readOverview(deps: PortalDeps, visitor: Visitor): Promise<PortalOverviewView> {
  const { database, now } = deps;
  const ids = await listOwnRunIds(database, visitor);
  const [own, shared] = [await readOwn(deps, visitor), await readShared(deps, visitor, ids)];
  const { records, client, ...rest } = shared;
  const { roles } = visitor.actor;
  return {
    schema: 'tenantry.portal/1',
    language: portalLanguage(client.language),
    time_zone: client.timeZone,
    me: { name: visitor.actor.name, email: visitor.actor.email, roles: titlesOf(roles, records) },
    brand: rest.brand,
    session: { expires_at: visitor.expiresAt.toISOString() },
    runs: records.filter(({ meta }) => meta.parent === undefined).map((record) => viewProgress(record, roles, now())),
    tasks: records.flatMap((record) =>
      asksFor(record, roles, now()).map((ask) =>
        summarizeTask(record, ask, own.drafts.get(`${record.id}/${ask.step}`) ?? null),
      ),
    ),
    signatures: own.signatures,
    ...own.questions,
  };
}

/** Under row-level security. */
const readOwn = ({ database }: PortalDeps, visitor: Visitor) =>
  database.tenantTransaction(visitor.tenantId, async (tx) => ({
    drafts: await draftTimes(tx, visitor),
    signatures: await listSignatures(tx, visitor.tenantId),
    questions: await countQuestions(tx, visitor.tenantId),
  }));

const readShared = (deps: PortalDeps, visitor: Visitor, ids: readonly string[]) =>
  deps.database.transaction('operator', async (tx) => {
    const { tenantId, clientId } = visitor;
    const ctx = { tx, actor: visitor.actor, now: deps.now() };
    const client = await loadClient(tx, clientId);
    const tenant = await findTenant(tx, tenantId);
    const records = await loadOwnRuns(ctx, visitor, ids);
    const productId = tenant?.productId ?? records[0]?.meta.productId ?? null;
    const { product, color, support } = await deps.brandOf(tx, { tenantId, productId });
    return { client, records, brand: { name: tenant?.name ?? client.legalName, product, color, support } };
  });

/** A role is called what the runbooks call it; the newest says. */
const titlesOf = (roles: readonly string[], records: readonly RunRecord[]): string[] =>
  roles.map((role) => records.find(({ runbook }) => runbook.roles[role])?.runbook.roles[role]?.title ?? role);

/** One task with its form, what was typed so far and the files that wait with it. @throws portal.not_found */
export async function readTask(deps: PortalDeps, visitor: Visitor, place: TaskPlace): Promise<PortalTaskView> {
  const found = await deps.database.transaction('operator', (tx) => {
    const ctx: Ctx = { tx, actor: visitor.actor, now: deps.now() };
    return findTask(ctx, visitor, place);
  });
  return deps.database.tenantTransaction(visitor.tenantId, async (tx) => {
    const draft = await readDraft(tx, visitor, place);
    return {
      ...summarizeTask(found.record, found.ask, draft.saved_at === null ? null : new Date(draft.saved_at)),
      ...viewTask(found.record, found.ask),
      draft,
      files: await listUploads(tx, visitor, place),
    };
  });
}
