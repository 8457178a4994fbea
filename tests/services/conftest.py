"""A scripted upstream and a namespace connected to it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from runtime_app.models import Namespace
from tests.factories import make_namespace
from tests.upstream import Upstream


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    with Upstream().running() as running:
        yield running


@pytest.fixture
def namespace(db: None, upstream: Upstream) -> Namespace:
    """A namespace whose runtime is the scripted upstream."""
    return make_namespace(name="guest", api_host=upstream.url)
