-- The change that a role was last written by: what somebody else has written since is not overwritten.
ALTER TABLE roles ADD COLUMN revision bigint NOT NULL DEFAULT 0;
