"""Reading the history: pages, activity and logs."""
