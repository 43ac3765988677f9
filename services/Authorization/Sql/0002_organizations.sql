-- One number for the whole of rights: every change adds one to it in its transaction, under the one lock of changes, so that the order
-- of numbers is the order of commits.
CREATE TABLE revision (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    value    bigint NOT NULL
);

INSERT INTO revision (value) VALUES (0);

CREATE TABLE organizations (
    -- A UUIDv7: sorts by the time it was made.
    id           uuid PRIMARY KEY,
    name         text NOT NULL UNIQUE CHECK (length(name) BETWEEN 1 AND 64),
    display_name text NOT NULL CHECK (length(display_name) BETWEEN 1 AND 100),
    created_at   timestamptz NOT NULL
);

CREATE TABLE members (
    organization_id uuid NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    -- 1 user, 2 API key, 3 service: PrincipalKind.
    principal_kind  smallint NOT NULL CHECK (principal_kind BETWEEN 1 AND 3),
    principal_id    text NOT NULL CHECK (length(principal_id) BETWEEN 1 AND 64),
    joined_at       timestamptz NOT NULL,
    PRIMARY KEY (organization_id, principal_kind, principal_id)
);

CREATE INDEX members_by_principal ON members (principal_kind, principal_id);

-- Roles that an organization made for itself. Built-in ones are code.
CREATE TABLE roles (
    id              uuid PRIMARY KEY,
    organization_id uuid NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    name            text NOT NULL CHECK (length(name) BETWEEN 1 AND 64),
    description     text NOT NULL CHECK (length(description) <= 256),
    created_at      timestamptz NOT NULL,
    changed_at      timestamptz NOT NULL,
    UNIQUE (organization_id, name)
);

CREATE TABLE role_permissions (
    role_id          uuid NOT NULL REFERENCES roles (id) ON DELETE CASCADE,
    position         integer NOT NULL,
    resource_pattern text NOT NULL CHECK (length(resource_pattern) BETWEEN 1 AND 256),
    action_pattern   text NOT NULL CHECK (length(action_pattern) BETWEEN 1 AND 256),
    -- 1 allow, 2 deny: Effect.
    effect           smallint NOT NULL CHECK (effect BETWEEN 1 AND 2),
    second_factor    boolean NOT NULL,
    PRIMARY KEY (role_id, position)
);

-- What a role includes: a built-in role or one of the same organization, by name.
CREATE TABLE role_inclusions (
    role_id  uuid NOT NULL REFERENCES roles (id) ON DELETE CASCADE,
    included text NOT NULL CHECK (length(included) BETWEEN 1 AND 64),
    PRIMARY KEY (role_id, included)
);

ALTER TABLE role_assignments
    -- NULL: everywhere, on the platform and in all organizations.
    ADD COLUMN organization_id uuid REFERENCES organizations (id) ON DELETE CASCADE,
    -- The resource at and below which it counts; NULL: all.
    ADD COLUMN subtree text CHECK (length(subtree) BETWEEN 1 AND 256),
    -- NULL: never.
    ADD COLUMN expires_at timestamptz,
    DROP CONSTRAINT role_assignments_held_once,
    ADD CONSTRAINT role_assignments_held_once UNIQUE NULLS NOT DISTINCT (principal_kind, principal_id, role, organization_id, subtree);

CREATE INDEX role_assignments_by_organization ON role_assignments (organization_id, role);

-- Permissions given to one principal without a role.
CREATE TABLE grants (
    id               uuid PRIMARY KEY,
    principal_kind   smallint NOT NULL CHECK (principal_kind BETWEEN 1 AND 3),
    principal_id     text NOT NULL CHECK (length(principal_id) BETWEEN 1 AND 64),
    organization_id  uuid REFERENCES organizations (id) ON DELETE CASCADE,
    resource_pattern text NOT NULL CHECK (length(resource_pattern) BETWEEN 1 AND 256),
    action_pattern   text NOT NULL CHECK (length(action_pattern) BETWEEN 1 AND 256),
    effect           smallint NOT NULL CHECK (effect BETWEEN 1 AND 2),
    second_factor    boolean NOT NULL,
    created_at       timestamptz NOT NULL,
    expires_at       timestamptz
);

CREATE INDEX grants_by_principal ON grants (principal_kind, principal_id, id);
CREATE INDEX grants_by_organization ON grants (organization_id);

-- Resources that somebody owns.
CREATE TABLE resources (
    id              uuid PRIMARY KEY,
    organization_id uuid REFERENCES organizations (id) ON DELETE CASCADE,
    resource        text NOT NULL CHECK (length(resource) BETWEEN 1 AND 256),
    owner_kind      smallint NOT NULL CHECK (owner_kind BETWEEN 1 AND 3),
    owner_id        text NOT NULL CHECK (length(owner_id) BETWEEN 1 AND 64),
    registered_at   timestamptz NOT NULL,
    CONSTRAINT resources_registered_once UNIQUE NULLS NOT DISTINCT (organization_id, resource)
);

CREATE INDEX resources_by_owner ON resources (owner_kind, owner_id);
