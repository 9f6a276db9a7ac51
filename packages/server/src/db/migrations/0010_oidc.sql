-- The OIDC provider: the vendor's applications, signing keys, what the protocol keeps, and log-outs to be told.

create table oidc_clients (
  -- Its `client_id` on the wire.
  id text constraint oidc_clients_pkey primary key,
  product_id text not null constraint oidc_clients_product_fkey references products (id),
  name varchar(255) not null,
  -- sha-256 of each secret that is good; two while one is being replaced, none for a public client.
  secrets jsonb not null default '[]',
  redirect_uris text[] not null,
  post_logout_redirect_uris text[] not null default '{}',
  backchannel_logout_uri text,
  -- PEM of the authority that certified the application, where no public one did.
  trusted_ca text,
  login_uri text,
  -- Audience of its access tokens; without one they are opaque and open the userinfo endpoint.
  resource text,
  signing_alg varchar(10) not null default 'RS256',
  tenant_label varchar(50) not null default 'Organisation',
  first_party boolean not null default true,
  disabled_at timestamptz,
  version integer not null default 1,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint oidc_clients_id_form check (id ~ '^[a-z0-9][a-z0-9_-]{2,62}$'),
  constraint oidc_clients_signing_alg_known check (signing_alg in ('RS256', 'ES256', 'EdDSA')),
  constraint oidc_clients_secrets_array check (jsonb_typeof(secrets) = 'array'),
  constraint oidc_clients_redirect_uris_some check (cardinality(redirect_uris) > 0)
);

create index oidc_clients_product_idx on oidc_clients (product_id);

create table oidc_signing_keys (
  -- RFC 7638 thumbprint of the key.
  kid text constraint oidc_signing_keys_pkey primary key,
  alg varchar(10) not null,
  -- The private half lies in the vault.
  vault_ref text not null,
  created_at timestamptz not null,
  -- Published from `created_at`, signs from `signs_from` until another takes over, verifies until `removed_at`.
  signs_from timestamptz not null,
  constraint oidc_signing_keys_alg_known check (alg in ('RS256', 'ES256', 'EdDSA'))
);

-- Sessions, interactions, grants, codes and tokens. None is kept under its own text: `id_hash` is its sha-256.
create table oidc_records (
  model varchar(50) not null,
  id_hash bytea not null,
  payload jsonb not null,
  tenant_id uuid constraint oidc_records_tenant_fkey references tenants (id) on delete cascade,
  user_id uuid constraint oidc_records_user_fkey references users (id) on delete cascade,
  grant_id text,
  user_code text,
  uid text,
  expires_at timestamptz not null,
  consumed_at timestamptz,
  constraint oidc_records_pkey primary key (model, id_hash),
  constraint oidc_records_id_hash_length check (octet_length(id_hash) = 32)
);

create index oidc_records_tenant_idx on oidc_records (tenant_id);
create index oidc_records_user_idx on oidc_records (user_id) where user_id is not null;
create index oidc_records_grant_idx on oidc_records (grant_id) where grant_id is not null;
create unique index oidc_records_uid_idx on oidc_records (model, uid) where uid is not null;
create index oidc_records_expires_at_idx on oidc_records (expires_at);

-- Which application was entered with which session of a user, and, once that has ended, whether it knows.
create table oidc_log_ins (
  -- The OIDC grant that was made: one for each time the user enters.
  grant_id text constraint oidc_log_ins_pkey primary key,
  tenant_id uuid not null constraint oidc_log_ins_tenant_fkey references tenants (id) on delete cascade,
  user_id uuid not null,
  session_id uuid not null,
  client_id text not null constraint oidc_log_ins_client_fkey references oidc_clients (id) on delete cascade,
  -- `session.uid` and `sid` of the provider.
  provider_session_uid text not null,
  sid text not null,
  created_at timestamptz not null,
  ended_at timestamptz,
  -- When the log-out is told next; null once it was, or when the application has no address for it.
  due_at timestamptz,
  attempts integer not null default 0
);

create index oidc_log_ins_tenant_idx on oidc_log_ins (tenant_id);
create index oidc_log_ins_session_idx on oidc_log_ins (session_id);
create index oidc_log_ins_due_idx on oidc_log_ins (due_at) where due_at is not null;
create index oidc_log_ins_created_at_idx on oidc_log_ins (created_at);

create table tenant_branding (
  tenant_id uuid constraint tenant_branding_pkey primary key
    constraint tenant_branding_tenant_fkey references tenants (id) on delete cascade,
  -- `#rrggbb`; the pages darken or lighten it until text on it can be read.
  color varchar(7) not null,
  updated_at timestamptz not null,
  constraint tenant_branding_color_form check (color ~ '^#[0-9a-f]{6}$')
);

alter table oidc_records enable row level security;
alter table oidc_records force row level security;
alter table oidc_log_ins enable row level security;
alter table oidc_log_ins force row level security;
alter table tenant_branding enable row level security;
alter table tenant_branding force row level security;

create policy oidc_records_tenant on oidc_records to tenantry_app
  using (tenant_id = (select nullif(current_setting('app.current_tenant_id', true), '')::uuid))
  with check (tenant_id = (select nullif(current_setting('app.current_tenant_id', true), '')::uuid));
create policy oidc_log_ins_tenant on oidc_log_ins to tenantry_app
  using (tenant_id = (select nullif(current_setting('app.current_tenant_id', true), '')::uuid))
  with check (tenant_id = (select nullif(current_setting('app.current_tenant_id', true), '')::uuid));
create policy tenant_branding_tenant on tenant_branding to tenantry_app
  using (tenant_id = (select nullif(current_setting('app.current_tenant_id', true), '')::uuid))
  with check (tenant_id = (select nullif(current_setting('app.current_tenant_id', true), '')::uuid));

-- A code, a token or a cookie arrives before its tenant is known.
create policy oidc_records_operator on oidc_records to tenantry_operator using (true) with check (true);
create policy oidc_records_worker on oidc_records to tenantry_worker using (true) with check (true);
create policy oidc_log_ins_operator on oidc_log_ins to tenantry_operator using (true) with check (true);
create policy oidc_log_ins_worker on oidc_log_ins to tenantry_worker using (true) with check (true);
create policy tenant_branding_operator on tenant_branding to tenantry_operator using (true) with check (true);
create policy tenant_branding_worker on tenant_branding to tenantry_worker using (true) with check (true);

grant select, insert, update on oidc_clients to tenantry_operator;
grant select on oidc_clients to tenantry_app, tenantry_worker;
grant select, insert, delete on oidc_signing_keys to tenantry_operator, tenantry_worker;
grant select, insert, update, delete on oidc_records, oidc_log_ins to tenantry_operator, tenantry_worker;
-- A session may end in a transaction of its tenant; what hangs on it ends there and then.
grant select, delete on oidc_records to tenantry_app;
grant select, update on oidc_log_ins to tenantry_app;
grant select, insert, update, delete on tenant_branding to tenantry_operator, tenantry_worker;
grant select on tenant_branding to tenantry_app;
