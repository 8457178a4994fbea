"""What a PUT may say and what becomes of it: parsing, validation, merging, JSON forms."""
