import { type Ctx, permit, reachOf } from '../access/index.ts';

export interface EndingContract {
  /** uuid of the client. */
  readonly id: string;
  readonly legalName: string;
  /** A date. */
  readonly endsOn: string;
}

const LINES_MAX = 50;

/** Contracts that end within days, the soonest first, as far as the reader's grants reach whole clients. */
export async function listEndingContracts(
  ctx: Ctx,
  { withinDays }: { readonly withinDays: number },
): Promise<readonly EndingContract[]> {
  permit(ctx.actor, 'tenants:read');
  const reach = reachOf(ctx.actor, 'tenants:read');
  const everything = reach === 'everything';
  const today = ctx.now.toISOString().slice(0, 10);
  const last = new Date(ctx.now.getTime() + withinDays * 86_400_000).toISOString().slice(0, 10);
  const { rows } = await ctx.tx.query<{ id: string; legal_name: string; ends_on: string }>(
    `select id, legal_name, contract ->> 'ends_on' as ends_on from clients
     where contract ->> 'ends_on' between $1 and $2 and ($3 or id = any($4::uuid[]))
     order by 3, 1 limit $5`,
    [today, last, everything, everything ? [] : reach.clients.filter((id) => id !== null), LINES_MAX],
  );
  return rows.map((row) => ({ id: row.id, legalName: row.legal_name, endsOn: row.ends_on }));
}
