"""Filters of the history and of what is to come: what a list's address may ask, with a French answer to the rest."""

from collections.abc import Sequence

from django import forms

from ..models import EntreeJournal
from ..models.modification import LONGUEUR_MOTIF

Choix = Sequence[tuple]


def _jour(libelle: str) -> forms.DateField:
    return forms.DateField(
        label=libelle,
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": f"{libelle}\u00a0: écrivez une date, par exemple 2026-12-31."},
    )


def _liste(libelle: str, tous: str) -> forms.ChoiceField:
    return forms.ChoiceField(
        label=libelle,
        required=False,
        choices=[("", tous)],
        error_messages={"invalid_choice": f"{libelle}\u00a0: ce choix n’est pas dans la liste."},
    )


class PeriodeForm(forms.Form):
    """A period, both days included."""

    du = _jour("Du")
    au = _jour("Au")

    def clean(self) -> dict:
        donnees = super().clean() or {}
        if donnees.get("du") and donnees.get("au") and donnees["au"] < donnees["du"]:
            self.add_error("au", "La fin de la période précède son début.")
        return donnees

    def proposer(self, champ: str, choix: Choix) -> None:
        """Adds the options of a list after « tous »."""
        self.fields[champ].choices = [*self.fields[champ].choices, *choix]  # type: ignore[attr-defined]

    @property
    def criteres(self) -> dict:
        """What is asked and understood; a refused filter filters nothing."""
        self.is_valid()
        return {nom: valeur for nom, valeur in self.cleaned_data.items() if valeur}


class FiltreJournalForm(PeriodeForm):
    """The history of a fiche: what, by whom, from where, when."""

    quoi = _liste("Rubrique ou champ", "Toute la fiche")
    auteur = _liste("Auteur", "Tous")
    origine = _liste("Origine", "Toutes")
    field_order = ("quoi", "auteur", "origine", "du", "au")

    def __init__(self, data, *, quoi: Choix, auteurs: Choix) -> None:
        super().__init__(data)
        self.proposer("quoi", quoi)
        self.proposer("auteur", auteurs)
        self.proposer("origine", EntreeJournal.Origine.choices)


class FiltreEcheancesForm(PeriodeForm):
    """What is to come: where, by whom, when."""

    eg = _liste("Établissement", "Tous")
    auteur = _liste("Programmé par", "Tous")
    field_order = ("eg", "auteur", "du", "au")

    def __init__(self, data, *, etablissements: Choix, auteurs: Choix) -> None:
        super().__init__(data)
        self.proposer("eg", etablissements)
        self.proposer("auteur", auteurs)


class RetourForm(forms.Form):
    """Undoing an entry of the history: why, and from which day."""

    motif = forms.CharField(
        label="Motif (facultatif)",
        required=False,
        max_length=LONGUEUR_MOTIF,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"max_length": "Motif\u00a0: %(limit_value)d caractères au plus (%(show_value)d saisis)."},
    )
    date_effet = _jour("Date d’effet")


class DateForm(forms.Form):
    """« Changer la date » of a scheduled modification; `date_vue` is the one the page showed."""

    date_effet = forms.DateField(
        label="Nouvelle date d’effet",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={
            "required": "Nouvelle date d’effet\u00a0: une date est attendue.",
            "invalid": "Nouvelle date d’effet\u00a0: écrivez une date, par exemple 2026-12-31.",
        },
    )
    date_vue = forms.DateField(required=False, widget=forms.HiddenInput)
