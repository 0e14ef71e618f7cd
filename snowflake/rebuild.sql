-- Prepares `load rebuild` on Snowflake, and tidies up after it. An administrator runs the first part before and the second part
-- after, once for each rebuild; both may be run again. `load rebuild` itself runs as COVERS_OWNER.
--
-- For the time between, COVERS_OWNER owns both schemas, which one statement (ALTER SCHEMA … SWAP WITH …) puts in each other's
-- place: it needs OWNERSHIP of both. It may also read the stage. COVERS_LOADER gets none of this.

-- First part: before ---------------------------------------------------------------------------------------------------

-- https://docs.snowflake.com/en/sql-reference/sql/create-schema
USE ROLE SYSADMIN;
CREATE SCHEMA IF NOT EXISTS COVERS.MAIN_REBUILD WITH MANAGED ACCESS
  DATA_RETENTION_TIME_IN_DAYS = 1
  COMMENT = 'Covers: a warehouse in the making';

-- COVERS_OWNER makes the tables there, reads what a load reads, and gives the old schema a dated name (CREATE SCHEMA).
-- https://docs.snowflake.com/en/sql-reference/sql/grant-privilege
GRANT USAGE ON SCHEMA COVERS.MAIN_REBUILD TO ROLE COVERS_OWNER;
GRANT USAGE ON SCHEMA COVERS.MAIN_REBUILD TO ROLE COVERS_LOADER;
GRANT USAGE ON SCHEMA COVERS.MAIN_REBUILD TO ROLE COVERS_ANALYST;
GRANT CREATE TABLE ON SCHEMA COVERS.MAIN_REBUILD TO ROLE COVERS_OWNER;
GRANT CREATE VIEW ON SCHEMA COVERS.MAIN_REBUILD TO ROLE COVERS_OWNER;
GRANT CREATE SCHEMA ON DATABASE COVERS TO ROLE COVERS_OWNER;
GRANT USAGE ON SCHEMA COVERS.EXTERNAL TO ROLE COVERS_OWNER;
GRANT USAGE ON STAGE COVERS.EXTERNAL.PROCESSED TO ROLE COVERS_OWNER;
GRANT USAGE ON FILE FORMAT COVERS.EXTERNAL.COVERS_PARQUET TO ROLE COVERS_OWNER;

-- The rights on the tables and views change places with the schemas, so they have to be those of COVERS.MAIN: here is what
-- bootstrap.sql grants there on future tables and views. What grants.sql gives by table and view follows in the second part.
-- https://docs.snowflake.com/en/sql-reference/sql/alter-schema
USE ROLE SECURITYADMIN;
GRANT SELECT ON FUTURE TABLES IN SCHEMA COVERS.MAIN_REBUILD TO ROLE COVERS_LOADER;
GRANT SELECT ON FUTURE VIEWS IN SCHEMA COVERS.MAIN_REBUILD TO ROLE COVERS_LOADER;

-- https://docs.snowflake.com/en/sql-reference/sql/grant-ownership
GRANT OWNERSHIP ON SCHEMA COVERS.MAIN TO ROLE COVERS_OWNER COPY CURRENT GRANTS;
GRANT OWNERSHIP ON SCHEMA COVERS.MAIN_REBUILD TO ROLE COVERS_OWNER COPY CURRENT GRANTS;

-- Second part: after ---------------------------------------------------------------------------------------------------

-- The schema's owner is SYSADMIN again, and COVERS_OWNER has what bootstrap.sql gave it. Then run bootstrap.sql and grants.sql
-- once more, at once: without them no load may change the new tables and no analyst sees a view. `load check` as COVERS_LOADER
-- says what is missing.
-- https://docs.snowflake.com/en/sql-reference/sql/grant-ownership
USE ROLE SECURITYADMIN;
GRANT OWNERSHIP ON SCHEMA COVERS.MAIN TO ROLE SYSADMIN COPY CURRENT GRANTS;
-- https://docs.snowflake.com/en/sql-reference/sql/revoke-privilege
USE ROLE SYSADMIN;
REVOKE CREATE SCHEMA ON DATABASE COVERS FROM ROLE COVERS_OWNER;
REVOKE USAGE ON STAGE COVERS.EXTERNAL.PROCESSED FROM ROLE COVERS_OWNER;
REVOKE USAGE ON FILE FORMAT COVERS.EXTERNAL.COVERS_PARQUET FROM ROLE COVERS_OWNER;
REVOKE USAGE ON SCHEMA COVERS.EXTERNAL FROM ROLE COVERS_OWNER;

-- EDIT: the name that load rebuild gave the old one. It holds guests' tokens, and no erasure reaches it: drop it once the new one
-- is trusted.
-- https://docs.snowflake.com/en/sql-reference/sql/drop-schema
-- USE ROLE COVERS_OWNER;
-- DROP SCHEMA COVERS.MAIN_BEFORE_20260330T040000Z;
