-- Who holds which role. Built-in roles are code, so the role is its name.
CREATE TABLE role_assignments (
    id             uuid PRIMARY KEY,
    -- 1 user, 2 API key, 3 service: PrincipalKind.
    principal_kind smallint NOT NULL CHECK (principal_kind BETWEEN 1 AND 3),
    principal_id   text NOT NULL CHECK (length(principal_id) BETWEEN 1 AND 64),
    role           text NOT NULL CHECK (length(role) BETWEEN 1 AND 64),
    assigned_at    timestamptz NOT NULL,
    -- An assignment has an id of its own, so that one day the same role can be held in several organizations or until several times.
    CONSTRAINT role_assignments_held_once UNIQUE (principal_kind, principal_id, role)
);

-- Finds the administrators.
CREATE INDEX role_assignments_by_role ON role_assignments (role, principal_kind);
