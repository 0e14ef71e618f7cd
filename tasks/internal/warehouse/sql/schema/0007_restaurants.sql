-- Whose a restaurant is and in which country (ISO 3166), and what it was on which days, by restaurants.yaml. A load keeps both so.
-- A restaurant without a history has one row. Key of restaurant_history: (restaurant_id, first_day). The rows of a restaurant leave
-- no day out between the first and the last.
ALTER TABLE restaurants ADD COLUMN IF NOT EXISTS owner VARCHAR;
ALTER TABLE restaurants ADD COLUMN IF NOT EXISTS country VARCHAR;
CREATE TABLE IF NOT EXISTS restaurant_history (
  restaurant_id  BIGINT  NOT NULL,
  first_day      DATE    NOT NULL,
  last_day       DATE,                -- NULL: until today
  name           VARCHAR NOT NULL,
  owner          VARCHAR,
  timezone       VARCHAR NOT NULL,
  currency       VARCHAR NOT NULL,
  country        VARCHAR,
  opentable_rid  BIGINT,
  thefork_uuid   VARCHAR,
  revision       BIGINT  NOT NULL     -- the entry's
);
