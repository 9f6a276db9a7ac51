-- People under their own name in the audit log, changes of e-mail addresses, and invitations by mail.

-- Users of tenants act as such. Rows written before stay as they are: their hashes hold.
alter table audit_log
  drop constraint audit_log_actor_known,
  add constraint audit_log_actor_known check (actor_kind in ('person', 'user', 'run', 'system'));

-- `email` goes to a new address and makes it the user's; `object` goes to the one before and takes that back.
alter table user_tokens
  drop constraint user_tokens_purpose_known,
  add constraint user_tokens_purpose_known check (purpose in ('reset', 'verify', 'invite', 'email', 'object')),
  -- Of a change of address: the session it was asked for in, which goes on when all others end.
  add column session_id uuid;

-- The link in the vault that the mail of the invitation carries, until the invitation has ended.
alter table operator_invitations add column link_ref text;
