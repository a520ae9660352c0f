"""The page of an offer: what is published, what waits, and the bar that broadcasts it (S43, S107–S110)."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from ror.commun.francais import date_fr, heure_fr

from .. import fiches, horaires
from ..actions.etat import fermeture_de
from ..actions.fiches import changements_de, motif_fermee
from ..annonce import annonce_de
from ..changements import Valeur, poser
from ..favoris import est_favori
from ..fermeture import Fermeture, ouverture_compte_tenu
from ..models import Structure
from ..niveaux import Niveau
from ..permissions import Action, niveaux_lisibles, refus
from ..points import points_de
from ..presentation import Fiche
from ..recherche import cartes
from ..recherche.resultats import Trouvee
from ..relecture import situer
from ..schemas import schema_de
from ..suivi import Suivi, barre_de, dernieres_entrees, manquants_de, suivre
from ..telecoms import TELEPHONE, lien_de
from ..verifications import verifications_de
from .fiche import DETAILS, carte_de, fil_de, surete_de

OUVERTE = Fermeture()


def fiche_offre(request: HttpRequest, structure: Structure, *, focus: str = "") -> HttpResponse:
    """The page of one offer; `focus` is the section that has just been saved."""
    structure = Structure.objects.select_related(*DETAILS, "unite__type_offre", "unite__relue_par").get(pk=structure.pk)
    ancetres = list(structure.get_ancestors().select_related("entite_geographique"))
    publiees = fiches.lire(structure)
    etranger = refus(request.user, Action.MODIFIER, structure)
    motif = etranger or motif_fermee(structure)
    suivi = Suivi(structure) if etranger else suivre(structure)
    en_cours = poser(changements_de(suivi.modification), publiees, fiches.genres_de(structure.type_niveau))
    schema = schema_de(structure, en_cours)
    lecture = Fiche(structure, structure.unite, publiees, niveaux_lisibles(request.user, structure), schema)
    manquants = manquants_de(structure, en_cours, schema)
    barre = barre_de(suivi, motif or refus(request.user, Action.DIFFUSER, structure), manquants=manquants)
    if not motif:
        barre.points = points_de(structure, en_cours, ancetres)
    situation = situer(_jour(structure.unite.relue_le), timezone.localdate())
    dates = verifications_de(structure)
    contexte = {
        "structure": structure,
        "unite": structure.unite,
        "fil": fil_de(structure, ancetres),
        "etablissement": next((a for a in ancetres if a.niveau == Niveau.EG), None),
        "lieux": structure.unite.lieux.all(),
        "cartes": [carte_de(s, structure, suivi, motif, focus, dates.get(s.cle)) for s in lecture.sections()],
        "ouverture": ouverture_de(publiees["horaires"], structure.departement, fermeture_de(structure)),
        **_en_tete(structure, ancetres, publiees["horaires"]),
        "annonce": annonce_de(structure, request.user),
        "situation": situation,
        "relecture": _relecture(situation.mot),
        "motif": motif,
        "favori": est_favori(request.user, structure),
        **surete_de(request, structure, motif),
        "rang": 2,
        "suivi": suivi,
        "barre": barre,
        "journal": dernieres_entrees(structure),
        "en_cours": en_cours,
        "schema": schema,
    }
    return render(request, "referentiel/offre.html", contexte)


def _en_tete(structure: Structure, ancetres: list[Structure], table: Valeur) -> dict:
    """Returns what the card of a result says too: open until when, whom to call; two queries."""
    telephone = cartes.telephones_de([Trouvee(structure, ancetres, None)])[structure.pk]
    heures = table if isinstance(table, dict) else {}
    return {
        "ouverte": cartes.ouverture_de(structure, heures, timezone.now()),
        "telephone": telephone,
        "lien_telephone": lien_de(TELEPHONE, telephone),
    }


def ouverture_de(table: Valeur, departement: str, fermeture: Fermeture = OUVERTE) -> dict:
    """Returns « ouvert maintenant », until when, and the sentences of the hours, by the clock of the département."""
    heures = horaires.depuis_table(table)  # type: ignore[arg-type]
    fuseau = horaires.fuseau_de(departement)
    maintenant = timezone.localtime(timezone=ZoneInfo(fuseau))

    def lire(instant: datetime) -> horaires.EtatOuverture:
        return horaires.etat(heures, instant, fuseau, horaires.jours_feries(departement))

    etat = ouverture_compte_tenu(fermeture, lire, maintenant)
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
