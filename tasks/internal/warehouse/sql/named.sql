-- newly_erased: the guests of asked_for, and those whom the platform ever held for the same person as one of them. The last
-- statement takes one step of a chain at a time: it is run again until nothing is added.
DELETE FROM newly_erased;
INSERT INTO newly_erased SELECT DISTINCT platform, customer_id FROM asked_for;
INSERT INTO newly_erased
SELECT DISTINCT l.platform, l.linked_id FROM merge_links l
JOIN newly_erased n ON n.platform = l.platform AND n.customer_id = l.customer_id
WHERE NOT EXISTS (SELECT 1 FROM newly_erased y WHERE y.platform = l.platform AND y.customer_id = l.linked_id);
