-- The guests that a person named (care forget), and those whom that reaches.
CREATE OR REPLACE TEMPORARY TABLE asked_for (platform VARCHAR, customer_id VARCHAR);
CREATE OR REPLACE TEMPORARY TABLE newly_erased (platform VARCHAR, customer_id VARCHAR);
