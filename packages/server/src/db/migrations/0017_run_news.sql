-- What people are to be told of a run: questions to whoever is asked, notices to whoever is informed. A row is written with
-- what it tells of; mails are made of those that are still true a moment later, so that what happens together is one mail.

create table tenantry.run_news (
  position bigint generated always as identity constraint run_news_pkey primary key,
  run_id uuid not null constraint run_news_run_fkey references tenantry.runs on delete cascade,
  kind text not null constraint run_news_kind_check check (kind in ('ask', 'notice')),
  subject text not null,
  text text not null default '',
  at timestamptz not null,
  told_at timestamptz,
  batch uuid,
  ended_at timestamptz,
  constraint run_news_batch_check check ((told_at is null) = (batch is null))
);
comment on column tenantry.run_news.subject is 'Of a question its step; of a notice what it is about, such as phases.setup.';
comment on column tenantry.run_news.batch is 'The mails it went out with: a mail all of whose questions have ended is not sent any more.';
comment on column tenantry.run_news.ended_at is 'Of a question: it was answered or withdrawn.';
create index run_news_untold_idx on tenantry.run_news (run_id) where told_at is null and ended_at is null;
create index run_news_open_idx on tenantry.run_news (run_id, subject) where kind = 'ask' and ended_at is null;
create index run_news_batch_idx on tenantry.run_news (batch) where batch is not null;

grant select, insert, update on tenantry.run_news to tenantry_operator, tenantry_worker;
