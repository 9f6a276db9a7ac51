-- Hypercare: what is open at a tenant, what was said at each check-in, and how many support tickets there were.

-- Opened in the time of the report, by the vendor's ticket system; null when the reporter does not know.
alter table tenant_metrics add column tickets bigint;

-- What a person or the watch found wrong, and what was agreed to be done. Numbered for each tenant, so that people can say #3.
create table tenant_issues (
  tenant_id uuid not null constraint tenant_issues_tenant_fkey references tenants (id) on delete cascade,
  number integer not null,
  kind varchar(10) not null,
  title varchar(500) not null,
  -- Of a finding: the figure, which it is, and the bound it passed.
  metric varchar(50),
  figure double precision,
  threshold double precision,
  baseline double precision,
  status varchar(10) not null default 'open',
  resolution varchar(2000),
  -- The work that opened and that resolved it: work done again finds what it did.
  opened_key varchar(300) not null,
  resolved_key varchar(300),
  opened_by varchar(300) not null,
  opened_at timestamptz not null,
  resolved_by varchar(300),
  resolved_at timestamptz,
  constraint tenant_issues_pkey primary key (tenant_id, number),
  constraint tenant_issues_opened_once unique (tenant_id, opened_key),
  constraint tenant_issues_kind_known check (kind in ('finding', 'issue', 'action')),
  constraint tenant_issues_status_known check (status in ('open', 'resolved')),
  constraint tenant_issues_finding_whole check ((kind = 'finding') = (metric is not null and figure is not null and threshold is not null)),
  constraint tenant_issues_resolved_whole check ((status = 'resolved') = (resolved_at is not null and resolved_by is not null))
);
-- A figure that stays past its bound is one finding and not one a day.
create unique index tenant_issues_one_open_finding on tenant_issues (tenant_id, metric) where kind = 'finding' and status = 'open';

create table tenant_check_ins (
  tenant_id uuid not null constraint tenant_check_ins_tenant_fkey references tenants (id) on delete cascade,
  -- The work that recorded it.
  key varchar(300) not null,
  starts_at timestamptz not null,
  ends_at timestamptz not null,
  -- sha-256 of the report the customer was called with, hex.
  report_sha256 char(64) not null,
  feedback varchar(10000) not null,
  next_on date,
  recorded_by varchar(300) not null,
  recorded_at timestamptz not null,
  constraint tenant_check_ins_pkey primary key (tenant_id, key),
  constraint tenant_check_ins_window_forward check (ends_at > starts_at)
);

alter table tenant_issues enable row level security;
alter table tenant_issues force row level security;
create policy tenant_issues_tenant on tenant_issues to tenantry_app
  using (tenant_id = (select nullif(current_setting('app.current_tenant_id', true), '')::uuid))
  with check (tenant_id = (select nullif(current_setting('app.current_tenant_id', true), '')::uuid));
create policy tenant_issues_operator on tenant_issues to tenantry_operator using (true) with check (true);
create policy tenant_issues_worker on tenant_issues to tenantry_worker using (true) with check (true);
grant select on tenant_issues to tenantry_app;
grant select, insert, update on tenant_issues to tenantry_operator;
grant select, insert, update, delete on tenant_issues to tenantry_worker;

alter table tenant_check_ins enable row level security;
alter table tenant_check_ins force row level security;
create policy tenant_check_ins_tenant on tenant_check_ins to tenantry_app
  using (tenant_id = (select nullif(current_setting('app.current_tenant_id', true), '')::uuid))
  with check (tenant_id = (select nullif(current_setting('app.current_tenant_id', true), '')::uuid));
create policy tenant_check_ins_operator on tenant_check_ins to tenantry_operator using (true) with check (true);
create policy tenant_check_ins_worker on tenant_check_ins to tenantry_worker using (true) with check (true);
grant select on tenant_check_ins to tenantry_app;
grant select on tenant_check_ins to tenantry_operator;
grant select, insert, delete on tenant_check_ins to tenantry_worker;
