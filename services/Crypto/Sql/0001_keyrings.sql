-- The key hierarchy. The root key is not here: it seals key_encryption_keys, which seal key_versions.

CREATE TABLE key_encryption_keys (
    id         uuid PRIMARY KEY,
    -- active: seals new key versions; retired: only opens the ones it sealed.
    state      text COLLATE "C" NOT NULL CHECK (state IN ('active', 'retired')),
    -- Which root key sealed it: its name, for telling an operator which one is missing.
    root_key   text COLLATE "C" NOT NULL,
    wrapped    bytea NOT NULL,
    created_at timestamptz NOT NULL
);

CREATE UNIQUE INDEX key_encryption_keys_one_active ON key_encryption_keys (state) WHERE state = 'active';

-- Rows are never deleted: a name that once named keys never names others.
CREATE TABLE keyrings (
    name       text COLLATE "C" PRIMARY KEY,
    algorithm  text COLLATE "C" NOT NULL,
    created_at timestamptz NOT NULL
);

CREATE TABLE key_versions (
    keyring            text COLLATE "C" NOT NULL REFERENCES keyrings (name),
    version            integer NOT NULL CHECK (version > 0),
    state              text COLLATE "C" NOT NULL CHECK (state IN ('pending', 'active', 'decrypt-only', 'disabled', 'destroyed')),
    state_since        timestamptz NOT NULL,
    created_at         timestamptz NOT NULL,
    -- Both are gone once the version is destroyed, and only then.
    key_encryption_key uuid REFERENCES key_encryption_keys (id),
    wrapped            bytea,
    PRIMARY KEY (keyring, version),
    CHECK ((state = 'destroyed') = (wrapped IS NULL)),
    CHECK ((wrapped IS NULL) = (key_encryption_key IS NULL))
);

CREATE UNIQUE INDEX key_versions_one_active ON key_versions (keyring) WHERE state = 'active';
