"""Errors as they go over the wire, with the wording of OpenWhisk's controller.

Source: apache/openwhisk, common/.../http/ErrorResponse.scala (object `Messages`), and the API tests there.
"""

from __future__ import annotations

from collections.abc import Mapping

AUTHENTICATION_MISSING = "The resource requires authentication, which was not supplied with the request"
AUTHENTICATION_INVALID = "The supplied authentication is invalid"
RESOURCE_MISSING = "The requested resource does not exist."
ROUTE_MISSING = "The requested resource could not be found."
RESOURCE_EXISTS = "resource already exists"
WRONG_COLLECTION = "Resource by this name exists but is not in this collection."
CONCURRENT_CHANGE = "Concurrent modification to resource detected."
PARAMETERS_NOT_ALLOWED = "Request defines parameters that are not allowed (e.g., reserved properties)."
UNSUPPORTED_CONTENT_TYPE = "The request's Content-Type is not supported. Expected:\napplication/json"
INTERNAL_ERROR = "There was an internal server error."


class ApiError(Exception):
    """Ends a request with `status` and the documented error object; `headers` are added to the answer."""

    def __init__(self, status: int, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.headers = dict(headers or {})


def unauthorized(message: str) -> ApiError:
    return ApiError(401, message, {"WWW-Authenticate": 'Basic realm="OpenWhisk secure realm"'})


def forbidden(resource: str) -> ApiError:
    return ApiError(403, f"The supplied authentication is not authorized to access '{resource}'.")


def not_found() -> ApiError:
    return ApiError(404, RESOURCE_MISSING)


def malformed(detail: str) -> ApiError:
    return ApiError(400, f"The request content was malformed:\n{detail}")


def malformed_query(parameter: str, detail: str) -> ApiError:
    return ApiError(400, f"The query parameter '{parameter}' was malformed:\n{detail}")


def too_large(subject: str, size: int, allowed: int) -> ApiError:
    """`subject` is `Request`, `exec`, `parameters` or `annotations`; sizes are bytes."""
    return ApiError(413, f"{subject} larger than allowed: {size} > {allowed} bytes.")
