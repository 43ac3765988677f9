-- The log. An entry's place, bytes and hashes are what event.proto promises; the columns behind them only find entries and are read
-- from the same bytes.

CREATE TABLE log_entries (
    sequence        bigint PRIMARY KEY CHECK (sequence > 0),
    event_id        uuid NOT NULL,
    recorded_at     timestamptz NOT NULL,
    -- A serialized mcpsecure.audit.v1.AuditEvent, exactly the bytes that were hashed.
    body            bytea NOT NULL,
    -- SHA-256(0x00 || body)
    leaf_hash       bytea NOT NULL CHECK (octet_length(leaf_hash) = 32),
    -- SHA-256(0x01 || link of the entry before || leaf_hash)
    link            bytea NOT NULL CHECK (octet_length(link) = 32),

    -- To the microsecond, towards the past.
    occurred_at     timestamptz NOT NULL,
    source          text COLLATE "C" NOT NULL,
    action          text COLLATE "C" NOT NULL,
    outcome         smallint NOT NULL,
    severity        smallint NOT NULL,
    actor_id        text COLLATE "C",
    resource        text COLLATE "C",
    organization_id uuid,
    trace_id        uuid,
    CONSTRAINT log_entries_event_id UNIQUE (event_id)
);

CREATE INDEX log_entries_trace_id ON log_entries (trace_id, sequence) WHERE trace_id IS NOT NULL;
CREATE INDEX log_entries_actor_id ON log_entries (actor_id, sequence) WHERE actor_id IS NOT NULL;
CREATE INDEX log_entries_resource ON log_entries (resource, sequence) WHERE resource IS NOT NULL;
CREATE INDEX log_entries_action ON log_entries (action, sequence);
-- Most events end well; who asks for the others does not want to read past those.
CREATE INDEX log_entries_outcome ON log_entries (outcome, sequence) WHERE outcome <> 1;
-- Times come almost in order, so a few bytes a block tell where a time lies.
CREATE INDEX log_entries_occurred_at ON log_entries USING brin (occurred_at) WITH (pages_per_range = 32);

-- One row: the end of the log. Its lock puts appends in order, so places have no gaps and commit in order.
CREATE TABLE log_head (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    sequence bigint NOT NULL CHECK (sequence >= 0),
    link     bytea NOT NULL CHECK (octet_length(link) = 32)
);

INSERT INTO log_head (sequence, link) VALUES (0, decode(repeat('00', 32), 'hex'));

-- Keys of this service that every replica must share and that protect no secret.
CREATE TABLE shared_keys (
    name text COLLATE "C" PRIMARY KEY,
    key  bytea NOT NULL
);

-- Defence in depth: no statement of ours changes or removes an entry, and a mistaken or injected one fails here. Whoever owns the tables
-- can drop these triggers; the chain of hashes is what shows that.
CREATE FUNCTION refuse_change_of_log() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'The log is append-only: % on % is refused.', TG_OP, TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege'; END $$;

CREATE TRIGGER log_entries_append_only BEFORE UPDATE OR DELETE ON log_entries FOR EACH ROW EXECUTE FUNCTION refuse_change_of_log();
CREATE TRIGGER log_entries_no_truncate BEFORE TRUNCATE ON log_entries FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_log();
CREATE TRIGGER log_head_stays BEFORE DELETE ON log_head FOR EACH ROW EXECUTE FUNCTION refuse_change_of_log();
CREATE TRIGGER log_head_no_truncate BEFORE TRUNCATE ON log_head FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_log();

CREATE FUNCTION refuse_return_of_head() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'The head of the log only moves forward.' USING ERRCODE = 'insufficient_privilege'; END $$;

CREATE TRIGGER log_head_moves_forward BEFORE UPDATE ON log_head FOR EACH ROW
    WHEN (NEW.sequence <= OLD.sequence) EXECUTE FUNCTION refuse_return_of_head();
