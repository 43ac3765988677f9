-- What the probe changes where a test wants a change and its event in one transaction.
CREATE TABLE note (
    text text NOT NULL
);
