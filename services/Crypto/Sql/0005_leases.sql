-- Databases of others, templates for roles in them, and leases of such roles.

CREATE TABLE databases (
    name       text COLLATE "C" PRIMARY KEY,
    -- For display; the connection itself is in sealed.
    host       text NOT NULL,
    database   text NOT NULL,
    username   text NOT NULL,
    -- mcs1.secrets.…
    sealed     text COLLATE "C" NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);

CREATE TABLE credential_templates (
    database         text COLLATE "C" NOT NULL REFERENCES databases (name) ON DELETE CASCADE,
    name             text COLLATE "C" NOT NULL,
    creation         text NOT NULL,
    renewal          text NOT NULL,
    revocation       text NOT NULL,
    default_lifetime interval NOT NULL,
    max_lifetime     interval NOT NULL CHECK (max_lifetime >= default_lifetime),
    updated_at       timestamptz NOT NULL,
    PRIMARY KEY (database, name)
);

-- A lease is here before its role is made and until it is known to be gone.
CREATE TABLE leases (
    id             uuid PRIMARY KEY,
    -- No cascade: a database with leases cannot be forgotten.
    database       text COLLATE "C" NOT NULL REFERENCES databases (name),
    -- No reference: a template may be deleted; what it said last is kept below.
    template       text COLLATE "C" NOT NULL,
    role_name      text COLLATE "C" NOT NULL UNIQUE,
    renewal        text NOT NULL,
    revocation     text NOT NULL,
    -- creating: the role may or may not exist; active: it does; revoking: it is being removed, for whatever cause.
    state          text COLLATE "C" NOT NULL CHECK (state IN ('creating', 'active', 'revoking')),
    owner_id       text COLLATE "C" NOT NULL,
    created_at     timestamptz NOT NULL,
    expires_at     timestamptz NOT NULL,
    max_expires_at timestamptz NOT NULL CHECK (max_expires_at >= expires_at),
    -- When somebody must look at it next: at its end, or at the next try to revoke it.
    due_at         timestamptz NOT NULL,
    failures       integer NOT NULL DEFAULT 0
);

CREATE INDEX leases_due ON leases (due_at);
CREATE INDEX leases_by_template ON leases (database, template, id);
