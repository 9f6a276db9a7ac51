-- Clients are searched by the beginnings of words of their name and reference, as tenants are; runs are listed by client.
-- An index over the expression and no column: nothing of the table is written anew.

create index clients_search on tenantry.clients using gin (
  to_tsvector('simple'::regconfig, regexp_replace(legal_name || ' ' || reference, '[^[:alnum:]]+', ' ', 'g'))
);

create index runs_client_idx on tenantry.runs (client_id, created_at desc, id desc) where client_id is not null;
