"""Forms of the sign-in pages."""

from django import forms
from django.contrib.auth.forms import AuthenticationForm

from ror.commun.texte import sans_accent


class IdentifiantField(forms.CharField):
    """An identifiant as people type it: capitals, accents and spaces do not matter."""

    widget = forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"})

    def to_python(self, value) -> str:
        return "".join(sans_accent(super().to_python(value)).split())


class ConnexionForm(AuthenticationForm):
    """Identifiant and password (S3). A failure never says which of the two is wrong."""

    username = IdentifiantField(
        label="Identifiant",
        max_length=80,
        help_text="Il vous a été communiqué par email à la création de vos accès.",
    )
    password = forms.CharField(
        label="Mot de passe",
        strip=False,
        max_length=200,
        widget=forms.PasswordInput(attrs={"class": "form-control", "autocomplete": "current-password"}),
    )
    error_messages = {
        "invalid_login": (
            "L’identifiant ou le mot de passe ne correspond à aucun compte actif. Vérifiez-les, "
            "ou cliquez sur « Identifiant ou mot de passe perdu »."
        ),
        "inactive": "",
    }


class PerduForm(forms.Form):
    """What a person who lost her identifiant or password still knows (S14)."""

    saisie = forms.CharField(
        label="Courriel ou identifiant",
        max_length=254,
        help_text="L’adresse de courriel de votre compte ROR suffit, même si vous avez oublié votre identifiant.",
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}),
    )

    def clean_saisie(self) -> str:
        saisie = self.cleaned_data["saisie"].strip()
        return saisie if "@" in saisie else "".join(sans_accent(saisie).split())


class NouveauMotDePasseForm(forms.Form):
    """A new password typed twice; the rules are checked by the action."""

    nouveau = forms.CharField(
        label="Nouveau mot de passe",
        strip=False,
        max_length=200,
        help_text=(
            "Au moins 12 caractères, sans votre identifiant, votre prénom ni votre nom. "
            "Une suite de mots convient, par exemple quatre mots sans rapport entre eux."
        ),
        widget=forms.PasswordInput(attrs={"class": "form-control", "autocomplete": "new-password"}),
    )
    confirmation = forms.CharField(
        label="Le même mot de passe, une seconde fois",
        strip=False,
        max_length=200,
        widget=forms.PasswordInput(attrs={"class": "form-control", "autocomplete": "new-password"}),
    )

    def clean(self) -> dict:
        valeurs = super().clean()
        if {"nouveau", "confirmation"} <= valeurs.keys() and valeurs["nouveau"] != valeurs["confirmation"]:
            self.add_error("confirmation", "Les deux saisies diffèrent : tapez deux fois le même mot de passe.")
        return valeurs


class ChangementMotDePasseForm(NouveauMotDePasseForm):
    """A new password, given by somebody who knows the old one."""

    ancien = forms.CharField(
        label="Mot de passe actuel",
        strip=False,
        max_length=200,
        widget=forms.PasswordInput(attrs={"class": "form-control", "autocomplete": "current-password"}),
    )
    field_order = ["ancien", "nouveau", "confirmation"]
