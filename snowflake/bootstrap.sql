-- Prepares a Snowflake account for Covers. An account administrator runs it once, in a Snowsight worksheet or any other client,
-- from the top to the bottom; docs/snowflake.md says what comes before and after. Run again, it makes what is missing, sets the
-- computing warehouses' settings and the retention, repeats the grants, and replaces nothing that holds data or a key. What is
-- there and has another key, role, location or credit limit by now stays so: that is ALTER's work. Two files follow it:
-- network.sql (from where, and how, the two services sign in) and, after load migrate, grants.sql (rights by table and view).
--
-- EDIT marks what is yours: the bucket and its role, the two public keys and the credit limits. They stand where they are used:
-- a session variable holds 256 bytes, fewer than a public key has, and not every property takes one
-- (https://docs.snowflake.com/en/sql-reference/session-variables). There is no secret among them.
--
-- Three roles, none of which can do another's work:
--   COVERS_OWNER    owns the tables and views: `load migrate`, and nothing every day
--   COVERS_LOADER   reads the stage, changes rows: `load`, `report`, `care`
--   COVERS_ANALYST  reads the marts

-- Shows in the query history what ran this.
-- https://docs.snowflake.com/en/sql-reference/parameters#query-tag
ALTER SESSION SET QUERY_TAG = 'covers bootstrap';

-- Roles and users ------------------------------------------------------------------------------------------------------

-- https://docs.snowflake.com/en/sql-reference/sql/use-role
-- USERADMIN makes users and roles, and no more.
USE ROLE USERADMIN;

-- https://docs.snowflake.com/en/sql-reference/sql/create-role
CREATE ROLE IF NOT EXISTS COVERS_OWNER COMMENT = 'Covers: owns tables and views; load migrate';
CREATE ROLE IF NOT EXISTS COVERS_LOADER COMMENT = 'Covers: loads days, reports, forgets guests';
CREATE ROLE IF NOT EXISTS COVERS_ANALYST COMMENT = 'Covers: reads the marts';

-- Users of TYPE = SERVICE cannot sign in with a password at all; each has a key pair of its own.
-- https://docs.snowflake.com/en/sql-reference/sql/create-user
-- https://docs.snowflake.com/en/user-guide/key-pair-auth
-- EDIT: the public keys, without the first and the last line and without line ends. A key is changed with ALTER USER later, so
-- that a second run of this file does not bring an old one back.
CREATE USER IF NOT EXISTS COVERS_LOAD
  TYPE = SERVICE
  RSA_PUBLIC_KEY = 'PUBLIC-KEY-OF-COVERS-LOAD'
  DEFAULT_ROLE = COVERS_LOADER
  DEFAULT_WAREHOUSE = COVERS_LOAD_WH
  DEFAULT_NAMESPACE = 'COVERS.MAIN'
  COMMENT = 'Covers: runs load, report and care every day';

CREATE USER IF NOT EXISTS COVERS_MIGRATE
  TYPE = SERVICE
  RSA_PUBLIC_KEY = 'PUBLIC-KEY-OF-COVERS-MIGRATE'
  DEFAULT_ROLE = COVERS_OWNER
  DEFAULT_WAREHOUSE = COVERS_LOAD_WH
  DEFAULT_NAMESPACE = 'COVERS.MAIN'
  COMMENT = 'Covers: runs load migrate with each new version';

-- Who may act as which role. A role hangs below SYSADMIN, so that the account's administrators can look after what it owns.
-- https://docs.snowflake.com/en/sql-reference/sql/grant-role
-- https://docs.snowflake.com/en/user-guide/security-access-control-considerations
GRANT ROLE COVERS_OWNER TO USER COVERS_MIGRATE;
GRANT ROLE COVERS_LOADER TO USER COVERS_LOAD;
GRANT ROLE COVERS_OWNER TO ROLE SYSADMIN;
GRANT ROLE COVERS_LOADER TO ROLE SYSADMIN;
GRANT ROLE COVERS_ANALYST TO ROLE SYSADMIN;

-- Computing ------------------------------------------------------------------------------------------------------------

-- Only an account administrator makes resource monitors and storage integrations.
-- https://docs.snowflake.com/en/user-guide/resource-monitors
USE ROLE ACCOUNTADMIN;

-- EDIT: the credits a month of loads. They are minutes a day, and what stops them also stops an erasure that the law wants
-- soon: so administrators are told at 50, 80 and 100 %, and only five times the quota, which no ordinary month comes near, ends
-- what runs. A load that is ended so leaves nothing behind, and runs again the next month or after the limit is raised. Told
-- are, beside the administrators who switched such mail on, those named by NOTIFY_USERS: ALTER RESOURCE MONITOR
-- COVERS_LOAD_MONITOR SET NOTIFY_USERS = ("NAME"), people with a verified address.
-- https://docs.snowflake.com/en/sql-reference/sql/create-resource-monitor
CREATE RESOURCE MONITOR IF NOT EXISTS COVERS_LOAD_MONITOR WITH
  CREDIT_QUOTA = 10
  FREQUENCY = MONTHLY
  START_TIMESTAMP = IMMEDIATELY
  TRIGGERS
    ON 50 PERCENT DO NOTIFY
    ON 80 PERCENT DO NOTIFY
    ON 100 PERCENT DO NOTIFY
    ON 500 PERCENT DO SUSPEND_IMMEDIATE;

-- EDIT: the credits a month of people and their dashboards, who use most. At 100 % nothing new begins, at 110 % what runs is
-- ended; loads go on.
CREATE RESOURCE MONITOR IF NOT EXISTS COVERS_BI_MONITOR WITH
  CREDIT_QUOTA = 20
  FREQUENCY = MONTHLY
  START_TIMESTAMP = IMMEDIATELY
  TRIGGERS
    ON 80 PERCENT DO NOTIFY
    ON 100 PERCENT DO SUSPEND
    ON 110 PERCENT DO SUSPEND_IMMEDIATE;

-- Two warehouses, so that neither a dashboard queues a load nor a month of dashboards stops one. The smallest size loads a
-- million reservations. Each is billed by the second, 60 s at least, while it runs: so it stops after a minute without work,
-- and starts by itself. The generation is said, because what a new warehouse is without it changes by region and month, and
-- with it the price.
-- https://docs.snowflake.com/en/sql-reference/sql/create-warehouse
-- https://docs.snowflake.com/en/user-guide/warehouses-gen2
CREATE WAREHOUSE IF NOT EXISTS COVERS_LOAD_WH
  WAREHOUSE_SIZE = XSMALL
  GENERATION = '1'
  AUTO_SUSPEND = 60
  AUTO_RESUME = TRUE
  INITIALLY_SUSPENDED = TRUE
  COMMENT = 'Covers: load, report and care';

CREATE WAREHOUSE IF NOT EXISTS COVERS_BI_WH
  WAREHOUSE_SIZE = XSMALL
  GENERATION = '1'
  AUTO_SUSPEND = 60
  AUTO_RESUME = TRUE
  INITIALLY_SUSPENDED = TRUE
  COMMENT = 'Covers: people and dashboards';

-- The same again for a warehouse that was there, with what bounds it: no statement of a load runs for more than an hour, or waits
-- for more than ten minutes for others to end; no query of a person runs for more than five minutes, or waits for more than two.
-- https://docs.snowflake.com/en/sql-reference/sql/alter-warehouse
ALTER WAREHOUSE COVERS_LOAD_WH SET
  WAREHOUSE_SIZE = XSMALL
  AUTO_SUSPEND = 60
  AUTO_RESUME = TRUE
  RESOURCE_MONITOR = COVERS_LOAD_MONITOR
  STATEMENT_TIMEOUT_IN_SECONDS = 3600
  STATEMENT_QUEUED_TIMEOUT_IN_SECONDS = 600;

ALTER WAREHOUSE COVERS_BI_WH SET
  WAREHOUSE_SIZE = XSMALL
  AUTO_SUSPEND = 60
  AUTO_RESUME = TRUE
  RESOURCE_MONITOR = COVERS_BI_MONITOR
  STATEMENT_TIMEOUT_IN_SECONDS = 300
  STATEMENT_QUEUED_TIMEOUT_IN_SECONDS = 120;

-- USAGE lets a role run statements on a warehouse, and neither resize it nor stop it.
-- https://docs.snowflake.com/en/sql-reference/sql/grant-privilege
GRANT USAGE ON WAREHOUSE COVERS_LOAD_WH TO ROLE COVERS_OWNER;
GRANT USAGE ON WAREHOUSE COVERS_LOAD_WH TO ROLE COVERS_LOADER;
GRANT USAGE ON WAREHOUSE COVERS_BI_WH TO ROLE COVERS_ANALYST;

-- The database ---------------------------------------------------------------------------------------------------------

USE ROLE SYSADMIN;

-- A day of Time Travel undoes a mistake. What an erasure emptied can be read as it was for that day too, and then not at all: the
-- tables are transient but for two that nothing could make again (load migrate says so), and transient ones have no Fail-safe.
-- The account's MIN_DATA_RETENTION_TIME_IN_DAYS, where somebody set it, makes the day longer; load check names it.
-- https://docs.snowflake.com/en/user-guide/data-failsafe
-- https://docs.snowflake.com/en/sql-reference/sql/create-database
-- https://docs.snowflake.com/en/user-guide/data-time-travel
CREATE DATABASE IF NOT EXISTS COVERS
  DATA_RETENTION_TIME_IN_DAYS = 1
  COMMENT = 'Covers: reservations of all platforms';

-- The same again for a database that was there.
-- https://docs.snowflake.com/en/sql-reference/sql/alter-database
ALTER DATABASE COVERS SET DATA_RETENTION_TIME_IN_DAYS = 1;

-- MAIN holds the tables, the ledger and the marts; EXTERNAL what points out of Snowflake, where no role of Covers makes anything.
-- With managed access only administrators grant rights on what is in them, not whoever made it.
-- https://docs.snowflake.com/en/sql-reference/sql/create-schema
CREATE SCHEMA IF NOT EXISTS COVERS.MAIN WITH MANAGED ACCESS COMMENT = 'Covers: tables and marts';
CREATE SCHEMA IF NOT EXISTS COVERS.EXTERNAL WITH MANAGED ACCESS COMMENT = 'Covers: the processed zone in S3';

-- USAGE on a database and a schema lets a role see that they are there, and is needed to reach anything in them.
-- https://docs.snowflake.com/en/user-guide/security-access-control-privileges#database-privileges
GRANT USAGE ON DATABASE COVERS TO ROLE COVERS_OWNER;
GRANT USAGE ON DATABASE COVERS TO ROLE COVERS_LOADER;
GRANT USAGE ON DATABASE COVERS TO ROLE COVERS_ANALYST;
GRANT USAGE ON SCHEMA COVERS.MAIN TO ROLE COVERS_OWNER;
GRANT USAGE ON SCHEMA COVERS.MAIN TO ROLE COVERS_LOADER;
GRANT USAGE ON SCHEMA COVERS.MAIN TO ROLE COVERS_ANALYST;
GRANT USAGE ON SCHEMA COVERS.EXTERNAL TO ROLE COVERS_LOADER;

-- What load migrate makes. Whoever makes an object owns it.
-- https://docs.snowflake.com/en/user-guide/security-access-control-privileges#schema-privileges
GRANT CREATE TABLE ON SCHEMA COVERS.MAIN TO ROLE COVERS_OWNER;
GRANT CREATE VIEW ON SCHEMA COVERS.MAIN TO ROLE COVERS_OWNER;

-- Rights on what is not there yet: every table and view that a migration makes is granted as it is made. They are given by
-- whoever has MANAGE GRANTS. COVERS_LOADER may read all of them; what it may change is said by table, in grants.sql, and so is
-- what analysts may see.
-- https://docs.snowflake.com/en/sql-reference/sql/grant-privilege#future-grants-on-database-or-schema-objects
USE ROLE SECURITYADMIN;
GRANT SELECT ON FUTURE TABLES IN SCHEMA COVERS.MAIN TO ROLE COVERS_LOADER;
GRANT SELECT ON ALL TABLES IN SCHEMA COVERS.MAIN TO ROLE COVERS_LOADER;
GRANT SELECT ON FUTURE VIEWS IN SCHEMA COVERS.MAIN TO ROLE COVERS_LOADER;
GRANT SELECT ON ALL VIEWS IN SCHEMA COVERS.MAIN TO ROLE COVERS_LOADER;

-- The way to S3 --------------------------------------------------------------------------------------------------------

-- EDIT: the role's ARN and the processed zone. The integration reaches that prefix and nothing else: neither raw, where the
-- personal data is, nor staging. Snowflake assumes the role with an identity that DESC INTEGRATION shows below.
-- https://docs.snowflake.com/en/sql-reference/sql/create-storage-integration
-- https://docs.snowflake.com/en/user-guide/data-load-s3-config-storage-integration
USE ROLE ACCOUNTADMIN;
CREATE STORAGE INTEGRATION IF NOT EXISTS COVERS_S3
  TYPE = EXTERNAL_STAGE
  STORAGE_PROVIDER = S3
  ENABLED = TRUE
  STORAGE_AWS_ROLE_ARN = 'arn:aws:iam::000000000000:role/covers-snowflake'
  STORAGE_ALLOWED_LOCATIONS = ('s3://YOUR-BUCKET/processed/');

-- SYSADMIN makes the stage with the integration. No role of Covers may use the integration by itself: a stage made with it could
-- point anywhere below the prefix.
-- https://docs.snowflake.com/en/user-guide/security-access-control-privileges#integration-privileges
GRANT USAGE ON INTEGRATION COVERS_S3 TO ROLE SYSADMIN;

USE ROLE SYSADMIN;

-- How the zone's objects are read; timestamps come as such only with USE_LOGICAL_TYPE. A load says the same itself, so this is
-- for people who look into the stage.
-- https://docs.snowflake.com/en/sql-reference/sql/create-file-format
CREATE FILE FORMAT IF NOT EXISTS COVERS.EXTERNAL.COVERS_PARQUET
  TYPE = PARQUET
  USE_LOGICAL_TYPE = TRUE
  USE_VECTORIZED_SCANNER = TRUE;

-- EDIT: the processed zone, as --processed names it, with a slash at its end.
-- https://docs.snowflake.com/en/sql-reference/sql/create-stage
CREATE STAGE IF NOT EXISTS COVERS.EXTERNAL.PROCESSED
  URL = 's3://YOUR-BUCKET/processed/'
  STORAGE_INTEGRATION = COVERS_S3
  FILE_FORMAT = (FORMAT_NAME = 'COVERS.EXTERNAL.COVERS_PARQUET')
  COMMENT = 'Covers: the processed zone';

-- USAGE on an external stage is to read from it and, were the bucket's role to allow it, to write: the role does not.
-- https://docs.snowflake.com/en/user-guide/security-access-control-privileges#stage-privileges
GRANT USAGE ON STAGE COVERS.EXTERNAL.PROCESSED TO ROLE COVERS_LOADER;
GRANT USAGE ON FILE FORMAT COVERS.EXTERNAL.COVERS_PARQUET TO ROLE COVERS_LOADER;

-- What the services do shows in the query history under this tag; a load may set one of its own.
-- https://docs.snowflake.com/en/sql-reference/sql/alter-user
USE ROLE USERADMIN;
ALTER USER COVERS_LOAD SET QUERY_TAG = 'covers';
ALTER USER COVERS_MIGRATE SET QUERY_TAG = 'covers migrate';

-- What the bucket's role is to trust: STORAGE_AWS_IAM_USER_ARN and STORAGE_AWS_EXTERNAL_ID.
-- https://docs.snowflake.com/en/sql-reference/sql/desc-integration
USE ROLE ACCOUNTADMIN;
DESC INTEGRATION COVERS_S3;
