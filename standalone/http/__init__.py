"""HTTP in and out: the ASGI entry, the route table's matching, requests, query parameters and answers."""
