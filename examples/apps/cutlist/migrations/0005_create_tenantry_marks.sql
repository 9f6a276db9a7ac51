-- Rows that a control plane made are marked here, in the transaction that makes them: a repeated attempt finds its
-- own work, and taking back touches nothing else.
create table tenantry_marks (
  key text constraint tenantry_marks_pkey primary key,
  table_name text not null,
  row_key jsonb not null,
  before jsonb,
  after jsonb not null,
  made_at timestamptz not null default now()
);

grant select, insert, update, delete on tenantry_marks to cutlist_provisioner;
