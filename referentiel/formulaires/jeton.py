"""The values a form showed travel with it, signed, so that a stale form is merged and never overwrites anything."""

from typing import Any

from django.core import signing


class FormulaireIllisible(ValueError):
    """The values the form showed are missing or were tampered with."""


def sceller(quoi: str, vues: Any) -> str:
    """Returns plain values as a signed text, good for the form of `quoi` (« fiche:12 ») only."""
    return signing.dumps(vues, salt=f"ror.formulaire.{quoi}", compress=True)


def ouvrir(quoi: str, jeton: str | None) -> Any:
    """Returns the values sealed for `quoi`.

    Raises:
        FormulaireIllisible: nothing readable was sealed for it.
    """
    try:
        return signing.loads(jeton or "", salt=f"ror.formulaire.{quoi}")
    except signing.BadSignature as erreur:
        raise FormulaireIllisible(
            "Cette page est ouverte depuis trop longtemps\u00a0: vérifiez les valeurs ci-dessous, puis enregistrez."
        ) from erreur
