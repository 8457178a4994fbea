"""One module per collection of the REST API; each handler reads the request, asks one part, answers."""
