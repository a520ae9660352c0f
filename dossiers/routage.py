"""The route of a dossier: the rules of validation read with what its fiches are (B6, S163–S169)."""

from referentiel.models import CorrespondanceCategorie, EntiteGeographique
from referentiel.niveaux import Niveau

from .etats import Champ, Etat, route_de
from .models import Dossier, RegleValidation
from .simulation import Rapport
from .superposition import Noeud

HANDICAP, PERSONNES_AGEES = "MSPH", "MSPA"
_SPECIALITES = {"Personnes handicapées": HANDICAP, "Personnes âgées": PERSONNES_AGEES}
"""How the proposed speciality of a type d’UO begins → its discipline: seed data of the nomenclature, not official."""


def route_du_dossier(rapport: Rapport) -> tuple[Etat, ...]:
    """Returns the steps of validation that the touched fiches of a dossier need, in their order."""
    regles = [regle.en_regle() for regle in RegleValidation.objects.filter(active=True)]
    return route_de(regles, champs_de_dossier(rapport))


def champs_de_dossier(rapport: Rapport) -> set[Champ]:
    """Returns what the rules look at, for each touched fiche."""
    etablissement = rapport.dossier.etablissement
    categorie = EntiteGeographique.objects.values_list("categorie", flat=True).get(pk=etablissement.pk)
    discipline = (
        CorrespondanceCategorie.objects.filter(categorie=categorie).values_list("discipline", flat=True).first() or ""
    )
    touches = [n for n in rapport.arbre.parcourir() if n.cree or n.deplace or n.supprime or n.cle in rapport.lignes]
    return {
        Champ(
            groupe=noeud.groupe or etablissement.groupe,
            discipline=_discipline(rapport, noeud, discipline),
            departement=etablissement.departement,
            categorie=categorie,
        )
        for noeud in touches
    }


def delais_de(dossier: Dossier) -> int:
    """Returns the usual delay of an answer, in days: the longest of the rules whose steps the dossier goes through."""
    regles = RegleValidation.objects.filter(active=True, etapes__overlap=dossier.route or [])
    return max(regles.values_list("delai_jours", flat=True), default=7)


def _discipline(rapport: Rapport, noeud: Noeud, de_l_etablissement: str) -> str:
    """That of its type when it is known, else that of the establishment."""
    ligne = rapport.lignes.get(noeud.cle)
    type_offre = ligne.contenu.type_offre if ligne is not None and noeud.niveau is Niveau.UO else None
    specialite = type_offre.proprietes.get("specialite_proposee", "") if type_offre else ""
    return next((d for debut, d in _SPECIALITES.items() if specialite.startswith(debut)), de_l_etablissement)
