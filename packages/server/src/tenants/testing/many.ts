import { randomUUID } from 'node:crypto';
import type { TestDatabase } from '../../db/testing/index.ts';

/** Live tenants by the statement, where a test needs more of them than it has time to create. Gives their ids. */
export async function insertTenants({ asSuperuser }: TestDatabase, count: number): Promise<readonly string[]> {
  const mark = randomUUID().slice(0, 8);
  const rows = await asSuperuser<{ id: string }>(
    `insert into tenantry.tenants (id, name, slug, product_id, plan, status)
     select gen_random_uuid(), 'Many ' || n, 'many-${mark}-' || n, 'cutlist', 'starter', 'active' from generate_series(1, $1) n
     returning id`,
    [count],
  );
  return rows.map(({ id }) => id);
}
