import { TenantryError, type TenantWishView, type Wish } from '@tenantry/contract';
import type { Ctx } from '../../access/index.ts';
import { findTenant, loadClient, recordWish } from '../../tenants/index.ts';
import { possibleWishes } from '../core/wishes.ts';
import { type PortalLanguage, portalLanguage } from '../languages.ts';
import type { PortalDeps } from '../portal-deps.ts';
import { askQuestion } from '../questions/index.ts';
import type { Visitor } from '../visitor.ts';
import { currentWishes, wishPlaceOf } from './read-wishes.ts';

export interface NewVisitorWish {
  /** uuid, made by the browser: the same one again asks nothing more. */
  readonly id: string;
  readonly wish: Wish;
  readonly note?: string | undefined;
}

/** What the wish says where it is talked about: among the client's questions. */
const TEXTS: Readonly<Record<PortalLanguage, Readonly<Record<Wish, string>>>> = {
  en: {
    export: 'Please give us a copy of all our data.',
    stay: 'We would like to stay. Please call the end of our access off.',
    plan: 'We would like to change our plan.',
  },
  pt: {
    export: 'Pedimos uma cópia de todos os nossos dados.',
    stay: 'Gostaríamos de ficar. Pedimos que anulem o fim do nosso acesso.',
    plan: 'Gostaríamos de mudar de plano.',
  },
};

/**
 * Asks for something about the tenant of the visitor. It becomes a question, which the vendor is told of by mail and
 * answers, and a line of the tenant's history. One that still waits is not asked twice.
 *
 * @throws portal.wish_refused where there is nothing of it to ask for now
 */
export async function askWish(
  ctx: Ctx,
  deps: PortalDeps,
  visitor: Visitor,
  { id, wish, note }: NewVisitorWish,
): Promise<readonly TenantWishView[]> {
  const { tenantId, clientId } = visitor;
  // Two presses at once are one wish.
  await ctx.tx.query("select pg_advisory_xact_lock(hashtextextended('wish ' || $1, 0))", [tenantId]);
  const tenant = await findTenant(ctx.tx, tenantId);
  if (tenant === undefined) throw refused(wish, 'onboarding');
  const place = await wishPlaceOf(ctx.tx, tenant);
  if (!possibleWishes(place).includes(wish)) throw refused(wish, tenant.status);
  const waits = (await currentWishes(ctx, tenantId, place)).some((each) => each.wish === wish && !each.answered);
  if (!waits) {
    const text = TEXTS[portalLanguage((await loadClient(ctx.tx, clientId)).language)][wish];
    const words = note === undefined || note === '' ? text : `${text}\n\n${note}`;
    await askQuestion(ctx, deps, visitor, { id, text: words });
    await recordWish(ctx, { tenantId, wish, questionId: id, note });
  }
  return currentWishes(ctx, tenantId, place);
}

const refused = (wish: Wish, status: string): TenantryError =>
  new TenantryError('portal.wish_refused', 'There is nothing of that kind to ask for now.', {
    facts: { wish, status },
    next: 'Look at the page again: it says what can be asked for. Anything else can be asked under Questions.',
  });
