-- The guests who have one of the tokens in sought, in whatever observation, go into asked_for; whom merges connect with them
-- follows, by named.sql.
INSERT INTO asked_for
SELECT DISTINCT platform, customer_id FROM customer_observations
WHERE email_token IN (SELECT token FROM sought WHERE kind = 'email')
  OR phone_token IN (SELECT token FROM sought WHERE kind = 'phone');

-- All whom a person ever asked to forget (care forget), not a platform.
INSERT INTO asked_for
SELECT DISTINCT platform, customer_id FROM erasures WHERE cause IS NOT NULL AND cause <> 'merge';
