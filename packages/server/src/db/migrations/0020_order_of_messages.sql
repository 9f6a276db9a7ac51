-- Two messages of one moment have an order: that in which they were written.
alter table portal_messages add column position bigint generated always as identity;
