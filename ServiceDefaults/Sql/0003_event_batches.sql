-- A row holds one event, as before, or a batch of them: decisions come by the thousand and share a row. Replicas of before go on adding
-- rows of one event; rows of a batch they cannot read, and leave to those that can.
ALTER TABLE audit_outbox
    -- How many events are in body, which is a serialized mcpsecure.audit.v1.RecordEventsRequest then; NULL: body is one AuditEvent.
    ADD COLUMN events integer CHECK (events > 0),
    -- The id of the one event.
    ALTER COLUMN event_id DROP NOT NULL,
    ADD CHECK ((event_id IS NULL) = (events IS NOT NULL));
