-- A backup holds every table, and with it which migrations the schema has seen: a restore into a newer one is refused.
grant select on schema_migrations to cutlist_provisioner;
