-- Mail that is to go out. A row is written with what it tells of and stays until it is sent or given up: a mail server
-- that is down for days loses nothing. Secrets are never here: one-time links are references into the vault.

create table mail_outbox (
  id uuid constraint mail_outbox_pkey primary key,
  -- null: the control plane's own mail.
  tenant_id uuid constraint mail_outbox_tenant_fkey references tenants (id) on delete cascade,
  key text not null constraint mail_outbox_key_unique unique,
  recipient varchar(320) not null,
  template varchar(50) not null,
  content jsonb not null,
  status text not null default 'waiting'
    constraint mail_outbox_status_known check (status in ('waiting', 'sent', 'given_up', 'withdrawn')),
  attempts integer not null default 0,
  next_attempt_at timestamptz not null,
  last_error text,
  created_at timestamptz not null,
  ended_at timestamptz,
  constraint mail_outbox_content_object check (jsonb_typeof(content) = 'object'),
  constraint mail_outbox_ended_whole check ((status = 'waiting') = (ended_at is null))
);

create index mail_outbox_tenant on mail_outbox (tenant_id, created_at);
create index mail_outbox_waiting on mail_outbox (next_attempt_at) where status = 'waiting';

alter table mail_outbox enable row level security;
alter table mail_outbox force row level security;
create policy mail_outbox_app on mail_outbox for all to tenantry_app
  using (tenant_id = (select nullif(current_setting('app.current_tenant_id', true), '')::uuid))
  with check (tenant_id = (select nullif(current_setting('app.current_tenant_id', true), '')::uuid));
create policy mail_outbox_operator on mail_outbox for all to tenantry_operator using (true) with check (true);
create policy mail_outbox_worker on mail_outbox for all to tenantry_worker using (true) with check (true);
grant select, insert, update on mail_outbox to tenantry_operator, tenantry_worker;
grant select on mail_outbox to tenantry_app;
