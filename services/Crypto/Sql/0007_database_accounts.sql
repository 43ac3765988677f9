-- The accounts that the services sign in to their databases with: two logins each, a and b.

CREATE TABLE database_accounts (
    workload text COLLATE "C" PRIMARY KEY,
    -- The login that is given out.
    current  text COLLATE "C" NOT NULL CHECK (current IN ('a', 'b')),
    version  integer NOT NULL CHECK (version > 0),
    -- When it became that.
    since    timestamptz NOT NULL,
    -- The passwords: mcs1.secrets.…
    sealed_a text COLLATE "C" NOT NULL,
    sealed_b text COLLATE "C" NOT NULL,
    -- The password that the other login is being given; here before the database is told, so that a crash in between loses neither.
    sealed_next text COLLATE "C",
    -- Whether the other login has a password that was never given out.
    ready    boolean NOT NULL
);
