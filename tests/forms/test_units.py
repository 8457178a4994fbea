"""Times as people write them."""

from __future__ import annotations

import pytest

from runtime_app.forms.units import in_words, split_ms


@pytest.mark.parametrize(
    ("ms", "words"),
    [
        (0, "0 h"),
        (100, "100 ms"),
        (1_500, "1500 ms"),
        (90_000, "90 s"),
        (300_000, "5 min"),
        (10_800_000, "3 h"),
    ],
)
def test_a_time_is_written_in_the_largest_unit_that_fits(ms: int, words: str) -> None:
    assert in_words(ms) == words
    assert split_ms(ms) == tuple(words.split(" "))
