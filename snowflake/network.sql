-- From where, and how, the two services sign in. An account administrator runs it after bootstrap.sql; run again, it sets what it
-- says. People keep signing in as the account has it, since the policies are set on the two users and not on the account.
-- load check, or a load, is to work after it: an address that is not among those below is refused (77).

USE ROLE ACCOUNTADMIN;

-- EDIT: where the steps run, such as the addresses of the NAT gateway, and while you try, your own. A stolen key is of no use
-- elsewhere. A rule is an object of a schema; EXTERNAL is out of reach of Covers' own roles.
-- CREATE OR ALTER is a documented variant, which the linter does not know yet.
-- https://docs.snowflake.com/en/sql-reference/sql/create-network-rule
CREATE OR ALTER NETWORK RULE COVERS.EXTERNAL.COVERS_ADDRESSES -- noqa: PRS
  TYPE = IPV4
  MODE = INGRESS
  VALUE_LIST = ('192.0.2.0/24');

-- https://docs.snowflake.com/en/sql-reference/sql/create-network-policy
CREATE NETWORK POLICY IF NOT EXISTS COVERS_POLICY
  ALLOWED_NETWORK_RULE_LIST = ('COVERS.EXTERNAL.COVERS_ADDRESSES');

-- By a key pair or by the identity of the machine they run on, through a driver; by no password or token, whoever sets one.
-- https://docs.snowflake.com/en/sql-reference/sql/create-authentication-policy
CREATE AUTHENTICATION POLICY IF NOT EXISTS COVERS.EXTERNAL.COVERS_SERVICES
  AUTHENTICATION_METHODS = ('KEYPAIR', 'WORKLOAD_IDENTITY')
  CLIENT_TYPES = ('DRIVERS')
  COMMENT = 'Covers: how load and load migrate sign in';

-- https://docs.snowflake.com/en/user-guide/network-policies
-- https://docs.snowflake.com/en/user-guide/authentication-policies
ALTER USER COVERS_LOAD SET NETWORK_POLICY = 'COVERS_POLICY';
ALTER USER COVERS_MIGRATE SET NETWORK_POLICY = 'COVERS_POLICY';
ALTER USER COVERS_LOAD SET AUTHENTICATION POLICY COVERS.EXTERNAL.COVERS_SERVICES FORCE;
ALTER USER COVERS_MIGRATE SET AUTHENTICATION POLICY COVERS.EXTERNAL.COVERS_SERVICES FORCE;
