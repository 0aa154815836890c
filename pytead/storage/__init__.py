"""Where call records live: three formats, a user's own storage object, and one reader for any mix of
them."""
