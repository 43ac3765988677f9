-- An event on which the log fails, without saying that it can never take it, is tried again ever more rarely, and others pass it.
ALTER TABLE audit_outbox
    -- How often the log has failed on this event alone.
    ADD COLUMN failures    integer NOT NULL DEFAULT 0 CHECK (failures >= 0),
    -- Not sent before this time; NULL: at once.
    ADD COLUMN next_try_at timestamptz;
