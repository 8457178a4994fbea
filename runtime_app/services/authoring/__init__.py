"""Actions, sequences and packages: kept in step with the runtime, and changed from here."""
