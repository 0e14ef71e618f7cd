-- Every erased guest, not only the new ones, in what landed: an old reading may land again, or a late one for the first time.
-- So nothing of an erased guest reaches a table that stays. The same text, with the other tables, is then about those newly
-- erased and what is there already. A row with an empty digest has been through here. (IN, where DuckDB would group all rows
-- there are for an EXISTS that names them.)

UPDATE landing_customers SET
  digest = '', created_at = NULL, updated_at = NULL, person_token = NULL, email_token = NULL, phone_token = NULL,
    name_token = NULL,
  email_opt_in = NULL, vip = NULL, country = NULL, first_visit_at = NULL, last_visit_at = NULL, archived = NULL, hidden = NULL,
  marketing_opted_out = NULL, forgotten = TRUE
WHERE digest <> '' AND (platform, customer_id) IN (SELECT platform, customer_id FROM erasures);

-- The digest goes with the guest's id: whoever has a row and a guess could test the guess with it.
UPDATE landing_reservations SET digest = '', customer_id = NULL
WHERE (platform, customer_id) IN (SELECT platform, customer_id FROM erasures);
