"""What the panel stands on: Redis, leases and the task queue."""
