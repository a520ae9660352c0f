"""Forms of the reading screens. Rules are in the actions; a form only shapes what is typed."""

from collections.abc import Mapping

from django import forms
from django.http import QueryDict

from .champs import Champ
from .changements import Fiche
from .formulaires.simples import codes_portes, formulaire_simple, options_de


class NomForm(forms.Form):
    nom = forms.CharField(
        label="Nom",
        max_length=255,
        error_messages={
            "required": "Nom : une valeur est attendue.",
            "max_length": "Nom : %(limit_value)s caractères au plus (%(show_value)s saisis).",
        },
    )
    nom_vu = forms.CharField(widget=forms.HiddenInput)


MESSAGE_MAX = 2000
"""Characters of a message or of an answer."""


def formulaire_de_correction(
    champs: Mapping[str, Champ], valeurs: Fiche, data: QueryDict | None = None, libelle: str = "", message: str = ""
) -> forms.Form:
    """Returns the form of the values of a request for correction, each typed as its field is, and of what is said.

    Args:
        champs: the fields the request is about.
        valeurs: what the form shows.
        data: what was sent.
        libelle: label of the value when there is only one.
        message: label of the free text.
    """
    options = options_de(codes_portes(champs.values(), valeurs))
    offerts = {nom: options.get(champ.nomenclature or "", []) for nom, champ in champs.items()}
    formulaire = formulaire_simple(champs.values(), valeurs, offerts, data)
    formulaire.auto_id = "demande_%s"
    if libelle and len(champs) == 1:
        next(iter(formulaire.fields.values())).label = libelle
    saisie = forms.Textarea(attrs={"rows": 3})
    formulaire.fields["message"] = forms.CharField(label=message, max_length=MESSAGE_MAX, required=False, widget=saisie)
    return formulaire
