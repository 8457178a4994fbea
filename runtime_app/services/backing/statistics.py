"""What a database knows of its own contents, by which it chooses between indexes."""

from __future__ import annotations

from django.db import connection

# Rows of each index that are looked at: an estimate is enough, and takes a moment however long the table is.
ROWS_LOOKED_AT = 1_000


def refresh_statistics() -> None:
    """Let SQLite look at its tables; connections made from now on choose by that. PostgreSQL does so itself.

    Without it SQLite takes a namespace for a small part of the table, and walks along its whole history.
    """
    if connection.vendor != "sqlite":
        return
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA analysis_limit = {ROWS_LOOKED_AT}")
        cursor.execute("ANALYZE")
