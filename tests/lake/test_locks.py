"""One holder at a time."""

import threading

import pytest
from django.db import connections

from mainstay.lake import locks


@pytest.mark.django_db(transaction=True)
def test_the_second_waits_until_the_first_is_done_even_when_it_fails():
    order: list[str] = []
    entered = threading.Event()

    def second() -> None:
        entered.wait()
        with locks.exclusive("work"):
            order.append("second")
        connections.close_all()

    thread = threading.Thread(target=second)
    thread.start()
    with pytest.raises(ZeroDivisionError), locks.exclusive("work"):  # noqa: PT012
        entered.set()
        order.append("first")
        raise ZeroDivisionError
    thread.join()
    assert order == ["first", "second"]


@pytest.mark.django_db(transaction=True)
def test_different_rights_do_not_wait_for_each_other():
    with locks.exclusive("one"), locks.exclusive("two"):
        pass
