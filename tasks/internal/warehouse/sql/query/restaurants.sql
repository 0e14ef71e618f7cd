SELECT restaurant_id, name, timezone, currency, opentable_rid, thefork_uuid, first_day, last_day, revision, owner, country
  FROM restaurants ORDER BY restaurant_id;
