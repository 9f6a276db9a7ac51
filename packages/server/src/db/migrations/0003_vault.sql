-- The vault: secrets sealed under data keys, data keys sealed under master keys that never come here.

-- Tells a wrong master key from the right one before anything is opened with it.
CREATE TABLE vault_master_keys (
  id text CONSTRAINT vault_master_keys_pkey PRIMARY KEY,
  check_value bytea NOT NULL,
  created_at timestamptz NOT NULL
);

-- One living key for each tenant and version; tenant_id null is the control plane's own. Apart from the entries, so
-- that a backup can hold the entries without it, and so that destroying a row here is what makes a tenant unreadable.
-- A destroyed key keeps its row: no new key is made for a tenant that was erased.
CREATE TABLE vault_data_keys (
  id uuid CONSTRAINT vault_data_keys_pkey PRIMARY KEY,
  tenant_id uuid,
  version integer NOT NULL,
  key_id text,
  nonce bytea,
  wrapped bytea,
  created_at timestamptz NOT NULL,
  retired_at timestamptz,
  destroyed_at timestamptz,
  CONSTRAINT vault_data_keys_version_unique UNIQUE NULLS NOT DISTINCT (tenant_id, version),
  CONSTRAINT vault_data_keys_destroyed_whole CHECK (
    (destroyed_at IS NULL AND key_id IS NOT NULL AND nonce IS NOT NULL AND wrapped IS NOT NULL)
    OR (destroyed_at IS NOT NULL AND key_id IS NULL AND nonce IS NULL AND wrapped IS NULL)
  )
);
CREATE INDEX vault_data_keys_by_master ON vault_data_keys (key_id) WHERE key_id IS NOT NULL;

CREATE TABLE vault_entries (
  id uuid CONSTRAINT vault_entries_pkey PRIMARY KEY,
  data_key_id uuid NOT NULL CONSTRAINT vault_entries_data_key_fkey REFERENCES vault_data_keys (id),
  tenant_id uuid,
  kind text NOT NULL CONSTRAINT vault_entries_kind_known CHECK (kind IN ('secret', 'link', 'record')),
  label varchar(200) NOT NULL,
  owner_kind text NOT NULL
    CONSTRAINT vault_entries_owner_known CHECK (owner_kind IN ('run', 'user', 'connection', 'system')),
  owner_id text NOT NULL,
  idempotency_key text,
  nonce bytea,
  ciphertext bytea,
  -- Keyed hash under the data key: equality can be asked without opening.
  fingerprint bytea,
  created_at timestamptz NOT NULL,
  expires_at timestamptz,
  revoked_at timestamptz,
  CONSTRAINT vault_entries_revoked_wiped CHECK (
    (revoked_at IS NULL AND nonce IS NOT NULL AND ciphertext IS NOT NULL AND fingerprint IS NOT NULL)
    OR (revoked_at IS NOT NULL AND nonce IS NULL AND ciphertext IS NULL AND fingerprint IS NULL)
  )
);
CREATE INDEX vault_entries_by_tenant ON vault_entries (tenant_id, created_at);
CREATE INDEX vault_entries_by_data_key ON vault_entries (data_key_id) WHERE revoked_at IS NULL;
CREATE INDEX vault_entries_by_owner ON vault_entries (owner_kind, owner_id);
CREATE INDEX vault_entries_by_expiry ON vault_entries (expires_at) WHERE revoked_at IS NULL AND expires_at IS NOT NULL;
-- A revoked entry frees its key: what is made again after an undo is a new secret.
CREATE UNIQUE INDEX vault_entries_living_key ON vault_entries (idempotency_key) WHERE revoked_at IS NULL;

CREATE TABLE reveal_links (
  id uuid CONSTRAINT reveal_links_pkey PRIMARY KEY,
  tenant_id uuid,
  entry_id uuid NOT NULL CONSTRAINT reveal_links_entry_fkey REFERENCES vault_entries (id),
  token_hash bytea NOT NULL CONSTRAINT reveal_links_token_unique UNIQUE,
  for_whom text NOT NULL,
  idempotency_key text,
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  spent_at timestamptz,
  spent_by text,
  withdrawn_at timestamptz,
  CONSTRAINT reveal_links_one_end CHECK (spent_at IS NULL OR withdrawn_at IS NULL),
  CONSTRAINT reveal_links_spent_by_someone CHECK ((spent_at IS NULL) = (spent_by IS NULL))
);
CREATE INDEX reveal_links_by_tenant ON reveal_links (tenant_id, created_at);
CREATE UNIQUE INDEX reveal_links_standing_key ON reveal_links (idempotency_key) WHERE withdrawn_at IS NULL;
CREATE INDEX reveal_links_by_entry ON reveal_links (entry_id);

ALTER TABLE vault_data_keys ENABLE ROW LEVEL SECURITY;
ALTER TABLE vault_data_keys FORCE ROW LEVEL SECURITY;
ALTER TABLE vault_entries ENABLE ROW LEVEL SECURITY;
ALTER TABLE vault_entries FORCE ROW LEVEL SECURITY;
ALTER TABLE reveal_links ENABLE ROW LEVEL SECURITY;
ALTER TABLE reveal_links FORCE ROW LEVEL SECURITY;

CREATE POLICY vault_data_keys_tenant ON vault_data_keys TO tenantry_app
  USING (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid))
  WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));
CREATE POLICY vault_entries_tenant ON vault_entries TO tenantry_app
  USING (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid))
  WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));
CREATE POLICY reveal_links_tenant ON reveal_links TO tenantry_app
  USING (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid))
  WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));

CREATE POLICY vault_data_keys_operator ON vault_data_keys TO tenantry_operator USING (true) WITH CHECK (true);
CREATE POLICY vault_data_keys_worker ON vault_data_keys TO tenantry_worker USING (true) WITH CHECK (true);
CREATE POLICY vault_entries_operator ON vault_entries TO tenantry_operator USING (true) WITH CHECK (true);
CREATE POLICY vault_entries_worker ON vault_entries TO tenantry_worker USING (true) WITH CHECK (true);
CREATE POLICY reveal_links_operator ON reveal_links TO tenantry_operator USING (true) WITH CHECK (true);
CREATE POLICY reveal_links_worker ON reveal_links TO tenantry_worker USING (true) WITH CHECK (true);

GRANT SELECT, INSERT ON vault_master_keys TO tenantry_operator, tenantry_worker;

GRANT SELECT, INSERT ON vault_data_keys, vault_entries, reveal_links
  TO tenantry_app, tenantry_operator, tenantry_worker;
-- Taking a row lock on a data key needs the right to update some column of it.
GRANT UPDATE (retired_at) ON vault_data_keys TO tenantry_app;
GRANT UPDATE (key_id, nonce, wrapped, retired_at, destroyed_at) ON vault_data_keys
  TO tenantry_operator, tenantry_worker;
GRANT UPDATE (revoked_at, nonce, ciphertext, fingerprint) ON vault_entries
  TO tenantry_app, tenantry_operator, tenantry_worker;
GRANT UPDATE (data_key_id) ON vault_entries TO tenantry_operator, tenantry_worker;
GRANT UPDATE (spent_at, spent_by, withdrawn_at) ON reveal_links
  TO tenantry_app, tenantry_operator, tenantry_worker;
