-- Systems of the client that take its cut lists. The vendor sets them up: an address here is one this application calls.
alter table settings
  add column integrations jsonb not null default '[]'
    constraint settings_integrations_are_a_list check (jsonb_typeof(integrations) = 'array');
