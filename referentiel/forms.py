"""Forms of the reading screens. Rules are in the actions; a form only shapes what is typed."""

from django import forms

from .models import DemandeCorrection


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


class DemandeForm(forms.Form):
    """A request for the correction of one value."""

    valeur_proposee = forms.CharField(label="Valeur proposée", max_length=500, required=False)
    message = forms.CharField(label="Motif", max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 3}))


class ReponseForm(forms.Form):
    """The support's answer."""

    etat = forms.ChoiceField(
        label="Suite donnée",
        choices=[c for c in DemandeCorrection.Etat.choices if c[0] != DemandeCorrection.Etat.NOUVELLE],
        widget=forms.RadioSelect,
    )
    reponse = forms.CharField(
        label="Réponse", max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
