-- How often a key was presented and proven by its secret, by hours. Nothing here refers to api_keys: what is counted is written by the thousand,
-- and keys are never deleted.
CREATE TABLE api_key_usage (
    api_key_id uuid NOT NULL,
    -- The hour's beginning, UTC.
    hour       timestamptz NOT NULL,
    allowed    bigint NOT NULL,
    -- Refused for its state, its address, its scopes or its permissions.
    denied     bigint NOT NULL,
    -- Refused by a limit.
    limited    bigint NOT NULL,
    PRIMARY KEY (api_key_id, hour)
) WITH (fillfactor = 70);

CREATE INDEX api_key_usage_by_hour ON api_key_usage (hour);

-- When a key was last let through.
CREATE TABLE api_key_last_uses (
    api_key_id   uuid PRIMARY KEY,
    last_used_at timestamptz NOT NULL
) WITH (fillfactor = 70);

ALTER TABLE api_key_usage ENABLE ROW LEVEL SECURITY;
ALTER TABLE api_key_usage FORCE ROW LEVEL SECURITY;
ALTER TABLE api_key_last_uses ENABLE ROW LEVEL SECURITY;
ALTER TABLE api_key_last_uses FORCE ROW LEVEL SECURITY;

-- Who sees a key sees its use: the subquery is under the policies of api_keys.
CREATE POLICY of_key ON api_key_usage FOR SELECT
    USING (EXISTS (SELECT FROM api_keys WHERE api_keys.id = api_key_usage.api_key_id));

CREATE POLICY of_key ON api_key_last_uses FOR SELECT
    USING (EXISTS (SELECT FROM api_keys WHERE api_keys.id = api_key_last_uses.api_key_id));

CREATE POLICY of_administrator ON api_key_usage
    USING ((SELECT current_setting('mcpsecure.administrator', true)) = 'on');

CREATE POLICY of_administrator ON api_key_last_uses
    USING ((SELECT current_setting('mcpsecure.administrator', true)) = 'on');
