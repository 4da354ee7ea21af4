-- The sign-in (Authentication::session) that the person chose to go on with; NULL when none was chosen. account_selected, which
-- said no more than that one was chosen, is written FALSE for processes of an older version that serve beside this one.
ALTER TABLE signet_interactions ADD COLUMN selected_session TEXT;
