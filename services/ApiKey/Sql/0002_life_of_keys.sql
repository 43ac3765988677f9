ALTER TABLE api_keys
    -- The organization it belongs to; NULL: none.
    ADD COLUMN organization_id  uuid,
    -- What its text begins with.
    ADD COLUMN prefix           text NOT NULL DEFAULT 'mcp_sk_' CHECK (length(prefix) BETWEEN 3 AND 32),
    -- What it is narrowed to besides its scopes, [["resource pattern", "action pattern"], …]; none: not narrowed.
    ADD COLUMN permissions      jsonb NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(permissions) = 'array' AND jsonb_array_length(permissions) <= 100),
    -- Where it may be used from; none: from everywhere. The type refuses host bits.
    ADD COLUMN allowed_networks cidr[] NOT NULL DEFAULT '{}' CHECK (cardinality(allowed_networks) <= 50),
    -- How often it may be used: all three or none.
    ADD COLUMN rate_requests    integer CHECK (rate_requests > 0),
    ADD COLUMN rate_period      interval CHECK (rate_period > interval '0'),
    ADD COLUMN rate_burst       integer CHECK (rate_burst BETWEEN 1 AND rate_requests),
    ADD CONSTRAINT api_keys_rate_is_whole CHECK (num_nulls(rate_requests, rate_period, rate_burst) IN (0, 3)),
    -- What its owner notes about it.
    ADD COLUMN metadata         jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(metadata) = 'object'),
    -- When and by which user it was disabled; NULL: it is not.
    ADD COLUMN disabled_at      timestamptz,
    ADD COLUMN disabled_by      uuid,
    ADD CONSTRAINT api_keys_disabled_by_somebody CHECK (num_nulls(disabled_at, disabled_by) IN (0, 2)),
    -- The key that took its place, and the request that did it; NULL: none. Nobody succeeds two.
    ADD COLUMN successor_id     uuid CONSTRAINT api_keys_succeed_one UNIQUE REFERENCES api_keys (id),
    ADD COLUMN rotation_id      uuid,
    ADD CONSTRAINT api_keys_rotated_by_a_request CHECK (num_nulls(successor_id, rotation_id) IN (0, 2)),
    -- Finds an imported key, whose text has no id: SHA-256(salt ‖ text) until its first use, from then on a keyed digest of the text.
    ADD COLUMN lookup           bytea CONSTRAINT api_keys_looked_up_once UNIQUE CHECK (length(lookup) = 32);

CREATE INDEX api_keys_by_organization ON api_keys (organization_id, id DESC) WHERE organization_id IS NOT NULL;

-- The salts that keys were hashed with which wait for their first use.
CREATE TABLE import_salts (
    id   integer PRIMARY KEY CHECK (id BETWEEN 1 AND 8),
    salt bytea NOT NULL UNIQUE CHECK (length(salt) BETWEEN 1 AND 256)
);

ALTER TABLE api_keys ADD COLUMN import_salt integer REFERENCES import_salts (id);

-- Nothing is seen by whoever does not say whose keys he means, the tables' owner included: each transaction sets what it may see, and
-- only until its end. A migration that reads or changes rows from here on must set mcpsecure.administrator first.
ALTER TABLE api_keys ENABLE ROW LEVEL SECURITY;
ALTER TABLE api_keys FORCE ROW LEVEL SECURITY;

-- In a subquery, so that the setting is read once a statement.
CREATE POLICY of_owner ON api_keys
    USING (owner_id = (SELECT nullif(current_setting('mcpsecure.owner', true), '')::uuid));

CREATE POLICY of_organization ON api_keys
    USING (organization_id = (SELECT nullif(current_setting('mcpsecure.organization', true), '')::uuid));

-- Validation: exactly one row.
CREATE POLICY of_key ON api_keys FOR SELECT
    USING (id = (SELECT nullif(current_setting('mcpsecure.key_id', true), '')::uuid));

CREATE POLICY change_of_key ON api_keys FOR UPDATE
    USING (id = (SELECT nullif(current_setting('mcpsecure.key_id', true), '')::uuid));

-- Validation of an imported key: hexadecimal, parted by commas.
CREATE POLICY of_lookup ON api_keys FOR SELECT
    USING (encode(lookup, 'hex') = ANY (string_to_array((SELECT current_setting('mcpsecure.lookups', true)), ',')));

CREATE POLICY of_administrator ON api_keys
    USING ((SELECT current_setting('mcpsecure.administrator', true)) = 'on');
