/** `postgres.row_security`: what the catalogue says about the protection of the tenants' tables. */
import { bypasses, findFaults, readDetours, readRole, readTable } from '@tenantry/guard/isolation';
import { z } from 'zod';
import { defineCheck } from '../kit/index.ts';
import { transaction } from './session.ts';
import { targetOf } from './settings.ts';
import { loadTenantTables } from './tenant-tables.ts';

const input = z.strictObject({
  /** Connection of the application, with the role it uses when it serves a tenant. */
  database: z.string().min(1),
  /** Default: every table that has the tenant column. */
  tables: z.array(z.string().min(1)).min(1).optional(),
  tenant_column: z.string().min(1).default('tenant_id'),
});

export const findingSchema = z.strictObject({
  severity: z.enum(['critical', 'warning']),
  rule: z.string(),
  subject: z.string(),
  message: z.string(),
});

const output = z.strictObject({
  role: z.string(),
  role_bypasses: z.boolean(),
  tables: z.array(z.string()),
  /** Policies on these tables that hold for the role. */
  policies: z.number(),
  /** Tables without row-level security, or with a policy that lets every row through. */
  unprotected: z.array(z.string()),
  not_forced: z.array(z.string()),
  findings: z.array(findingSchema),
});

export const rowSecurityCheck = defineCheck<z.infer<typeof input>, z.infer<typeof output>>({
  name: 'postgres.row_security',
  version: 1,
  summary: 'Reads how the tables of tenants are protected by row-level security',
  input,
  output,
  run: (ctx, given) =>
    transaction(ctx, targetOf(ctx, given.database), { readOnly: true }, async (session) => {
      const role = await readRole(session);
      const names = await loadTenantTables(session, given.tenant_column, given.tables);
      const tables = [];
      for (const table of names) tables.push(await readTable(session, table, given.tenant_column));
      const findings = findFaults({ role, tables, detours: await readDetours(session, names) });
      const isOpen = (name: string): boolean =>
        findings.some(({ rule, subject }) => rule === 'open_policy' && subject.startsWith(`${name} (`));
      return {
        role: role.name,
        role_bypasses: bypasses(role),
        tables: tables.map((table) => table.name),
        policies: tables.reduce((sum, table) => sum + table.policies.filter((policy) => policy.applies).length, 0),
        unprotected: tables.filter((table) => !table.enabled || isOpen(table.name)).map((table) => table.name),
        not_forced: tables.filter((table) => !table.forced).map((table) => table.name),
        findings,
      };
    }),
});
