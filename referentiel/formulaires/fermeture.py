"""The box « Fermer mon offre », below the hours of an offer (S119–S122): it shapes what is typed, without any rule."""

from dataclasses import dataclass
from datetime import date

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict

from ..changements import Fiche, Valeur
from ..fermeture import CHAMPS, MESSAGE_MAX, TYPES, EtatOffre, Fermeture
from .simples import DATE

PREVISIONNELLE = "PREV"
"""The third choice of the guides: kept as a provisional closing with its mark."""

EFFETS = {
    "": "L’offre n’est pas fermée, et aucune fermeture n’est annoncée.",
    "DEF": "L’offre sera retirée de la recherche à cette date et gardée dans l’historique\u00a0; sa fiche ne se"
    " modifiera plus.",
    "PRO": "L’offre restera visible, marquée «\u00a0Fermée provisoirement\u00a0», jusqu’à sa réouverture.",
    PREVISIONNELLE: "L’offre reste ouverte\u00a0; la fermeture à venir est annoncée sur la fiche. Le jour venu, l’offre"
    " sera marquée «\u00a0Fermée provisoirement\u00a0».",
}
"""What each choice does."""


@dataclass(frozen=True, slots=True)
class Choix:
    """One choice of the type: `effet` says what it does."""

    valeur: str
    libelle: str
    effet: str


class FermetureSaisie:
    """The closing of an offer in a form.

    Args:
        vues: the values the form showed.
        jour: the day it is where the offer is.
        data: what was sent, None when the form is opened. A form sent without this box leaves the closing as it was.
    """

    nouvelle = ""

    def __init__(self, vues: Fiche, jour: date, data: QueryDict | None = None) -> None:
        self.vues = {champ: vues.get(champ) for champ in CHAMPS}
        self.montree = Fermeture.depuis(self.vues)
        self.en_cours = self.montree.etat_au(jour) is not EtatOffre.OUVERTE
        annoncee = self.montree.previsionnelle and self.montree.a_venir(jour)
        self.montre = {
            "type_fermeture": PREVISIONNELLE if annoncee else self.montree.type,
            "date_fermeture": _ecrire(self.montree.du),
            "date_reouverture_prevue": _ecrire(self.montree.reouverture),
            "message_fermeture": _une_ligne(self.montree.message),
        }
        self.saisi = dict(self.montre)
        self.refus = dict.fromkeys(self.saisi, "")
        if data is not None and "type_fermeture" in data:
            self.saisi = {nom: _une_ligne(data.get(nom, "")) for nom in self.saisi}

    @property
    def choix(self) -> list[Choix]:
        libelles = {"": "aucune", **TYPES, PREVISIONNELLE: "prévisionnelle"}
        effets = {**EFFETS, "": "L’offre rouvrira dès que ce choix sera diffusé."} if self.en_cours else EFFETS
        return [Choix(valeur, libelles[valeur], effets[valeur]) for valeur in libelles]

    @property
    def message_max(self) -> int:
        return MESSAGE_MAX

    def appliquer(self, geste: str) -> bool:
        """This box has no shortcut."""
        return False

    def valider(self) -> bool:
        """Notes what cannot be read, and what would be lost, beside its field."""
        if self.saisi["type_fermeture"] not in {choix.valeur for choix in self.choix}:
            self.refus["type_fermeture"] = "Type de fermeture\u00a0: choisissez dans la liste."
        for nom in ("date_fermeture", "date_reouverture_prevue"):
            try:
                self.saisi[nom] = _ecrire(_lire(self.saisi[nom]))
            except ValidationError:
                self.refus[nom] = DATE
        autres = {nom: texte for nom, texte in self.saisi.items() if nom != "type_fermeture" and texte}
        if not self.saisi["type_fermeture"] and autres.items() - self.montre.items():
            self.refus["type_fermeture"] = "Choisissez le type de fermeture, ou effacez les dates et le message saisis."
        return not any(self.refus.values())

    def valeurs(self) -> dict[str, Valeur]:
        """The typed values; a closing left as it was shown is what was shown, « aucune » takes all of it away."""
        if self.saisi == self.montre:
            return dict(self.vues)
        choix = self.saisi["type_fermeture"]
        if not choix:
            return {champ: False if champ == "fermeture_previsionnelle" else None for champ in CHAMPS}
        annoncee = choix == PREVISIONNELLE
        return {
            **{nom: texte or None for nom, texte in self.saisi.items()},
            "type_fermeture": EtatOffre.PROVISOIRE.value if annoncee else choix,
            "fermeture_previsionnelle": annoncee,
        }

    def refuser(self, nom: str, message: str) -> bool:
        """Notes what an action refused; False when it is about another field."""
        if nom not in self.saisi:
            return False
        self.refus[nom] = message
        return True

    @property
    def erreurs(self) -> list[tuple[str, str]]:
        """(id of the faulty input, sentence)."""
        return [(f"fermeture-{nom}", message) for nom, message in self.refus.items() if message]


def _une_ligne(texte: str) -> str:
    return " ".join(texte.split())


def _lire(texte: str) -> date | None:
    return forms.DateField().to_python(texte)


def _ecrire(jour: date | None) -> str:
    return jour.isoformat() if jour else ""
