-- How many leases a template may have at a time. Null: as the settings say.

ALTER TABLE credential_templates ADD COLUMN max_leases integer CHECK (max_leases > 0);
