-- Which salts are in use is asked whenever somebody shows a text that might be an imported key's, every few seconds at most.
CREATE INDEX api_keys_by_import_salt ON api_keys (import_salt) WHERE import_salt IS NOT NULL;
