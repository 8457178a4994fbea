"""Leases: one holder, and a dead one's lease ends by itself."""

from __future__ import annotations

from runtime_app.services.backing.leases import lease
from tests.conftest import wait_until


def test_one_holder_at_a_time() -> None:
    with lease("work", seconds=60) as first, lease("work", seconds=60) as second:
        assert first is not None
        assert second is None


def test_it_is_free_again_afterwards() -> None:
    with lease("work", seconds=60):
        pass
    with lease("work", seconds=60) as again:
        assert again is not None


def test_different_names_do_not_meet() -> None:
    with lease("one", seconds=60) as one, lease("two", seconds=60) as two:
        assert one is not None
        assert two is not None


def test_it_ends_by_itself_and_the_late_holder_learns_of_it() -> None:
    def taken_over() -> bool:
        with lease("work", seconds=60) as other:
            return other is not None and not late.renew()

    with lease("work", seconds=0.05) as late:
        assert late is not None
        wait_until(taken_over)


def test_a_late_holder_does_not_end_anothers_lease() -> None:
    with lease("work", seconds=0.05) as late:
        assert late is not None
        wait_until(lambda: is_free("work"))
        with lease("work", seconds=60) as other:
            assert other is not None
            assert not late.renew()
            assert other.renew()


def test_renewing_keeps_it() -> None:
    with lease("work", seconds=60) as held:
        assert held is not None
        assert held.renew()


def is_free(name: str) -> bool:
    with lease(name, seconds=60) as held:
        return held is not None
