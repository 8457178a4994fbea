"""A namespace's limits in people's words."""

from __future__ import annotations

from typing import Any

import pytest

from runtime_app.models import Namespace
from runtime_app.views.limit_rows import limit_rows


@pytest.mark.parametrize(
    ("limits", "row"),
    [
        ({"invocationsPerMinute": 6000}, ("Launches a minute", "6,000")),
        ({"minActionTimeout": 100, "maxActionTimeout": 10_800_000}, ("Timeout", "100 ms to 3 h")),
        ({"maxActionMemory": 4096}, ("Memory", "4,096 MB")),
        ({"maxParameterSize": "1048576 B"}, ("Parameters of one launch", "1.0 MB")),
        ({"maxParameterSize": "<much>"}, ("Parameters of one launch", "<much>")),
    ],
)
def test_each_limit_has_a_label_and_a_unit(limits: dict[str, Any], row: tuple[str, str]) -> None:
    assert limit_rows(Namespace(limits=limits)) == [row]


def test_limits_that_the_runtime_does_not_tell_are_left_out() -> None:
    assert limit_rows(Namespace(limits={"allowedKinds": ["nodejs:20"]})) == []
