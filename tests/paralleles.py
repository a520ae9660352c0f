"""Several acts at the same moment, each in a thread with a database connection of its own."""

import threading
from collections.abc import Callable
from typing import Any

from django.db import connections

DELAI = 120
"""Seconds: the machine may be busy."""


def en_parallele(*actes: Callable[[], Any]) -> list:
    """Begins all the acts together; returns what each returned or raised.

    Args:
        actes: called without argument.

    Raises:
        AssertionError: one has not finished in time.
    """
    depart, rendus = threading.Barrier(len(actes)), [None] * len(actes)

    def courir(rang: int) -> None:
        try:
            depart.wait(DELAI)
            rendus[rang] = actes[rang]()
        except Exception as erreur:  # handed to the test, which says what it expects
            rendus[rang] = erreur
        finally:
            connections.close_all()

    fils = [threading.Thread(target=courir, args=[rang], daemon=True) for rang in range(len(actes))]
    for fil in fils:
        fil.start()
    for fil in fils:
        fil.join(DELAI)
    assert not any(fil.is_alive() for fil in fils), "un acte n’a pas fini"
    return rendus
