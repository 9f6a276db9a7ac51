-- Reviews of runbooks: that somebody looked whether a version still says what is done, and when the next look is due.

create table tenantry.runbook_reviews (
  position bigint generated always as identity constraint runbook_reviews_pkey primary key,
  runbook_id text not null,
  version text not null,
  role text not null,
  person_id uuid not null,
  person_name text not null,
  note text,
  reviewed_at timestamptz not null,
  next_on date not null,
  constraint runbook_reviews_version_fkey foreign key (runbook_id, version) references tenantry.runbook_versions
);
create index runbook_reviews_version_idx on tenantry.runbook_reviews (runbook_id, version, position desc);

grant select, insert on tenantry.runbook_reviews to tenantry_operator, tenantry_worker;
