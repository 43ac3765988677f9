-- The platform's certificate authority: whom everybody trusts, what was issued, what was revoked.

CREATE TABLE certificate_authorities (
    id                 uuid PRIMARY KEY,
    -- Self-signed, DER. It is bound to the sealed key: another certificate put here opens nothing and is published nowhere.
    certificate        bytea NOT NULL,
    -- Whether the operator brought it along, and so may have issued certificates that are not in the inventory.
    imported           boolean NOT NULL,
    -- In the bundle from then on.
    published_at       timestamptz NOT NULL,
    -- Issues from then on, until the next one does. NULL: is trusted and never issues here.
    issues_from        timestamptz,
    expires_at         timestamptz NOT NULL,
    -- Out of the bundle from then on, and its key is gone.
    removed_at         timestamptz,
    key_encryption_key uuid REFERENCES key_encryption_keys (id),
    wrapped            bytea,
    -- The newest revocation list, DER, and its number, which only grows.
    list_number        bigint NOT NULL DEFAULT 0,
    list_signed_at     timestamptz,
    list               bytea,
    CHECK ((wrapped IS NULL) = (removed_at IS NOT NULL)),
    CHECK ((key_encryption_key IS NULL) = (wrapped IS NULL))
);

CREATE UNIQUE INDEX certificate_authorities_once ON certificate_authorities (sha256(certificate));

CREATE TABLE certificates (
    -- Without leading zeros.
    serial            bytea PRIMARY KEY,
    authority         uuid NOT NULL REFERENCES certificate_authorities (id),
    workload          text COLLATE "C" NOT NULL,
    certificate       bytea NOT NULL,
    -- SHA-256 of the SubjectPublicKeyInfo. A key is certified once: a request that somebody recorded is of no use to him.
    public_key_digest bytea NOT NULL UNIQUE,
    issued_at         timestamptz NOT NULL,
    expires_at        timestamptz NOT NULL
);

CREATE INDEX certificates_by_age ON certificates (issued_at, serial);
CREATE INDEX certificates_by_workload ON certificates (workload, issued_at, serial);
CREATE INDEX certificates_by_end ON certificates (authority, expires_at);

-- Beside the inventory, not in it: what the operator issued under an imported authority can be revoked too.
CREATE TABLE certificate_revocations (
    authority  uuid NOT NULL REFERENCES certificate_authorities (id),
    serial     bytea NOT NULL,
    reason     text COLLATE "C" NOT NULL,
    revoked_at timestamptz NOT NULL,
    -- When the certificate would have ended: the list need not name it for long after.
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (authority, serial)
);

CREATE INDEX certificate_revocations_by_serial ON certificate_revocations (serial);
