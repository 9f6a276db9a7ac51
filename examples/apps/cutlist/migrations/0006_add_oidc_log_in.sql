-- Log-in through an OpenID provider: who somebody is there, and with which session of it they came.
alter table users
  add column oidc_issuer text,
  add column oidc_subject text,
  add constraint users_oidc_whole check ((oidc_issuer is null) = (oidc_subject is null));

create unique index users_tenant_id_oidc_key on users (tenant_id, oidc_issuer, oidc_subject)
  where oidc_subject is not null;

alter table sessions
  add column oidc_sid text,
  -- Sent back when somebody logs out, as proof of whom it is about. It opens nothing.
  add column oidc_id_token text;

create index sessions_tenant_id_oidc_sid_idx on sessions (tenant_id, oidc_sid) where oidc_sid is not null;
