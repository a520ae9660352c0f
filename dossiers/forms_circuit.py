"""Forms of the circuit: sending, deciding, correcting, commenting, undoing, and the rules of validation."""

from typing import Any

from django import forms
from django.utils import timezone

from referentiel.departements import NOMS
from referentiel.models.structure import Groupe

from .actions.lecture import SANS_TOUT_LIRE
from .etats import ETAPES
from .models import Correction, FicheDossier, RegleValidation
from .nommage import DISCIPLINES

LONGUEUR_MESSAGE = 2000
CORRECTIONS_MAX = 30


def _texte(libelle: str, *, aide: str = "", requis: bool = False, maximum: int = LONGUEUR_MESSAGE) -> forms.CharField:
    return forms.CharField(
        label=libelle,
        required=requis,
        max_length=maximum,
        help_text=aide,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={
            "required": "Dites-le en quelques mots.",
            "max_length": "%(limit_value)d caractères au plus (%(show_value)d saisis).",
        },
    )


class EnvoiForm(forms.Form):
    """« Envoyer en validation »."""

    corrections_faites = forms.BooleanField(label="Corrections effectuées", required=False)
    message = _texte("Message aux valideurs", aide="Facultatif. Il part avec l’avis envoyé à qui valide.")


class DecisionForm(forms.Form):
    """« Approuver », « Valider le dossier »: the date for the last validator, `sans_tout_lire` for what is unread."""

    date_effet = forms.DateField(
        label="Date d’effet",
        help_text="Une seule date pour tout le dossier. Aujourd’hui\u00a0: publié tout de suite. Avant cette date, rien"
        " n’est visible.",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={
            "required": "Choisissez une date, par exemple celle d’aujourd’hui.",
            "invalid": "Une date est attendue, par exemple 2026-12-01.",
        },
    )
    message = _texte("Message aux auteurs", aide="Facultatif.")
    sans_tout_lire = forms.BooleanField(label=SANS_TOUT_LIRE, required=False)

    def __init__(self, *args, derniere: bool, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        if derniere:
            self.fields["date_effet"].initial = timezone.localdate()
            self.fields["date_effet"].widget.attrs["min"] = timezone.localdate().isoformat()
        else:
            del self.fields["date_effet"]


class CorrectionForm(forms.Form):
    """One « Demande de correction »."""

    fiche = forms.TypedChoiceField(label="Fiche concernée", required=False, coerce=int, empty_value=None)
    nature = forms.ChoiceField(
        label="Nature",
        choices=Correction.Nature.choices,
        initial=Correction.Nature.INCORRECT,
        widget=forms.RadioSelect,
        error_messages={"required": "Choisissez une nature.", "invalid_choice": "Choisissez dans la liste."},
    )
    message = _texte("Votre message", aide="Ce qui est à corriger, et pourquoi.", requis=True)

    def __init__(self, *args, fiches: list[FicheDossier], **kwargs) -> None:
        super().__init__(*args, **kwargs)
        champ: Any = self.fields["fiche"]
        champ.choices = [("", "Tout le dossier"), *((f.pk, f"{f.nom} ({f.type_niveau.nom.lower()})") for f in fiches)]
        champ.error_messages["invalid_choice"] = "Cette fiche n’est plus dans le dossier."


class _CorrectionsFormSet(forms.BaseFormSet):
    """Its refusals in words of the screen."""

    default_error_messages = {
        **forms.BaseFormSet.default_error_messages,
        "too_many_forms": "Demandez %(num)d corrections au plus à la fois.",
        "too_few_forms": "Demandez au moins %(num)d correction.",
    }


CorrectionFormSet = forms.formset_factory(
    CorrectionForm,
    formset=_CorrectionsFormSet,
    extra=0,
    min_num=1,
    validate_min=True,
    max_num=CORRECTIONS_MAX,
    validate_max=True,
    absolute_max=CORRECTIONS_MAX,
)


class RefusForm(forms.Form):
    """« Ne pas retenir le dossier »."""

    motif = _texte("Motif", aide="Il est dit à toutes les personnes qui ont participé.", requis=True, maximum=1000)


class RetourForm(forms.Form):
    """« Annuler la publication »."""

    motif = _texte("Motif", aide="Il reste dans l’historique de chaque fiche rétablie.", requis=True, maximum=255)


class CommentaireForm(forms.Form):
    """A comment, or an answer."""

    fiche = forms.TypedChoiceField(label="Fiche", required=False, coerce=int, empty_value=None)
    champ = forms.CharField(required=False, max_length=40, widget=forms.HiddenInput)
    reponse_a = forms.IntegerField(required=False, widget=forms.HiddenInput)
    texte = _texte("Votre commentaire", requis=True)

    def __init__(self, *args, fiches: list[FicheDossier], **kwargs) -> None:
        super().__init__(*args, **kwargs)
        champ: Any = self.fields["fiche"]
        champ.choices = [("", "Tout le dossier"), *((f.pk, f.nom) for f in fiches)]
        champ.error_messages["invalid_choice"] = "Cette fiche n’est plus dans le dossier."


def _codes(valeur: str) -> list[str]:
    return list(dict.fromkeys(valeur.upper().replace(",", " ").replace(";", " ").split()))


class RegleForm(forms.Form):
    """One rule of validation."""

    nom = forms.CharField(label="Nom", max_length=120)
    groupes = forms.MultipleChoiceField(
        label="Grands groupes de disciplines",
        required=False,
        choices=Groupe.choices,
        widget=forms.CheckboxSelectMultiple,
        help_text="Aucun coché\u00a0: tous.",
    )
    disciplines = forms.MultipleChoiceField(
        label="Disciplines",
        required=False,
        choices=[(d, d) for d in DISCIPLINES],
        widget=forms.CheckboxSelectMultiple,
        help_text="Aucune cochée\u00a0: toutes.",
    )
    departements = forms.CharField(
        label="Départements",
        required=False,
        max_length=600,
        help_text="Par exemple «\u00a077, 2A, 971\u00a0». Vide\u00a0: tous.",
    )
    categories = forms.CharField(
        label="Catégories FINESS",
        required=False,
        max_length=600,
        help_text="Par exemple «\u00a0500, 183\u00a0». Vide\u00a0: toutes.",
    )
    etapes = forms.MultipleChoiceField(
        label="Étapes de validation",
        choices=[
            (e.value, mot)
            for e, mot in zip(ETAPES, ("Direction", "Gestionnaire régional", "Autorité de tutelle"), strict=True)
        ],
        widget=forms.CheckboxSelectMultiple,
        help_text="Dans cet ordre.",
        error_messages={"required": "Choisissez au moins une étape."},
    )
    poids = forms.IntegerField(
        label="Poids",
        min_value=0,
        max_value=1000,
        initial=10,
        help_text="Quand plusieurs règles s’appliquent à une fiche, la plus lourde décide.",
    )
    delai_jours = forms.IntegerField(label="Délai habituel de réponse, en jours", min_value=1, max_value=365, initial=7)
    active = forms.BooleanField(label="Règle active", required=False, initial=True)

    def clean_departements(self) -> list[str]:
        codes = _codes(self.cleaned_data["departements"])
        if inconnus := [c for c in codes if c not in NOMS]:
            raise forms.ValidationError(f"Département inconnu\u00a0: {', '.join(inconnus)[:80]}.")
        return codes

    def clean_categories(self) -> list[str]:
        return _codes(self.cleaned_data["categories"])

    @staticmethod
    def initiales(regle: RegleValidation) -> dict[str, Any]:
        """The values of a rule, as the form shows them."""
        return {
            "nom": regle.nom,
            "groupes": regle.groupes,
            "disciplines": regle.disciplines,
            "departements": ", ".join(regle.departements),
            "categories": ", ".join(regle.categories),
            "etapes": regle.etapes,
            "poids": regle.poids,
            "delai_jours": regle.delai_jours,
            "active": regle.active,
        }
