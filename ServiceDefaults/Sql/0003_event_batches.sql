-- A row holds one event or a batch of them: decisions come by the thousand, and share a row.
ALTER TABLE audit_outbox
    -- How many events are in body.
    ADD COLUMN events integer NOT NULL DEFAULT 1 CHECK (events > 0),
    -- The id of the event; NULL where there is more than one.
    ALTER COLUMN event_id DROP NOT NULL,
    ADD CHECK ((event_id IS NOT NULL) = (events = 1));

-- Body is a serialized mcpsecure.audit.v1.RecordEventsRequest from now on: the events that wait get the tag of its field 1 and their
-- length in front (https://protobuf.dev/programming-guides/encoding). An event has less than 2 MiB.
UPDATE audit_outbox
SET body = '\x0a'::bytea
    || CASE
        WHEN octet_length(body) < 128 THEN set_byte('\x00', 0, octet_length(body))
        WHEN octet_length(body) < 16384 THEN set_byte(set_byte('\x0000',
            0, octet_length(body) & 127 | 128),
            1, octet_length(body) >> 7)
        ELSE set_byte(set_byte(set_byte('\x000000',
            0, octet_length(body) & 127 | 128),
            1, octet_length(body) >> 7 & 127 | 128),
            2, octet_length(body) >> 14)
    END
    || body;
