-- Finds what has expired.
CREATE INDEX role_assignments_by_expiry ON role_assignments (expires_at) WHERE expires_at IS NOT NULL;
CREATE INDEX grants_by_expiry ON grants (expires_at) WHERE expires_at IS NOT NULL;
