"""Whether the panel and its collecting are well."""
