"""Text normalised for comparison and search (no accent, no case, no punctuation), and the form of keys."""

import re
import unicodedata
from uuid import UUID

_LIGATURES = str.maketrans({"œ": "oe", "Œ": "oe", "æ": "ae", "Æ": "ae", "ß": "ss"})
_SEPARATEURS = re.compile(r"[^0-9a-z]+")


def sans_accent(texte: str) -> str:
    """Returns `texte` in lower case without accents nor ligatures, other characters kept."""
    decompose = unicodedata.normalize("NFKD", texte.translate(_LIGATURES).lower())
    return decompose if decompose.isascii() else "".join(c for c in decompose if not unicodedata.combining(c))


def normaliser(texte: str) -> str:
    """Returns `texte` in lower-case ASCII words separated by one space (« Hôpital d’Œuvre » → « hopital d oeuvre »)."""
    return _SEPARATEURS.sub(" ", sans_accent(texte)).strip()


def est_uuid(texte: str) -> bool:
    """Whether a text is a UUID in its canonical form."""
    try:
        return str(UUID(texte)) == texte
    except ValueError:
        return False


def lire_cle(texte: str) -> int:
    """Returns the key a text is, 0 when it is none; a forged one of thousands of figures is none."""
    return int(texte) if texte.isascii() and texte.isdecimal() and len(texte) < 19 else 0
