"""The page of an offer: what is published, what waits, and the bar that broadcasts it (S43, S107–S110)."""

from datetime import date
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from ror.commun.francais import date_fr, heure_fr

from .. import fiches, horaires
from ..changements import Valeur
from ..models import Structure
from ..niveaux import Niveau
from ..permissions import Action, niveaux_lisibles, refus
from ..presentation import Fiche
from ..relecture import situer
from ..suivi import Suivi, barre_de, dernieres_entrees, suivre
from .fiche import DETAILS, carte_de, fil_de


def fiche_offre(request: HttpRequest, structure: Structure, *, focus: str = "") -> HttpResponse:
    """The page of one offer; `focus` is the section that has just been saved."""
    structure = Structure.objects.select_related(*DETAILS, "unite__type_offre", "unite__relue_par").get(pk=structure.pk)
    ancetres = list(structure.get_ancestors().select_related("entite_geographique"))
    publiees = fiches.lire(structure)
    lecture = Fiche(structure, structure.unite, publiees, niveaux_lisibles(request.user, structure))
    motif = refus(request.user, Action.MODIFIER, structure)
    suivi = Suivi(structure) if motif else suivre(structure)
    situation = situer(_jour(structure.unite.relue_le), timezone.localdate())
    contexte = {
        "structure": structure,
        "unite": structure.unite,
        "fil": fil_de(structure, ancetres),
        "etablissement": next((a for a in ancetres if a.niveau == Niveau.EG), None),
        "lieux": structure.unite.lieux.all(),
        "cartes": [carte_de(section, structure, suivi, motif, focus) for section in lecture.sections()],
        "ouverture": ouverture_de(publiees["horaires"], structure.departement),
        "situation": situation,
        "relecture": _relecture(situation.mot),
        "motif": motif,
        "rang": 2,
        "suivi": suivi,
        "barre": barre_de(suivi, motif or refus(request.user, Action.DIFFUSER, structure)),
        "journal": dernieres_entrees(structure),
    }
    return render(request, "referentiel/offre.html", contexte)


def ouverture_de(table: Valeur, departement: str) -> dict:
    """Returns « ouvert maintenant », until when, and the sentences of the hours, by the clock of the département."""
    heures = horaires.depuis_table(table)  # type: ignore[arg-type]
    fuseau = horaires.fuseau_de(departement)
    maintenant = timezone.localtime(timezone=ZoneInfo(fuseau))
    etat = horaires.etat(heures, maintenant, fuseau, horaires.jours_feries(departement))
    return {
        "renseignes": bool(table),
        "ouvert": etat.ouvert is True,
        "mot": {True: "Ouvert maintenant", False: "Fermé maintenant"}.get(etat.ouvert, ""),  # type: ignore[arg-type]
        "suite": _suite(etat, maintenant.date()),
        "annonces": horaires.annoncer(heures, maintenant.date()),
        "avis": [avis.message for avis in horaires.verifier(heures)],
    }


def _suite(etat: horaires.EtatOuverture, aujourdhui: date) -> str:
    """« , jusqu’à 17 h », « , ouvre le 4 déc. 2026 à 9 h (Noël) », by the clock on the wall there."""
    motif = f" ({etat.motif})" if etat.motif else ""
    changement = etat.jusqu_a or etat.prochaine_ouverture
    if changement is None:
        return motif
    heure, jour = heure_fr(changement), date_fr(changement)
    ce_jour = changement.date() == aujourdhui
    if etat.ouvert:
        return f", jusqu’à {heure}{motif}" if ce_jour else f", jusqu’au {jour} à {heure}{motif}"
    return f", ouvre aujourd’hui à {heure}{motif}" if ce_jour else f", ouvre le {jour} à {heure}{motif}"


def _jour(moment):
    return timezone.localtime(moment).date() if moment else None


def _relecture(mot: str) -> str:
    """« À jour » → « Relecture à jour », « Dans 14 jours » → « À relire dans 14 jours »."""
    if mot.startswith(("Dans", "Aujourd")):
        return f"À relire {mot[0].lower()}{mot[1:]}"
    return mot if mot.startswith("Jamais") else f"Relecture {mot[0].lower()}{mot[1:]}"
