SELECT restaurant_id, first_day, last_day, name, owner, timezone, currency, country, opentable_rid, thefork_uuid, revision
  FROM restaurant_history ORDER BY restaurant_id, first_day;
