/** A workshop that is there already in a development installation, as a product that is in use has other tenants. */
import pg from 'pg';

const DEMO = {
  name: 'Demo Workshop',
  slug: 'demo-workshop',
  email: 'owner@demo-workshop.example',
  owner: 'Demo Owner',
};

/** Connects as `cutlist_provisioner`. Safe to repeat. Nobody can log in: its user has no password. */
export async function seedDemo(provisionerUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: provisionerUrl, application_name: 'cutlist-demo' });
  await client.connect();
  try {
    await client.query(
      `with workshop as (
         insert into tenants (name, slug, plan, status) values ($1, $2, 'starter', 'active')
         on conflict (slug) do nothing returning id
       ), owner as (
         insert into users (tenant_id, email, full_name, role) select id, $3, $4, 'admin' from workshop
       ), preferences as (
         insert into settings (tenant_id) select id from workshop
       ), line as (
         insert into audit_logs (tenant_id, actor, action) select id, 'demo', 'tenant.created' from workshop
       )
       insert into projects (tenant_id, name) select id, 'Bookshelf' from workshop`,
      [DEMO.name, DEMO.slug, DEMO.email, DEMO.owner],
    );
  } finally {
    await client.end();
  }
}
