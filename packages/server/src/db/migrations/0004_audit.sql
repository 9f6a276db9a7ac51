-- The audit log: append-only rows, and a hash chain that a sealer lays over them.

CREATE TABLE audit_log (
  -- Before seq, because defaults are worked out in this order: a transaction must have its number before it draws
  -- one from the sequence, or the sealer could take a number as settled while its row is still to come.
  xact xid8 NOT NULL DEFAULT pg_current_xact_id(),
  seq bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT audit_log_pkey PRIMARY KEY,
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  at timestamptz NOT NULL,
  actor_kind text NOT NULL CONSTRAINT audit_log_actor_known CHECK (actor_kind IN ('person', 'run', 'system')),
  actor_id text NOT NULL,
  action text NOT NULL,
  tenant_id uuid,
  run_id uuid,
  subject_kind text NOT NULL,
  subject_id text NOT NULL,
  -- Canonical JSON: actor in full, subject name, reason, detail. json keeps the very text that was hashed, jsonb
  -- would not. Null once erased; the hash stays, so the chain still verifies.
  payload json,
  payload_hash bytea NOT NULL,
  CONSTRAINT audit_log_payload_hashed
    CHECK (payload IS NULL OR payload_hash = sha256(convert_to(payload::text, 'UTF8')))
);
CREATE INDEX audit_log_by_tenant ON audit_log (tenant_id, seq);
CREATE INDEX audit_log_by_run ON audit_log (run_id, seq) WHERE run_id IS NOT NULL;
CREATE INDEX audit_log_by_actor ON audit_log (actor_id, seq);
CREATE INDEX audit_log_by_action ON audit_log (action text_pattern_ops, seq);
CREATE INDEX audit_log_by_time ON audit_log USING brin (at);

-- Gapless, in the order of sealing. chain_hash = sha256(chain_hash of the one before || row_hash).
CREATE TABLE audit_chain (
  position bigint CONSTRAINT audit_chain_pkey PRIMARY KEY,
  seq bigint NOT NULL CONSTRAINT audit_chain_seq_unique UNIQUE,
  row_id uuid NOT NULL,
  row_hash bytea NOT NULL,
  chain_hash bytea NOT NULL
);

CREATE TABLE audit_checkpoints (
  position bigint CONSTRAINT audit_checkpoints_pkey PRIMARY KEY,
  chain_hash bytea NOT NULL,
  at timestamptz NOT NULL,
  key_id text NOT NULL,
  public_key text NOT NULL,
  signature text NOT NULL
);

-- Where the sealer may start looking: every row up to floor_seq is in the chain. Rows up to candidate_seq will be
-- settled once every transaction older than candidate_xact has ended.
CREATE TABLE audit_sealer (
  singleton boolean DEFAULT true CONSTRAINT audit_sealer_pkey PRIMARY KEY CONSTRAINT audit_sealer_one CHECK (singleton),
  floor_seq bigint NOT NULL DEFAULT 0,
  candidate_seq bigint NOT NULL DEFAULT 0,
  candidate_xact xid8 NOT NULL DEFAULT '0'
);
INSERT INTO audit_sealer DEFAULT VALUES;

-- Refusal by trigger as well as by privilege, because a table's owner has every privilege.
CREATE FUNCTION audit_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'audit rows are never changed or removed (% on %)', tg_op, tg_table_name
    USING ERRCODE = 'insufficient_privilege';
END
$$;

-- The one exception: audit_erase_payloads below empties a payload and touches nothing else.
CREATE FUNCTION audit_allow_erasure_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF old.tenant_id::text = current_setting('tenantry.audit_erasure', true)
     AND old.payload IS NOT NULL AND new.payload IS NULL
     AND (new.xact, new.seq, new.id, new.at, new.actor_kind, new.actor_id, new.action, new.tenant_id, new.run_id,
          new.subject_kind, new.subject_id, new.payload_hash)
       IS NOT DISTINCT FROM
         (old.xact, old.seq, old.id, old.at, old.actor_kind, old.actor_id, old.action, old.tenant_id, old.run_id,
          old.subject_kind, old.subject_id, old.payload_hash)
  THEN
    RETURN new;
  END IF;
  RAISE EXCEPTION 'audit rows are never changed (% on %)', tg_op, tg_table_name
    USING ERRCODE = 'insufficient_privilege';
END
$$;

CREATE TRIGGER audit_log_no_update BEFORE UPDATE ON audit_log
  FOR EACH ROW EXECUTE FUNCTION audit_allow_erasure_only();
CREATE TRIGGER audit_log_no_delete BEFORE DELETE ON audit_log
  FOR EACH ROW EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER audit_log_no_truncate BEFORE TRUNCATE ON audit_log
  FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER audit_chain_no_change BEFORE UPDATE OR DELETE ON audit_chain
  FOR EACH ROW EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER audit_chain_no_truncate BEFORE TRUNCATE ON audit_chain
  FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER audit_checkpoints_no_change BEFORE UPDATE OR DELETE ON audit_checkpoints
  FOR EACH ROW EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER audit_checkpoints_no_truncate BEFORE TRUNCATE ON audit_checkpoints
  FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change();

-- Empties the payloads of one tenant's rows. The caller records the erasure itself, in the same transaction.
CREATE FUNCTION audit_erase_payloads(erased_tenant uuid) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = tenantry, pg_temp AS $$
DECLARE
  erased bigint;
BEGIN
  PERFORM set_config('tenantry.audit_erasure', erased_tenant::text, true);
  UPDATE audit_log SET payload = NULL WHERE tenant_id = erased_tenant AND payload IS NOT NULL;
  GET DIAGNOSTICS erased = ROW_COUNT;
  PERFORM set_config('tenantry.audit_erasure', '', true);
  RETURN erased;
END
$$;
REVOKE ALL ON FUNCTION audit_erase_payloads (uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit_erase_payloads (uuid) TO tenantry_operator, tenantry_worker;

ALTER TABLE audit_log ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit_log FORCE ROW LEVEL SECURITY;
CREATE POLICY audit_log_tenant ON audit_log TO tenantry_app
  USING (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid))
  WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));
CREATE POLICY audit_log_operator ON audit_log TO tenantry_operator USING (true) WITH CHECK (true);
CREATE POLICY audit_log_worker ON audit_log TO tenantry_worker USING (true) WITH CHECK (true);
-- For audit_erase_payloads, which runs as the owner under the same forced row-level security.
CREATE POLICY audit_log_erasure_reads ON audit_log FOR SELECT TO tenantry_owner
  USING (tenant_id = (SELECT nullif(current_setting('tenantry.audit_erasure', true), '')::uuid));
CREATE POLICY audit_log_erasure_writes ON audit_log FOR UPDATE TO tenantry_owner
  USING (tenant_id = (SELECT nullif(current_setting('tenantry.audit_erasure', true), '')::uuid));

-- Neither xact nor seq nor id can be chosen by a writer.
GRANT SELECT, INSERT (at, actor_kind, actor_id, action, tenant_id, run_id, subject_kind, subject_id, payload,
                      payload_hash)
  ON audit_log TO tenantry_app, tenantry_operator, tenantry_worker;
GRANT SELECT ON audit_chain, audit_checkpoints, audit_sealer TO tenantry_operator, tenantry_worker;
GRANT INSERT ON audit_chain, audit_checkpoints TO tenantry_worker;
GRANT UPDATE ON audit_sealer TO tenantry_worker;
