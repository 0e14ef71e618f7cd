-- Every erased guest, not only the new ones: an old reading may have landed again, or a late one for the first time. A row
-- with an empty digest has been through here.

UPDATE customer_observations SET
  digest = '', created_at = NULL, updated_at = NULL, person_token = NULL, email_token = NULL, phone_token = NULL,
    name_token = NULL,
  email_opt_in = NULL, vip = NULL, country = NULL, first_visit_at = NULL, last_visit_at = NULL, archived = NULL, hidden = NULL,
  marketing_opted_out = NULL, forgotten = TRUE
WHERE digest <> '' AND EXISTS (
  SELECT 1 FROM erasures e WHERE e.platform = customer_observations.platform AND e.customer_id = customer_observations.customer_id
);

-- The digest goes with the guest's id: whoever has a row and a guess could test the guess with it.
UPDATE reservation_observations SET digest = '', customer_id = NULL
WHERE customer_id IS NOT NULL AND EXISTS (
  SELECT 1 FROM erasures e
    WHERE e.platform = reservation_observations.platform AND e.customer_id = reservation_observations.customer_id
);
