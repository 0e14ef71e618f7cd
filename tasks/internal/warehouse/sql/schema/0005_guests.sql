-- Of a guest: whether the restaurant deleted it from its guest book, and whether it refuses any use beyond running the restaurant;
-- of a booking the latter. NULL in rows that were read before. The columns come last, whatever their place in the contract.
ALTER TABLE reservation_observations ADD COLUMN IF NOT EXISTS marketing_opted_out BOOLEAN;
ALTER TABLE reservations ADD COLUMN IF NOT EXISTS marketing_opted_out BOOLEAN;
ALTER TABLE customer_observations ADD COLUMN IF NOT EXISTS hidden BOOLEAN;
ALTER TABLE customer_observations ADD COLUMN IF NOT EXISTS marketing_opted_out BOOLEAN;
ALTER TABLE customers ADD COLUMN IF NOT EXISTS hidden BOOLEAN;
ALTER TABLE customers ADD COLUMN IF NOT EXISTS marketing_opted_out BOOLEAN;
