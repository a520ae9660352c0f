"""Text normalised for comparison and search: no accent, no case, no punctuation."""

import re
import unicodedata

_LIGATURES = str.maketrans({"œ": "oe", "Œ": "oe", "æ": "ae", "Æ": "ae", "ß": "ss"})
_SEPARATEURS = re.compile(r"[^0-9a-z]+")


def normaliser(texte: str) -> str:
    """Returns `texte` in lower-case ASCII words separated by one space (« Hôpital d’Œuvre » → « hopital d oeuvre »)."""
    decompose = unicodedata.normalize("NFKD", texte.translate(_LIGATURES).lower())
    sans_accent = "".join(c for c in decompose if not unicodedata.combining(c))
    return _SEPARATEURS.sub(" ", sans_accent).strip()
