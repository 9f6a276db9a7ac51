-- Lengths are millimetres with three places: a micrometre is far below what a saw can do, and an inch is exact.
create table projects (
  id uuid constraint projects_pkey primary key default gen_random_uuid(),
  tenant_id uuid not null constraint projects_tenant_id_fkey references tenants (id) on delete cascade,
  name varchar(200) not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint projects_tenant_id_id_key unique (tenant_id, id)
);

create index projects_tenant_id_updated_at_idx on projects (tenant_id, updated_at desc);
create trigger projects_set_updated_at before update on projects for each row execute function set_updated_at();

-- The foreign keys carry tenant_id: a part can only hang on a project of its own tenant.
create table boards (
  id uuid constraint boards_pkey primary key default gen_random_uuid(),
  tenant_id uuid not null,
  project_id uuid not null,
  position integer not null,
  label varchar(100) not null,
  material varchar(100) not null default '',
  length_mm numeric(9, 3) not null,
  quantity integer not null,
  constraint boards_project_fkey foreign key (tenant_id, project_id)
    references projects (tenant_id, id) on delete cascade,
  constraint boards_length_positive check (length_mm > 0),
  constraint boards_quantity_positive check (quantity > 0)
);

create index boards_tenant_id_project_id_idx on boards (tenant_id, project_id, position);

create table parts (
  id uuid constraint parts_pkey primary key default gen_random_uuid(),
  tenant_id uuid not null,
  project_id uuid not null,
  position integer not null,
  label varchar(100) not null,
  material varchar(100) not null default '',
  length_mm numeric(9, 3) not null,
  quantity integer not null,
  constraint parts_project_fkey foreign key (tenant_id, project_id)
    references projects (tenant_id, id) on delete cascade,
  constraint parts_length_positive check (length_mm > 0),
  constraint parts_quantity_positive check (quantity > 0)
);

create index parts_tenant_id_project_id_idx on parts (tenant_id, project_id, position);

alter table projects enable row level security;
alter table projects force row level security;
alter table boards enable row level security;
alter table boards force row level security;
alter table parts enable row level security;
alter table parts force row level security;

create policy tenant_isolation on projects
  using (tenant_id = (select nullif(current_setting('app.current_tenant_id', true), '')::uuid))
  with check (tenant_id = (select nullif(current_setting('app.current_tenant_id', true), '')::uuid));
create policy tenant_isolation on boards
  using (tenant_id = (select nullif(current_setting('app.current_tenant_id', true), '')::uuid))
  with check (tenant_id = (select nullif(current_setting('app.current_tenant_id', true), '')::uuid));
create policy tenant_isolation on parts
  using (tenant_id = (select nullif(current_setting('app.current_tenant_id', true), '')::uuid))
  with check (tenant_id = (select nullif(current_setting('app.current_tenant_id', true), '')::uuid));

create policy provisioning on projects to cutlist_provisioner using (true) with check (true);
create policy provisioning on boards to cutlist_provisioner using (true) with check (true);
create policy provisioning on parts to cutlist_provisioner using (true) with check (true);

grant select, insert, update, delete on projects, boards, parts to cutlist_app, cutlist_provisioner;
