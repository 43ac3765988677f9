-- A block-range index forgets what vacuum has not summarised yet, and on a table that only grows that is its newest part: the part that is
-- asked for. Times come almost in order, so a B-tree costs hardly more to fill.
DROP INDEX log_entries_occurred_at;
CREATE INDEX log_entries_occurred_at ON log_entries (occurred_at);
