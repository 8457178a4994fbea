"""Web actions: from an HTTP request to an action's arguments, and from its result to an HTTP response.

Source: core/controller WebActions.scala; OpenWhisk docs/webactions.md.
"""
