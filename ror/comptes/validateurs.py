"""Password rule of the portal, besides Django's: the identifiant is public knowledge, it is never a password (S15)."""

from django.core.exceptions import ValidationError

from ror.commun.texte import normaliser


class SansIdentifiant:
    """Refuses a password that holds the identifiant, or the first name and the name one after the other."""

    def validate(self, password: str, user=None) -> None:
        if user is None:
            return
        compact = normaliser(password).replace(" ", "")
        interdits = {normaliser(t).replace(" ", "") for t in (user.identifiant, user.prenom + user.nom)}
        if any(mot and mot in compact for mot in interdits):
            raise ValidationError(
                "Ce mot de passe contient votre identifiant ou votre nom : choisissez autre chose.",
                code="contient_identifiant",
            )

    def get_help_text(self) -> str:
        return "Votre mot de passe ne contient ni votre identifiant ni vos prénom et nom."
