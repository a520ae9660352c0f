"""The page of an offer: what is published, what waits, and the bar that broadcasts it (S43, S107–S110)."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from .. import fiches, horaires
from ..actions.etat import jour_de
from ..actions.fiches import changements_de, motif_fermee
from ..annonce import annonce_de
from ..changements import Valeur, poser
from ..favoris import est_favori
from ..models import Structure
from ..niveaux import Niveau
from ..ouvertures import ouverture_de
from ..permissions import Action, niveaux_lisibles, refus
from ..points import points_de
from ..presentation import Fiche
from ..recherche import cartes
from ..recherche.resultats import Trouvee
from ..relecture import situer
from ..schemas import schema_de
from ..suivi import Suivi, barre_de, dernieres_entrees, manquants_de, suivre
from ..verifications import verifications_de
from .fiche import DETAILS, carte_de, fil_de, surete_de


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
        **_horaires(structure, publiees["horaires"]),
        "appel": cartes.appels_de([Trouvee(structure, ancetres, None)])[structure.pk],
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


def _horaires(structure: Structure, table: Valeur) -> dict:
    """Returns open until when, the sentences of the hours, and what is doubtful in them."""
    heures = horaires.depuis_table(table)  # type: ignore[arg-type]
    maintenant = timezone.now()
    return {
        "ouverture": ouverture_de(structure, table if isinstance(table, dict) else {}, maintenant),
        "renseignes": bool(table),
        "annonces": horaires.annoncer(heures, jour_de(structure, maintenant)),
        "doutes": [avis.message for avis in horaires.verifier(heures)],
    }


def _jour(moment):
    return timezone.localtime(moment).date() if moment else None


def _relecture(mot: str) -> str:
    """« À jour » → « Relecture à jour », « Dans 14 jours » → « À relire dans 14 jours »."""
    if mot.startswith(("Dans", "Aujourd")):
        return f"À relire {mot[0].lower()}{mot[1:]}"
    return mot if mot.startswith("Jamais") else f"Relecture {mot[0].lower()}{mot[1:]}"
