-- Pages of resources are in the order of their bytes, whatever the order of the database is.
CREATE INDEX resources_by_path ON resources (organization_id, resource COLLATE "C");
