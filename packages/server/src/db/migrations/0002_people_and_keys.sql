-- People who act, the keys they act with, and the answers kept for repeated requests.
-- None of these belongs to a tenant, and tenantry_app is granted nothing on them.

create table people (
  id uuid not null default gen_random_uuid(),
  name text not null,
  email text not null,
  party text not null,
  roles text[] not null default '{}',
  client_id uuid,
  development boolean not null default false,
  created_at timestamptz not null,
  disabled_at timestamptz,
  constraint people_pkey primary key (id),
  constraint people_party_known check (party in ('vendor', 'client')),
  -- A person of a client without the client's id would not be confined to it.
  constraint people_client_of_party check ((party = 'client') = (client_id is not null))
);

create unique index people_email_key on people (lower(email));
create index people_client_id_idx on people (client_id) where client_id is not null;

create table api_keys (
  id uuid not null default gen_random_uuid(),
  person_id uuid not null,
  name text not null,
  scopes text[] not null,
  -- sha-256 of the whole key: 256 random bits need no slow hash.
  key_hash bytea not null,
  -- The public start of the key, for telling keys apart in lists and logs.
  prefix text not null,
  created_at timestamptz not null,
  expires_at timestamptz,
  revoked_at timestamptz,
  last_used_at timestamptz,
  constraint api_keys_pkey primary key (id),
  constraint api_keys_person_id_fkey foreign key (person_id) references people (id),
  constraint api_keys_key_hash_key unique (key_hash),
  constraint api_keys_key_hash_length check (octet_length(key_hash) = 32)
);

create index api_keys_person_id_idx on api_keys (person_id, created_at, id);

create table idempotency_keys (
  person_id uuid not null,
  key text not null,
  -- Method and address of the first request, and the sha-256 of its body.
  route text not null,
  body_hash bytea not null,
  -- The answer. Null only inside the transaction that makes the effect, so nobody else ever sees it null.
  status smallint,
  headers jsonb,
  body text,
  created_at timestamptz not null,
  constraint idempotency_keys_pkey primary key (person_id, key),
  constraint idempotency_keys_person_id_fkey foreign key (person_id) references people (id)
);

create index idempotency_keys_created_at_idx on idempotency_keys (created_at);

grant select, insert, update on people, api_keys to tenantry_operator;
grant select, insert, update, delete on idempotency_keys to tenantry_operator;
grant select on people to tenantry_worker;
grant select, delete on idempotency_keys to tenantry_worker;
