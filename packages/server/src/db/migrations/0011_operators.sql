-- What people of the vendor may do and where, how they sign in, and their time-boxed access to tenants.

create table grants (
  id uuid not null default gen_random_uuid(),
  person_id uuid not null,
  role text not null,
  -- Null: every product, every client.
  product_id text,
  client_id uuid,
  -- person: an owner gave it; idp: the groups of the last sign-in gave it; setup: the first start or a migration.
  source text not null,
  granted_by uuid,
  at timestamptz not null,
  expires_at timestamptz,
  constraint grants_pkey primary key (id),
  constraint grants_person_id_fkey foreign key (person_id) references people (id),
  constraint grants_product_id_fkey foreign key (product_id) references products (id) on delete cascade,
  constraint grants_client_id_fkey foreign key (client_id) references clients (id) on delete cascade,
  constraint grants_granted_by_fkey foreign key (granted_by) references people (id),
  constraint grants_role_known
    check (role in ('owner', 'engineer', 'customer_success', 'sales', 'support', 'auditor')),
  constraint grants_source_known check (source in ('person', 'idp', 'setup')),
  -- An owner of a part could make themselves owner of the rest.
  constraint grants_owner_of_everything check (role <> 'owner' or (product_id is null and client_id is null)),
  constraint grants_once unique nulls not distinct (person_id, role, product_id, client_id, source)
);

create index grants_owners on grants (person_id) where role = 'owner';

-- From here on a key carries no more than its person's grants. Those who could hand out keys were owners in all but
-- name; the keys of everybody else shrink to what an engineer may do.
insert into grants (person_id, role, source, at)
select person.id,
       case when exists (
         select from api_keys key
         where key.person_id = person.id and key.revoked_at is null and 'keys:write' = any (key.scopes)
       ) then 'owner' else 'engineer' end,
       'setup', now()
from people person
where person.party = 'vendor';

create table operator_sessions (
  id uuid not null default gen_random_uuid(),
  person_id uuid not null,
  -- sha-256 of the cookie: 256 random bits need no slow hash.
  token_hash bytea not null,
  -- How the person proved who they are, RFC 8176: pwd, otp, or idp for the vendor's provider.
  amr text[] not null,
  address text not null,
  user_agent text not null,
  created_at timestamptz not null,
  last_seen_at timestamptz not null,
  expires_at timestamptz not null,
  ended_at timestamptz,
  ended_reason text,
  constraint operator_sessions_pkey primary key (id),
  constraint operator_sessions_person_id_fkey foreign key (person_id) references people (id),
  constraint operator_sessions_token_hash_key unique (token_hash),
  constraint operator_sessions_token_hash_length check (octet_length(token_hash) = 32)
);

create index operator_sessions_person_id_idx on operator_sessions (person_id) where ended_at is null;

-- The link between a person and an account of the vendor's provider: issuer and subject, never the e-mail address.
create table operator_identities (
  issuer text not null,
  subject text not null,
  person_id uuid not null,
  linked_at timestamptz not null,
  constraint operator_identities_pkey primary key (issuer, subject),
  constraint operator_identities_person_id_fkey foreign key (person_id) references people (id)
);

create index operator_identities_person_id_idx on operator_identities (person_id);

create table operator_invitations (
  id uuid not null default gen_random_uuid(),
  person_id uuid not null,
  token_hash bytea not null,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  used_at timestamptz,
  constraint operator_invitations_pkey primary key (id),
  constraint operator_invitations_person_id_fkey foreign key (person_id) references people (id),
  constraint operator_invitations_token_hash_key unique (token_hash)
);

create index operator_invitations_person_id_idx on operator_invitations (person_id) where used_at is null;

create table operator_credentials (
  person_id uuid not null,
  password_hash text not null,
  -- A reference into the vault: the secret of the authenticator app is never here.
  totp jsonb not null,
  -- Null until the first code was right: before that nothing opens.
  confirmed_at timestamptz,
  -- The last time step whose code was taken: a code counts once (RFC 6238, 5.2).
  totp_step bigint,
  set_at timestamptz not null,
  constraint operator_credentials_pkey primary key (person_id),
  constraint operator_credentials_person_id_fkey foreign key (person_id) references people (id)
);

create table operator_recovery_codes (
  person_id uuid not null,
  code_hash bytea not null,
  used_at timestamptz,
  constraint operator_recovery_codes_pkey primary key (person_id, code_hash),
  constraint operator_recovery_codes_person_id_fkey foreign key (person_id) references people (id)
);

-- A sign-in that is on its way through the vendor's provider; taken out when the browser comes back.
create table operator_sign_ins (
  state_hash bytea not null,
  -- sha-256 of a cookie: only the browser that left may come back.
  browser_hash bytea not null,
  nonce text not null,
  code_verifier text not null,
  return_path text not null,
  invitation_id uuid,
  expires_at timestamptz not null,
  constraint operator_sign_ins_pkey primary key (state_hash),
  constraint operator_sign_ins_invitation_id_fkey foreign key (invitation_id) references operator_invitations (id)
);

create index operator_sign_ins_expires_at_idx on operator_sign_ins (expires_at);

-- A code that the command line exchanges for a key, once, with the verifier of its challenge (RFC 7636).
create table operator_cli_codes (
  code_hash bytea not null,
  person_id uuid not null,
  challenge text not null,
  key_name text not null,
  expires_at timestamptz not null,
  constraint operator_cli_codes_pkey primary key (code_hash),
  constraint operator_cli_codes_person_id_fkey foreign key (person_id) references people (id)
);

create index operator_cli_codes_expires_at_idx on operator_cli_codes (expires_at);

-- One row for each refused attempt and thing counted by; the hash keeps typed texts out of the table.
create table operator_sign_in_failures (
  id bigint generated always as identity,
  counted_by bytea not null,
  at timestamptz not null,
  constraint operator_sign_in_failures_pkey primary key (id)
);

create index operator_sign_in_failures_counted_by_idx on operator_sign_in_failures (counted_by, at);
create index operator_sign_in_failures_at_idx on operator_sign_in_failures (at);

create table support_access (
  id uuid not null default gen_random_uuid(),
  tenant_id uuid not null,
  person_id uuid not null,
  reason text not null,
  hours smallint not null,
  asked_at timestamptz not null,
  -- All three null until it is granted.
  granted_by uuid,
  from_at timestamptz,
  until_at timestamptz,
  ended_at timestamptz,
  ended_by uuid,
  ended_reason text,
  constraint support_access_pkey primary key (id),
  constraint support_access_tenant_fkey foreign key (tenant_id) references tenants (id) on delete cascade,
  constraint support_access_person_id_fkey foreign key (person_id) references people (id),
  constraint support_access_granted_by_fkey foreign key (granted_by) references people (id),
  constraint support_access_ended_by_fkey foreign key (ended_by) references people (id),
  constraint support_access_hours_bound check (hours between 1 and 24),
  constraint support_access_at_most_a_day check (until_at <= from_at + interval '24 hours'),
  constraint support_access_granted_whole
    check (num_nonnulls(granted_by, from_at, until_at) in (0, 3)),
  constraint support_access_by_another check (granted_by <> person_id)
);

create index support_access_tenant_id_idx on support_access (tenant_id, asked_at desc, id desc);
create index support_access_person_id_idx on support_access (person_id, until_at) where ended_at is null;

alter table support_access enable row level security;
alter table support_access force row level security;
create policy support_access_app on support_access for select to tenantry_app
  using (tenant_id = (select nullif(current_setting('app.current_tenant_id', true), '')::uuid));
create policy support_access_operator on support_access for all to tenantry_operator using (true) with check (true);
create policy support_access_worker on support_access for select to tenantry_worker using (true);

-- Without a row: vendor.
create table support_policies (
  tenant_id uuid not null,
  granted_by text not null,
  constraint support_policies_pkey primary key (tenant_id),
  constraint support_policies_tenant_fkey foreign key (tenant_id) references tenants (id) on delete cascade,
  constraint support_policies_granted_by_known check (granted_by in ('client', 'vendor'))
);

alter table support_policies enable row level security;
alter table support_policies force row level security;
create policy support_policies_app on support_policies for select to tenantry_app
  using (tenant_id = (select nullif(current_setting('app.current_tenant_id', true), '')::uuid));
create policy support_policies_operator on support_policies for all to tenantry_operator using (true) with check (true);
create policy support_policies_worker on support_policies for select to tenantry_worker using (true);

grant select, insert, update, delete on
  grants, operator_identities, operator_credentials, operator_recovery_codes, operator_sign_ins, operator_cli_codes,
  operator_sign_in_failures
  to tenantry_operator;
grant select, insert, update on operator_sessions, operator_invitations, support_access, support_policies
  to tenantry_operator;
grant select on support_access, support_policies to tenantry_app;
grant select on grants, support_access, support_policies to tenantry_worker;
