"""The lists of dossiers as exports: those that the reader sees, within the filters of the page."""

from collections.abc import Iterable

from django.http import QueryDict
from django.utils import timezone

from referentiel.exports import Colonne, Extrait, Liste, declarer, par_lots

from . import listes
from .listes import LigneListe

VUES = {
    listes.TOUS: "Tous ceux de mon périmètre",
    listes.ATTENTE: "En attente de moi",
    listes.A_VALIDER: "À valider",
    listes.MIENS: "Les miens",
}

COLONNES = (
    Colonne("Dossier", lambda ligne: ligne.dossier.nom, 44),
    Colonne("Établissement", lambda ligne: ligne.dossier.etablissement.nom, 40),
    Colonne("N° FINESS", lambda ligne: ligne.dossier.etablissement.numero_finess or "", 12),
    Colonne("Groupe", lambda ligne: ligne.dossier.etablissement.groupe, 9),
    Colonne("État", lambda ligne: "Finalisé" if ligne.finalise else ligne.dossier.etat_dossier.libelle, 30),
    Colonne("Fiches", lambda ligne: ligne.dossier.nombre_fiches, 9),
    Colonne("Fiches finalisées", lambda ligne: ligne.dossier.nombre_finalisees, 11),
    Colonne("En attente de", lambda ligne: ligne.attend or "terminé", 34),
    Colonne("Dans cet état depuis le", lambda ligne: timezone.localtime(ligne.dossier.depuis).date(), 13),
    Colonne("Créé par", lambda ligne: ligne.dossier.cree_par.nom_complet, 24),
    Colonne("Créé le", lambda ligne: ligne.dossier.cree_le, 17),
)


def _dossiers(utilisateur, parametres: QueryDict) -> Extrait:
    vue = parametres.get("vue", listes.TOUS)
    vue = vue if vue in VUES else listes.TOUS
    choix, siennes = listes.lire_choix(parametres), listes.Listes(utilisateur)
    trouves = listes.preparer(siennes, vue, texte=choix["q"], etat=choix["etat"], tri=choix["tri"])

    def charger(cles: list[int]) -> Iterable[LigneListe]:
        lus = {dossier.pk: dossier for dossier in trouves.filter(pk__in=cles)}
        return listes.lignes_de([lus[pk] for pk in cles if pk in lus], utilisateur)

    filtres = [("Liste", VUES[vue])]
    filtres += [("Nom, établissement, n° FINESS", choix["q"])] if choix["q"] else []
    filtres += [("État", dict(listes.ETATS)[choix["etat"]])] if choix["etat"] else []
    filtres += [("Ordre", dict(listes.TRIS)[choix["tri"]])]
    cles = trouves.values_list("pk", flat=True)
    return Extrait(COLONNES, trouves.count(), lambda: par_lots(cles, charger), filtres)


def declarer_listes() -> None:
    """Makes the lists of dossiers exportable."""
    declarer(
        Liste(
            "dossiers",
            "Dossiers collaboratifs",
            "Les dossiers que l’auteur du fichier peut voir\u00a0: travail en cours, à ne pas diffuser au-delà.",
            _dossiers,
            "dossiers",
        )
    )
