-- The load's own tables. A temporary table is seen by its session only, and gone with it.

-- The readings to load, each at the rank and from the processed manifest that was chosen for it.
CREATE OR REPLACE TEMPORARY TABLE taking AS SELECT * FROM loads WHERE 1 = 0;
-- Which manifest names which object: two manifests may name one object, and a manifest several of a kind.
CREATE OR REPLACE TEMPORARY TABLE taking_objects (manifest VARCHAR, object_key VARCHAR);
-- The objects' rows, as they are, and the object each came from.
CREATE OR REPLACE TEMPORARY TABLE landing_reservations AS
  SELECT o.*, CAST(NULL AS VARCHAR) AS object_key FROM reservation_observations o WHERE 1 = 0;
CREATE OR REPLACE TEMPORARY TABLE landing_customers AS
  SELECT o.*, CAST(NULL AS VARCHAR) AS object_key FROM customer_observations o WHERE 1 = 0;
CREATE OR REPLACE TEMPORARY TABLE landing_absences AS
  SELECT a.*, CAST(NULL AS VARCHAR) AS object_key FROM absences a WHERE 1 = 0;
CREATE OR REPLACE TEMPORARY TABLE landing_merges AS
  SELECT m.*, CAST(NULL AS VARCHAR) AS object_key FROM merges m WHERE 1 = 0;
-- The keys whose current rows are chosen among all their observations: more happens to them than that observations are added. A
-- key may stand there twice.
CREATE OR REPLACE TEMPORARY TABLE again_reservations (platform VARCHAR, reservation_id VARCHAR);
CREATE OR REPLACE TEMPORARY TABLE again_customers (platform VARCHAR, customer_id VARCHAR);
-- The current rows of the touched keys (those, and the keys that landed), as far as the choice needs them, and those that are
-- current next. Of the former most columns are not read, and are NULL; the outer join lets each column be that.
CREATE OR REPLACE TEMPORARY TABLE previous_reservations AS
  SELECT r.* FROM load_gate g -- noqa: ST11
  LEFT JOIN reservations r ON 1 = 0 WHERE 1 = 0;
CREATE OR REPLACE TEMPORARY TABLE previous_customers AS
  SELECT r.* FROM load_gate g -- noqa: ST11
  LEFT JOIN customers r ON 1 = 0 WHERE 1 = 0;
CREATE OR REPLACE TEMPORARY TABLE next_reservations AS SELECT * FROM previous_reservations;
CREATE OR REPLACE TEMPORARY TABLE next_customers AS SELECT * FROM previous_customers;
