-- Truth, the ledger, and what is derived from them. Types: BIGINT, VARCHAR, BOOLEAN, DATE, DATETIME (UTC to the microsecond
-- unless the name ends in _local) and DECIMAL(18,4), money in the currency's major unit.
--
-- There is no PRIMARY KEY: Snowflake does not enforce one, and DuckDB keeps it in memory. A load proves instead, inside its
-- transaction, that what is in the table is what the manifest says.

-- Every accepted record of every loaded reading. Key: (reading, line). The columns are those of reservation.Reservation, in
-- its order; a test compares them.
CREATE TABLE IF NOT EXISTS reservation_observations (
  reading          VARCHAR  NOT NULL,
  line             BIGINT   NOT NULL,
  read_at          DATETIME NOT NULL,
  digest           VARCHAR  NOT NULL,  -- '' once the guest was erased: it was made from the guest's id too
  platform         VARCHAR  NOT NULL,
  restaurant_id    BIGINT   NOT NULL,
  reservation_id   VARCHAR  NOT NULL,
  customer_id      VARCHAR,
  clock_epoch      BIGINT   NOT NULL,
  clock            BIGINT   NOT NULL,
  created_at       DATETIME,
  updated_at       DATETIME,
  status           VARCHAR  NOT NULL,
  platform_status  VARCHAR  NOT NULL,
  channel          VARCHAR  NOT NULL,
  party_size       BIGINT   NOT NULL,
  scheduled_at     DATETIME,
  scheduled_local  DATETIME,
  service_date     DATE,
  created_local    DATETIME,
  arrived_at       DATETIME,
  seated_at        DATETIME,
  done_at          DATETIME,
  table_category   VARCHAR,
  currency         VARCHAR  NOT NULL,
  spend_subtotal   DECIMAL(18,4),
  spend_tax        DECIMAL(18,4),
  spend_tip        DECIMAL(18,4),
  spend_total      DECIMAL(18,4),
  deposit_paid     DECIMAL(18,4),
  deposit_refunded DECIMAL(18,4),
  experience_id    BIGINT,
  experience_total DECIMAL(18,4),
  offer_id         VARCHAR,
  offer_type       VARCHAR,
  offer_price      DECIMAL(18,4),
  discount_percent DECIMAL(18,4)
);

-- Key: (reading, line). The columns are those of reservation.Customer.
CREATE TABLE IF NOT EXISTS customer_observations (
  reading        VARCHAR  NOT NULL,
  line           BIGINT   NOT NULL,
  read_at        DATETIME NOT NULL,
  digest         VARCHAR  NOT NULL,  -- '' once the guest was erased
  platform       VARCHAR  NOT NULL,
  restaurant_id  BIGINT,
  customer_id    VARCHAR  NOT NULL,
  clock_epoch    BIGINT   NOT NULL,
  clock          BIGINT   NOT NULL,
  created_at     DATETIME,
  updated_at     DATETIME,
  person_token   VARCHAR,
  email_token    VARCHAR,
  phone_token    VARCHAR,
  name_token     VARCHAR,
  email_opt_in   BOOLEAN,
  vip            BOOLEAN,
  country        VARCHAR,
  first_visit_at DATETIME,
  last_visit_at  DATETIME,
  archived       BOOLEAN,
  forgotten      BOOLEAN  NOT NULL
);

-- Who is to be forgotten, and why. It only grows. Key: (platform, customer_id, reading, line), or the cause where a person
-- asked (care forget).
CREATE TABLE IF NOT EXISTS erasures (
  platform    VARCHAR  NOT NULL,
  customer_id VARCHAR  NOT NULL,
  reading     VARCHAR,            -- the reading that brought it
  line        BIGINT,
  cause       VARCHAR,            -- a receipt's number; never a personal value
  asked_at    DATETIME NOT NULL
);

-- The ledger: one row a reading, at the rank that is loaded. A manifest is named by its key in its zone.
CREATE TABLE IF NOT EXISTS loads (
  reading                 VARCHAR  NOT NULL,
  source                  VARCHAR  NOT NULL,
  day                     DATE     NOT NULL,
  asked_by                VARCHAR  NOT NULL,  -- updated or service-date
  rank                    VARCHAR  NOT NULL,  -- 0001.0001.0001; orders as text
  refused                 BOOLEAN  NOT NULL,  -- contributes erasures only
  stable                  BOOLEAN  NOT NULL,
  read_at                 DATETIME NOT NULL,  -- the reading's start
  reservation_received    BIGINT   NOT NULL,
  reservation_accepted    BIGINT   NOT NULL,
  reservation_quarantined BIGINT   NOT NULL,
  reservation_landed      BIGINT   NOT NULL,  -- counted in the table
  customer_received       BIGINT   NOT NULL,
  customer_accepted       BIGINT   NOT NULL,
  customer_quarantined    BIGINT   NOT NULL,
  customer_landed         BIGINT   NOT NULL,  -- counted in the table
  erasures                BIGINT   NOT NULL,
  manifest                VARCHAR  NOT NULL,  -- in processed
  result                  VARCHAR  NOT NULL,  -- in staging
  program                 VARCHAR  NOT NULL,
  loaded_at               DATETIME NOT NULL
);

-- One row, which every load updates first: the second of two loads waits for the first, or is told to begin again.
CREATE TABLE IF NOT EXISTS load_gate (
  passed BIGINT NOT NULL
);
INSERT INTO load_gate SELECT 0 WHERE NOT EXISTS (SELECT 1 FROM load_gate);

-- The current observation of each booking. Key: (platform, reservation_id). The columns are those of the observations.
CREATE TABLE IF NOT EXISTS reservations (
  reading          VARCHAR  NOT NULL,
  line             BIGINT   NOT NULL,
  read_at          DATETIME NOT NULL,
  digest           VARCHAR  NOT NULL,  -- '' once the guest was erased: it was made from the guest's id too
  platform         VARCHAR  NOT NULL,
  restaurant_id    BIGINT   NOT NULL,
  reservation_id   VARCHAR  NOT NULL,
  customer_id      VARCHAR,
  clock_epoch      BIGINT   NOT NULL,
  clock            BIGINT   NOT NULL,
  created_at       DATETIME,
  updated_at       DATETIME,
  status           VARCHAR  NOT NULL,
  platform_status  VARCHAR  NOT NULL,
  channel          VARCHAR  NOT NULL,
  party_size       BIGINT   NOT NULL,
  scheduled_at     DATETIME,
  scheduled_local  DATETIME,
  service_date     DATE,
  created_local    DATETIME,
  arrived_at       DATETIME,
  seated_at        DATETIME,
  done_at          DATETIME,
  table_category   VARCHAR,
  currency         VARCHAR  NOT NULL,
  spend_subtotal   DECIMAL(18,4),
  spend_tax        DECIMAL(18,4),
  spend_tip        DECIMAL(18,4),
  spend_total      DECIMAL(18,4),
  deposit_paid     DECIMAL(18,4),
  deposit_refunded DECIMAL(18,4),
  experience_id    BIGINT,
  experience_total DECIMAL(18,4),
  offer_id         VARCHAR,
  offer_type       VARCHAR,
  offer_price      DECIMAL(18,4),
  discount_percent DECIMAL(18,4)
);

-- The current observation of each guest. Key: (platform, customer_id). The columns are those of the observations.
CREATE TABLE IF NOT EXISTS customers (
  reading        VARCHAR  NOT NULL,
  line           BIGINT   NOT NULL,
  read_at        DATETIME NOT NULL,
  digest         VARCHAR  NOT NULL,  -- '' once the guest was erased
  platform       VARCHAR  NOT NULL,
  restaurant_id  BIGINT,
  customer_id    VARCHAR  NOT NULL,
  clock_epoch    BIGINT   NOT NULL,
  clock          BIGINT   NOT NULL,
  created_at     DATETIME,
  updated_at     DATETIME,
  person_token   VARCHAR,
  email_token    VARCHAR,
  phone_token    VARCHAR,
  name_token     VARCHAR,
  email_opt_in   BOOLEAN,
  vip            BOOLEAN,
  country        VARCHAR,
  first_visit_at DATETIME,
  last_visit_at  DATETIME,
  archived       BOOLEAN,
  forgotten      BOOLEAN  NOT NULL
);

-- What restaurants.yaml says; a load keeps it so.
CREATE TABLE IF NOT EXISTS restaurants (
  restaurant_id  BIGINT  NOT NULL,
  name           VARCHAR NOT NULL,
  timezone       VARCHAR NOT NULL,
  currency       VARCHAR NOT NULL,
  opentable_rid  BIGINT,
  thefork_uuid   VARCHAR,
  first_day      DATE    NOT NULL,
  last_day       DATE,
  revision       BIGINT  NOT NULL
);
CREATE TABLE IF NOT EXISTS platforms (
  platform VARCHAR NOT NULL,
  name     VARCHAR NOT NULL
);
