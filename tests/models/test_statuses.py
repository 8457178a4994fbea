"""What a record's status means, and what people read."""

from __future__ import annotations

import pytest

from runtime_app.models import Status, status_from_record
from runtime_app.models.statuses import REPORTED


@pytest.mark.parametrize(
    ("response", "status"),
    [
        ("success", Status.SUCCESS),
        ("application error", Status.APPLICATION_ERROR),
        ("action developer error", Status.DEVELOPER_ERROR),
        ("whisk internal error", Status.INTERNAL_ERROR),
        ("something new", Status.INTERNAL_ERROR),
        ("", Status.INTERNAL_ERROR),
    ],
)
def test_a_record_s_status_in_our_words(response: str, status: Status) -> None:
    assert status_from_record(response, timed_out=False) == status
    assert status in REPORTED


@pytest.mark.parametrize("response", ["application error", "action developer error"])
def test_the_annotation_of_a_time_out_wins(response: str) -> None:
    assert status_from_record(response, timed_out=True) == Status.TIMED_OUT


def test_every_state_has_a_word_an_icon_a_tone_and_a_sentence() -> None:
    assert len({status.label for status in Status}) == len(Status)
    assert len({status.icon for status in Status}) == len(Status)
    for status in Status:
        assert "_" not in status.tone
        assert status.explanation.endswith(".")
        assert status.explanation_of_fire.endswith(".")
        assert "launch" not in status.explanation_of_fire
