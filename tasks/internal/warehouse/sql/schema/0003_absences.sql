-- Records that a platform, asked for them by id, did not have: contributions of a reading, replaced with its newer rank. What
-- was read of a record until then is not current any more; what is read of it later is. Key: (reading, kind, line). The
-- columns are those of reservation.Absence, in its order.
CREATE TABLE IF NOT EXISTS absences (
  reading  VARCHAR  NOT NULL,
  line     BIGINT   NOT NULL,
  platform VARCHAR  NOT NULL,
  source   VARCHAR  NOT NULL,
  kind     VARCHAR  NOT NULL,  -- reservation or customer
  id       VARCHAR  NOT NULL,  -- as reservation_id or customer_id has it
  read_at  DATETIME NOT NULL
);

-- The ledger counts them, in the table. An added column that may be there already can have no default.
ALTER TABLE loads ADD COLUMN IF NOT EXISTS absent BIGINT;
UPDATE loads SET absent = 0 WHERE absent IS NULL;

-- As in 0002_marts.sql, but that versions from before the booking was absent come first, and none of them is current.
CREATE OR REPLACE VIEW reservation_versions AS
SELECT
  platform, restaurant_id, reservation_id,
  ROW_NUMBER() OVER (PARTITION BY platform, reservation_id
    ORDER BY superseded DESC, clock_epoch, clock, last_read_at, digest, reading, line) AS version,
  superseded = 0 AND ROW_NUMBER() OVER (PARTITION BY platform, reservation_id
    ORDER BY superseded, clock_epoch DESC, clock DESC, last_read_at DESC, digest DESC, reading DESC, line DESC) = 1 AS is_current,
  clock_epoch, clock, updated_at, first_read_at, last_read_at, observations,
  status, platform_status, party_size, scheduled_at, scheduled_local, service_date, table_category, spend_total, currency, digest
FROM (
  SELECT
    o.*,
    MIN(o.read_at) OVER (PARTITION BY o.platform, o.reservation_id, o.clock_epoch, o.clock, o.digest) AS first_read_at,
    o.read_at AS last_read_at,
    COUNT(*) OVER (PARTITION BY o.platform, o.reservation_id, o.clock_epoch, o.clock, o.digest) AS observations,
    CASE WHEN o.read_at <= a.read_at THEN 1 ELSE 0 END AS superseded
  FROM reservation_observations o
  LEFT JOIN (
    SELECT platform, id, MAX(read_at) AS read_at FROM absences WHERE kind = 'reservation' GROUP BY platform, id
  ) a ON a.platform = o.platform AND a.id = o.reservation_id
  QUALIFY ROW_NUMBER() OVER (PARTITION BY o.platform, o.reservation_id, o.clock_epoch, o.clock, o.digest
    ORDER BY o.read_at DESC, o.reading DESC, o.line DESC) = 1
) v;
