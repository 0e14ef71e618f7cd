-- What a load has beside, where readings ask to forget somebody or bring merges.

-- The readings whose requests to forget are looked at: those that are taken, and the ones that the load leaves out. What is not
-- heeded is held.
CREATE OR REPLACE TEMPORARY TABLE erasing AS SELECT reading, manifest, read_at, refused AS heeded FROM loads WHERE 1 = 0;
CREATE OR REPLACE TEMPORARY TABLE landing_erasures (
  reading VARCHAR, line BIGINT, platform VARCHAR, customer_id VARCHAR, object_key VARCHAR
);
-- The guests to erase from what is there already.
CREATE OR REPLACE TEMPORARY TABLE newly_erased (platform VARCHAR, customer_id VARCHAR);
