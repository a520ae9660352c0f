"""Templates: a comment written over two lines is no comment, Django shows it to everybody."""

import re
from pathlib import Path

import pytest
from django.template import Context, Template

RACINE = Path(__file__).resolve().parents[2] / "templates"


@pytest.mark.parametrize("gabarit", sorted(RACINE.rglob("*.*")), ids=lambda p: str(p.relative_to(RACINE)))
def test_comments_end_on_their_line(gabarit):
    assert not re.search(r"\{#(?!.*#\})", gabarit.read_text())


def test_a_key_in_a_page_is_never_grouped_by_thousands():
    """« 143 736 » in a hidden field or an address would be another fiche, or none; figures for people use nombre_fr."""
    assert Template("{{ cle }}").render(Context({"cle": 143736})) == "143736"
