-- The life of key versions: schedules, a minimum for decryption, activation ahead of use, guarded destruction, counted messages.

ALTER TABLE keyrings
    -- Every this long a new version is made; null: on demand only.
    ADD COLUMN rotation_seconds       bigint CHECK (rotation_seconds > 0),
    -- Versions before it neither decrypt nor verify.
    ADD COLUMN min_decryption_version integer NOT NULL DEFAULT 1 CHECK (min_decryption_version > 0),
    -- Set while the whole keyring waits for its destruction, in which it is unusable.
    ADD COLUMN destroy_at             timestamptz,
    -- Set once it is destroyed. The row stays: the name never names others.
    ADD COLUMN destroyed_at           timestamptz,
    ADD CHECK (destroy_at IS NULL OR destroyed_at IS NULL);

ALTER TABLE key_versions
    -- When a pending version becomes the active one.
    ADD COLUMN activate_at       timestamptz CHECK ((activate_at IS NOT NULL) = (state = 'pending')),
    -- Set while the version waits for its destruction, in which it is unusable.
    ADD COLUMN destroy_at        timestamptz CHECK (destroy_at IS NULL OR state NOT IN ('active', 'destroyed')),
    -- How many messages replicas took leave to encrypt: at most 2^32 with random 96-bit nonces (NIST SP 800-38D section 8.3).
    ADD COLUMN messages_reserved bigint NOT NULL DEFAULT 0 CHECK (messages_reserved BETWEEN 0 AND 4294967296);

-- Since when nothing is sealed under a retired key any more.
ALTER TABLE key_encryption_keys ADD COLUMN unused_since timestamptz;

CREATE INDEX key_versions_by_key_encryption_key ON key_versions (key_encryption_key);
CREATE INDEX key_versions_to_destroy ON key_versions (destroy_at) WHERE destroy_at IS NOT NULL;
CREATE INDEX key_versions_to_activate ON key_versions (activate_at) WHERE activate_at IS NOT NULL;

-- Destroyed is the end, whoever asks: neither the service nor somebody at its database makes a key of what was destroyed.
CREATE FUNCTION refuse_resurrection() RETURNS trigger LANGUAGE plpgsql AS
$$
BEGIN
    RAISE EXCEPTION 'what was destroyed stays destroyed' USING ERRCODE = 'integrity_constraint_violation';
END;
$$;

CREATE TRIGGER key_versions_destroyed_is_the_end BEFORE UPDATE OR DELETE ON key_versions
    FOR EACH ROW WHEN (OLD.state = 'destroyed') EXECUTE FUNCTION refuse_resurrection();
CREATE TRIGGER keyrings_destroyed_is_the_end BEFORE UPDATE OR DELETE ON keyrings
    FOR EACH ROW WHEN (OLD.destroyed_at IS NOT NULL) EXECUTE FUNCTION refuse_resurrection();
