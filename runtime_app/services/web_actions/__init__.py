"""Actions behind a URL: made, protected and tried."""
