-- Key-encryption keys rotate: pending until every replica has it open, then active; retired ones are deleted once they seal nothing.

ALTER TABLE key_encryption_keys
    DROP CONSTRAINT key_encryption_keys_state_check,
    ADD CONSTRAINT key_encryption_keys_state_check CHECK (state IN ('pending', 'active', 'retired'));

CREATE UNIQUE INDEX key_encryption_keys_one_pending ON key_encryption_keys (state) WHERE state = 'pending';
CREATE INDEX certificate_authorities_by_key_encryption_key ON certificate_authorities (key_encryption_key);
