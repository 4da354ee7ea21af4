-- The sign-in (Authentication::session) that the person chose to go on with; NULL when none was chosen. What was chosen before
-- is asked again.
ALTER TABLE signet_interactions DROP COLUMN account_selected;
ALTER TABLE signet_interactions ADD COLUMN account_selected TEXT;
