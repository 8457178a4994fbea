"""Programs that run inside an action's process. They import nothing of the server."""
