-- Events that happened here and are not yet known to be in the audit log.
-- A state change inserts its event in its own transaction; the dispatcher deletes what the log has taken.
CREATE TABLE audit_outbox (
    -- The order of delivery. Given at insert: of two transactions at once, the later to commit may hold the smaller one.
    position       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    event_id       uuid NOT NULL,
    -- A serialized mcpsecure.audit.v1.AuditEvent.
    body           bytea NOT NULL,
    added_at       timestamptz NOT NULL DEFAULT now(),
    -- Both set once the log has refused this event for good: it is kept and no longer sent. Setting both to NULL sends it again.
    refused_at     timestamptz,
    refused_reason text,
    CHECK ((refused_at IS NULL) = (refused_reason IS NULL))
)
-- A queue: its rows die young, and the dead ones at its head slow every look down until vacuum has been there.
WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);
