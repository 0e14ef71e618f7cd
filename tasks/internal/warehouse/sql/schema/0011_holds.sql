-- Requests to forget a guest that are not heeded: they wait for a person, who may confirm or refuse them, reading by reading, or
-- were heeded and taken back. Contributions of a reading, replaced with its newer rank. What is heeded is in erasures.
-- Key: (reading, line, customer_id).
CREATE TABLE IF NOT EXISTS held_erasures (
  platform    VARCHAR  NOT NULL,
  customer_id VARCHAR  NOT NULL,
  reading     VARCHAR  NOT NULL,
  line        BIGINT   NOT NULL,
  asked_at    DATETIME NOT NULL
);

-- What people decided of a reading's requests; the one with the greatest number stands, at whatever rank the reading is loaded.
CREATE TABLE IF NOT EXISTS erasure_decisions (
  decision_number BIGINT   NOT NULL,  -- from 1
  reading         VARCHAR  NOT NULL,
  decision        VARCHAR  NOT NULL,  -- confirmed, refused or taken_back
  requests        BIGINT   NOT NULL,  -- that the decision moved, or let wait
  decided_at      DATETIME NOT NULL,
  decided_by      VARCHAR  NOT NULL,
  program         VARCHAR  NOT NULL
);

-- As in 0006_merges.sql, but that a guest's record that asks to be forgotten, and is not heeded, says nothing of the guest: its
-- digest is still there, where an erasure leaves ''.
CREATE OR REPLACE VIEW standing_merges AS
SELECT platform, customer_id, survivor_id FROM (
  SELECT m.platform, m.customer_id, m.survivor_id FROM merges m
  LEFT JOIN (
    SELECT platform, customer_id, MAX(read_at) AS read_at FROM customer_observations
    WHERE NOT forgotten OR digest = '' GROUP BY platform, customer_id
  ) o ON o.platform = m.platform AND o.customer_id = m.customer_id
  WHERE o.read_at IS NULL OR o.read_at <= m.read_at
  QUALIFY ROW_NUMBER() OVER (
    PARTITION BY m.platform, m.customer_id ORDER BY m.read_at DESC, m.survivor_id DESC NULLS LAST, m.reading DESC, m.line DESC
  ) = 1
) v;
