-- Who may sign in, with what, and which tokens ended early.

CREATE TABLE users (
    user_id       uuid PRIMARY KEY,
    username      text COLLATE "C" NOT NULL CONSTRAINT users_username_taken UNIQUE,
    email         text,
    -- The format of ASP.NET Core Identity, version 3: PBKDF2 with its function, iteration count and salt.
    password_hash text NOT NULL,
    created_at    timestamptz NOT NULL,
    -- From when on the user may not sign in and his tokens do not count; NULL: he may.
    disabled_at   timestamptz
);

-- One authenticator (RFC 6238) a user.
CREATE TABLE totp_authenticators (
    user_id        uuid PRIMARY KEY REFERENCES users (user_id),
    -- The secret, encrypted by Crypto under the keyring mfa-secrets with the user's id as context.
    secret         text NOT NULL,
    begun_at       timestamptz NOT NULL,
    -- NULL until a code has shown that the authenticator works: it counts for nothing before.
    confirmed_at   timestamptz,
    -- The time step of the last code that was taken; no code of it or of a step before is taken again.
    last_used_step bigint NOT NULL DEFAULT 0
);

-- Failures in a row, by what they were tried on: an account from addresses it is not known at, an account at one known address,
-- the enrolment of a user. Subjects are SHA-256 hashes: what is typed as a user name is sometimes a password.
CREATE TABLE attempt_delays (
    subject         bytea PRIMARY KEY,
    failures        integer NOT NULL CHECK (failures >= 0),
    -- Until when the next try is refused unseen; 1970: not at all.
    blocked_until   timestamptz NOT NULL,
    last_attempt_at timestamptz NOT NULL
);

CREATE INDEX attempt_delays_last_attempt_at ON attempt_delays (last_attempt_at);

-- Failures by network, whatever account they were tried on: the theoretical arrival time of a GCRA.
CREATE TABLE attempt_rates (
    subject  bytea PRIMARY KEY,
    empty_at timestamptz NOT NULL
);

CREATE INDEX attempt_rates_empty_at ON attempt_rates (empty_at);

-- From where a user has signed in: strangers elsewhere cannot delay him there.
CREATE TABLE known_networks (
    user_id         uuid NOT NULL REFERENCES users (user_id),
    network         text COLLATE "C" NOT NULL,
    last_sign_in_at timestamptz NOT NULL,
    PRIMARY KEY (user_id, network)
);

-- Tokens that ended before their time. A row may go once its token has expired.
CREATE TABLE revoked_tokens (
    token_id   uuid PRIMARY KEY,
    user_id    uuid NOT NULL,
    expires_at timestamptz NOT NULL,
    revoked_at timestamptz NOT NULL
);

CREATE INDEX revoked_tokens_expires_at ON revoked_tokens (expires_at);

-- The making of the first administrator: one row at most, for ever.
CREATE TABLE bootstrap (
    is_the_one   boolean PRIMARY KEY DEFAULT true CHECK (is_the_one),
    -- SHA-256 of the one-time secret it was begun with.
    secret_hash  bytea NOT NULL,
    user_id      uuid NOT NULL,
    username     text COLLATE "C" NOT NULL,
    begun_at     timestamptz NOT NULL,
    -- NULL: begun, and finished by the next call with the same secret and name. Set: refused from then on.
    completed_at timestamptz
);
