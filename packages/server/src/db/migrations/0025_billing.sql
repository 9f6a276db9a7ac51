-- Billing: what the billing system tells, whose it is, and what is unpaid.

-- What a product proves and asks the billing system with. Several signing secrets hold at once while one is rotated away.
create table billing_keys (
  id uuid constraint billing_keys_pkey primary key,
  product_id text not null constraint billing_keys_product_fkey references products (id) on delete cascade,
  kind varchar(20) not null constraint billing_keys_kind_known check (kind in ('signing_secret', 'api_key')),
  label varchar(100) not null,
  -- The vault's reference; the value itself is nowhere else.
  entry text not null,
  added_by varchar(300) not null,
  added_at timestamptz not null,
  retired_by varchar(300),
  retired_at timestamptz,
  constraint billing_keys_retired_whole check ((retired_at is null) = (retired_by is null))
);
create index billing_keys_product on billing_keys (product_id, kind) where retired_at is null;
-- One account is asked with one key.
create unique index billing_keys_one_api_key on billing_keys (product_id) where kind = 'api_key' and retired_at is null;

-- Which tenant pays as which customer. Without a row the object's own metadata says it.
create table billing_customers (
  product_id text not null constraint billing_customers_product_fkey references products (id) on delete cascade,
  customer_id varchar(255) not null,
  tenant_id uuid not null constraint billing_customers_tenant_fkey references tenants (id) on delete cascade,
  set_by varchar(300) not null,
  set_at timestamptz not null,
  constraint billing_customers_pkey primary key (product_id, customer_id)
);
create index billing_customers_tenant on billing_customers (tenant_id);

-- Every event that came with a right signature, once. Of its content only what decides is kept: no name, address or card.
create table billing_events (
  product_id text not null constraint billing_events_product_fkey references products (id) on delete cascade,
  id varchar(255) not null,
  type varchar(100) not null,
  -- Null where the event is of no kind that means anything here.
  facts jsonb,
  tenant_id uuid constraint billing_events_tenant_fkey references tenants (id) on delete cascade,
  -- As the billing system says, to the second.
  occurred_at timestamptz not null,
  received_at timestamptz not null,
  state varchar(20) not null constraint billing_events_state_known check (state in
    ('pending', 'applied', 'superseded', 'ignored', 'unassigned', 'held', 'settled')),
  -- In one sentence: what came of it, or why it waits.
  outcome text,
  attempts integer not null default 0,
  next_at timestamptz,
  decided_at timestamptz,
  -- Who had it looked at again: of two events of one second, that makes it the one that holds.
  replayed_by varchar(300),
  constraint billing_events_pkey primary key (product_id, id),
  constraint billing_events_pending_whole check ((state = 'pending') = (next_at is not null))
);
create index billing_events_tenant on billing_events (tenant_id, received_at desc);
create index billing_events_due on billing_events (next_at) where state = 'pending';
create index billing_events_list on billing_events (product_id, received_at desc, id desc);
create index billing_events_open on billing_events (product_id, state) where state in ('unassigned', 'held');

-- The newest that is known of each invoice and subscription: what is older than that is left aside.
create table billing_objects (
  product_id text not null constraint billing_objects_product_fkey references products (id) on delete cascade,
  id varchar(255) not null,
  kind varchar(20) not null constraint billing_objects_kind_known check (kind in ('invoice', 'subscription')),
  tenant_id uuid not null constraint billing_objects_tenant_fkey references tenants (id) on delete cascade,
  state varchar(30) not null,
  facts jsonb not null,
  as_of timestamptz not null,
  event_id varchar(255) not null,
  constraint billing_objects_pkey primary key (product_id, id)
);
create index billing_objects_tenant on billing_objects (tenant_id, kind, state);

-- The clock that runs while something is unpaid. Its steps are copied when it begins: another profile changes none that runs.
create table billing_dunnings (
  id uuid constraint billing_dunnings_pkey primary key,
  tenant_id uuid not null constraint billing_dunnings_tenant_fkey references tenants (id) on delete cascade,
  product_id text not null,
  began_at timestamptz not null,
  steps jsonb not null,
  steps_done integer not null default 0,
  -- When the next step is due; null when none is left, or it has ended.
  next_at timestamptz,
  -- The suspension it made; null while it made none, or found one that a person had made.
  suspension_id uuid,
  ended_at timestamptz,
  outcome text,
  constraint billing_dunnings_ended_whole check ((ended_at is null) = (outcome is null))
);
create unique index billing_dunnings_one on billing_dunnings (tenant_id) where ended_at is null;
create index billing_dunnings_tenant on billing_dunnings (tenant_id, began_at);
create index billing_dunnings_due on billing_dunnings (next_at) where next_at is not null;

do $$
declare
  name text;
begin
  foreach name in array array['billing_customers', 'billing_events', 'billing_objects', 'billing_dunnings'] loop
    execute format('alter table %I enable row level security', name);
    execute format('alter table %I force row level security', name);
    execute format(
      'create policy %I on %I for all to tenantry_app
       using (tenant_id = (select nullif(current_setting(''app.current_tenant_id'', true), '''')::uuid))
       with check (tenant_id = (select nullif(current_setting(''app.current_tenant_id'', true), '''')::uuid))',
      name || '_app', name);
    execute format('create policy %I on %I for all to tenantry_operator using (true) with check (true)', name || '_operator', name);
    execute format('create policy %I on %I for all to tenantry_worker using (true) with check (true)', name || '_worker', name);
    execute format('grant select on %I to tenantry_app', name);
    execute format('grant select, insert, update, delete on %I to tenantry_operator, tenantry_worker', name);
  end loop;
end
$$;
grant select, insert, update on billing_keys to tenantry_operator;
grant select on billing_keys to tenantry_worker;
select admit_backups();
