"""API gateway: paths and methods of one's own in front of web actions, for `aio rt api` and `wsk api`.

Source: OpenWhisk docs/apigateway.md; the npm module openwhisk, lib/routes.js.
"""
