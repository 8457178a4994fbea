"""How entities are shown to clients."""

from __future__ import annotations

from standalone.entities import parameters, sequences
from standalone.entities.common import Document
from standalone.http.request import ApiRequest


def shown(request: ApiRequest, document: Document) -> Document:
    """An action's or package's document as the deployment lets it be read."""
    if not request.runtime.settings.profile.hashed_parameters:
        return document
    if document.get("exec", {}).get("kind") == sequences.KIND:
        return document  # its one parameter names its components, and is no secret
    return {**document, "parameters": parameters.hashed(document["parameters"])}
