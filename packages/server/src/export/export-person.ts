import { type personalDataSchema, TenantryError } from '@tenantry/contract';
import type { z } from 'zod';
import type { Actor } from '../access/index.ts';
import { recordAudit } from '../audit/index.ts';
import { rowsIn } from './core/lines.ts';
import { isSecretColumn } from './core/plane-tables.ts';
import { planeRows } from './plane-rows.ts';
import type { ExportDeps, TenantRows } from './sources.ts';

export interface PersonInput {
  /** Id or slug. */
  readonly tenant: string;
  /** uuid of the account. */
  readonly userId: string;
}

export interface PersonalData {
  readonly schema: 'tenantry.personal-data/1';
  readonly person: { readonly id: string; readonly email: string; readonly tenant_id: string };
  readonly taken_at: string;
  readonly tables: readonly {
    readonly database: string;
    readonly table: string;
    readonly rows: readonly Readonly<Record<string, unknown>>[];
  }[];
}

type Row = Readonly<Record<string, unknown>>;

/**
 * Everything a tenant holds about one person (OFF-20, OFF-24): each row, of whatever table, that names the person by their
 * address or by the id of one of their accounts. Secrets are left out, as from every export.
 *
 * @throws user.not_found, tenant.not_found, access.forbidden, export.unavailable
 */
export async function exportPerson(deps: ExportDeps, actor: Actor, input: PersonInput): Promise<PersonalData> {
  const at = deps.now();
  const tenant = await deps.database.transaction('operator', async (tx) => {
    const found = await deps.sources.tenantOf({ tx, actor, now: at }, input.tenant);
    await recordAudit(
      { tx, actor, now: at },
      { action: 'user.data_exported', tenantId: found.id, subject: { kind: 'user', id: input.userId } },
    );
    return found;
  });
  const databases = await deps.sources.openDatabases(tenant);
  const tables: { database: string; table: string; rows: Row[] }[] = [];
  const names = new Set([quoted(input.userId)]);
  const collect = async (rows: TenantRows, omit: (column: string) => boolean): Promise<void> => {
    const found = await rowsNaming(
      rows,
      rows.columns.filter((column) => !omit(column)),
      names,
    );
    if (found.length > 0) tables.push({ database: rows.database, table: rows.table, rows: found });
  };
  const email = await deps.database.transaction('worker', async (tx) => {
    await tx.query('set transaction isolation level repeatable read, read only');
    const own = await planeRows(tx, tenant.id);
    const address = await emailOf(own, input.userId);
    names.add(quoted(address));
    for (const rows of own) await collect(rows, (column) => rows.omit.includes(column));
    return address;
  });
  await databases.each(new AbortController().signal, async ({ tables: product }) => {
    for (const id of await accountsOf(product, email)) names.add(quoted(id));
    for (const rows of product) await collect(rows, isSecretColumn);
  });
  return {
    schema: 'tenantry.personal-data/1',
    person: { id: input.userId, email, tenant_id: tenant.id },
    taken_at: at.toISOString(),
    tables,
  };
}

/** As JSON writes it, so that an address is found within structures too, and never as a part of another. */
const quoted = (text: string): string => JSON.stringify(text).toLowerCase();

async function rowsNaming(rows: TenantRows, columns: readonly string[], names: ReadonlySet<string>): Promise<Row[]> {
  const found: Row[] = [];
  for await (const piece of rows.lines(columns)) {
    for (const row of rowsIn(piece)) {
      const text = row.toLowerCase();
      if ([...names].some((name) => text.includes(name))) found.push(JSON.parse(row) as Row);
    }
  }
  return found;
}

async function emailOf(tables: readonly TenantRows[], userId: string): Promise<string> {
  const users = tables.find(({ table }) => table === 'users');
  const rows = users === undefined ? [] : await rowsNaming(users, ['id', 'email'], new Set([quoted(userId)]));
  const email = rows.find(({ id }) => id === userId)?.email;
  if (typeof email === 'string') return email;
  throw new TenantryError('user.not_found', `There is no user ${userId} in this tenant.`, {
    next: 'GET /api/v1/tenants/TENANT/users has the ids.',
  });
}

/** The same person in the product: rows with an address of theirs and an id that other rows can point at. */
async function accountsOf(tables: readonly TenantRows[], email: string): Promise<readonly string[]> {
  const ids: string[] = [];
  for (const rows of tables.filter(({ columns }) => columns.includes('email') && columns.includes('id'))) {
    for (const row of await rowsNaming(rows, ['id', 'email'], new Set([quoted(email)]))) {
      if (typeof row.id === 'string') ids.push(row.id);
    }
  }
  return ids;
}

/** As the wire has it. */
export const viewPersonalData = ({ tables, ...about }: PersonalData): z.input<typeof personalDataSchema> => ({
  ...about,
  person: { ...about.person },
  tables: tables.map(({ rows, ...table }) => ({ ...table, rows: rows.map((row) => ({ ...row })) })),
});
