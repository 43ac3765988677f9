-- Versioned secrets.

CREATE TABLE secrets (
    -- Bound to the sealed values: what was sealed for a secret that is gone does not open in one that took its path.
    id               uuid PRIMARY KEY,
    path             text COLLATE "C" NOT NULL UNIQUE,
    newest_version   integer NOT NULL CHECK (newest_version > 0),
    max_versions     integer NOT NULL CHECK (max_versions > 0),
    -- Null: versions do not expire unless a write says so.
    version_lifetime interval CHECK (version_lifetime > interval '0'),
    check_required   boolean NOT NULL,
    custom_metadata  jsonb NOT NULL,
    created_at       timestamptz NOT NULL,
    updated_at       timestamptz NOT NULL
);

CREATE TABLE secret_versions (
    secret       uuid NOT NULL REFERENCES secrets (id) ON DELETE CASCADE,
    version      integer NOT NULL CHECK (version > 0),
    created_at   timestamptz NOT NULL,
    expires_at   timestamptz,
    deleted_at   timestamptz,
    destroyed_at timestamptz,
    -- mcs1.secrets.…; gone once the version is destroyed, and only then.
    sealed       text COLLATE "C",
    PRIMARY KEY (secret, version),
    CHECK ((destroyed_at IS NULL) = (sealed IS NOT NULL))
);
