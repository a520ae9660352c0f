"""Templates: a comment written over two lines is no comment, Django shows it to everybody."""

import re
from pathlib import Path

import pytest

RACINE = Path(__file__).resolve().parents[2] / "templates"


@pytest.mark.parametrize("gabarit", sorted(RACINE.rglob("*.*")), ids=lambda p: str(p.relative_to(RACINE)))
def test_comments_end_on_their_line(gabarit):
    assert not re.search(r"\{#(?!.*#\})", gabarit.read_text())
