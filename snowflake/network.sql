-- An option: the service users sign in from your own addresses only. Run it after bootstrap.sql; safe to run again.
-- People keep signing in from anywhere, since the policy is set on the two users and not on the account.

-- https://docs.snowflake.com/en/sql-reference/sql/create-network-rule
USE ROLE ACCOUNTADMIN;

-- EDIT: where the steps run, such as the addresses of the NAT gateway. To change them later use ALTER NETWORK RULE.
-- A rule is an object of a schema; EXTERNAL is out of reach of Covers' own roles.
CREATE NETWORK RULE IF NOT EXISTS COVERS.EXTERNAL.COVERS_ADDRESSES
  TYPE = IPV4
  MODE = INGRESS
  VALUE_LIST = ('192.0.2.0/24');

-- https://docs.snowflake.com/en/sql-reference/sql/create-network-policy
CREATE NETWORK POLICY IF NOT EXISTS COVERS_POLICY
  ALLOWED_NETWORK_RULE_LIST = ('COVERS.EXTERNAL.COVERS_ADDRESSES');

-- https://docs.snowflake.com/en/user-guide/network-policies
ALTER USER COVERS_LOAD SET NETWORK_POLICY = 'COVERS_POLICY';
ALTER USER COVERS_MIGRATE SET NETWORK_POLICY = 'COVERS_POLICY';
