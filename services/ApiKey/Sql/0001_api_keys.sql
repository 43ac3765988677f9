CREATE TABLE api_keys (
    -- A UUIDv7: sorts by the time it was made.
    id          uuid PRIMARY KEY,
    -- Whose it is. Every row has one, so that a policy of row-level security can go by it.
    owner_id    uuid NOT NULL,
    name        text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    scopes      text[] NOT NULL CHECK (cardinality(scopes) > 0),
    -- Says itself how it was made: $2a$<work factor>$… is bcrypt of the key's id and secret, as they are written in its text.
    secret_hash text NOT NULL,
    created_at  timestamptz NOT NULL,
    -- NULL: never.
    expires_at  timestamptz,
    -- NULL: was not.
    revoked_at  timestamptz
);

CREATE INDEX api_keys_by_owner ON api_keys (owner_id, id DESC);

-- The platform's secret for API keys, encrypted by the service Crypto under the keyring api-key-pepper.
CREATE TABLE pepper (
    version    integer PRIMARY KEY,
    ciphertext text NOT NULL,
    created_at timestamptz NOT NULL
);
