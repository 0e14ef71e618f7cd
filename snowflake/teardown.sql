-- Removes what bootstrap.sql and network.sql made, the data included. An account administrator runs it, statement by statement.
-- Afterwards delete the role in AWS; the bucket and the lake in it are untouched.

-- https://docs.snowflake.com/en/sql-reference/sql/drop-user
USE ROLE ACCOUNTADMIN;
DROP USER IF EXISTS COVERS_LOAD;
DROP USER IF EXISTS COVERS_MIGRATE;

-- https://docs.snowflake.com/en/sql-reference/sql/drop-network-policy
DROP NETWORK POLICY IF EXISTS COVERS_POLICY;

-- UNDROP DATABASE brings it back for a day.
-- https://docs.snowflake.com/en/sql-reference/sql/drop-database
DROP DATABASE IF EXISTS COVERS;

-- https://docs.snowflake.com/en/sql-reference/sql/drop-integration
DROP INTEGRATION IF EXISTS COVERS_S3;

-- https://docs.snowflake.com/en/sql-reference/sql/drop-warehouse
DROP WAREHOUSE IF EXISTS COVERS_LOAD_WH;
DROP WAREHOUSE IF EXISTS COVERS_BI_WH;

-- https://docs.snowflake.com/en/sql-reference/sql/drop-resource-monitor
DROP RESOURCE MONITOR IF EXISTS COVERS_LOAD_MONITOR;
DROP RESOURCE MONITOR IF EXISTS COVERS_BI_MONITOR;

-- https://docs.snowflake.com/en/sql-reference/sql/drop-role
DROP ROLE IF EXISTS COVERS_ANALYST;
DROP ROLE IF EXISTS COVERS_LOADER;
DROP ROLE IF EXISTS COVERS_OWNER;
