"""What a person decides of the écarts (B34), and the rules she sets (B36)."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from referentiel.models import Structure
from referentiel.models.structure import Etat
from referentiel.niveaux import Niveau
from referentiel.permissions import Action, exiger
from ror.commun.erreurs import DroitManquant, EtatIncompatible, SaisieInvalide

from . import ecriture
from .correspondance import COLONNES, DETAILS, depuis_json, en_json
from .models import Ecart, Execution, Garde, RegleEcart
from .rapprochement import Ecart as EcartPur
from .rapprochement import Nature

_ETATS = (Nature.FERMEE.value, Nature.ROUVERTE.value)


@dataclass(frozen=True, slots=True)
class Bilan:
    """What became of the chosen écarts.

    Attributes:
        decides: done as asked.
        perimes: already so in the ROR, hence over.
        changes: the ROR's value moved since they were shown; they stay, with the new value.
    """

    decides: int = 0
    perimes: int = 0
    changes: int = 0


@transaction.atomic
def appliquer_ecarts(*, ecarts: Collection[int], auteur) -> Bilan:
    """Writes on the fiches what FINESS gives; a closing or a reopening goes with the date it comes with.

    Args:
        ecarts: primary keys.
        auteur: who decides.

    Raises:
        DroitManquant: one of them is out of her perimeter.
        EtatIncompatible: none of them waits any more.
    """
    choisis = _verrouiller(ecarts, auteur)
    a_appliquer: dict[Niveau, dict[int, list[EcartPur]]] = defaultdict(lambda: defaultdict(list))
    appliques, perimes, changes = [], [], []
    actuelles = _valeurs_actuelles(choisis)
    for ecart in choisis:
        actuelle = actuelles[ecart.pk]
        if actuelle == ecart.apres and ecart.nature != Nature.ABSENTE:
            perimes.append(ecart)
        elif actuelle != ecart.avant:
            ecart.avant = actuelle
            changes.append(ecart)
        else:
            a_appliquer[Niveau(ecart.niveau)][ecart.structure_id].append(pur(ecart))
            appliques.append(ecart)
    dates = [e.execution.date_donnees for e in appliques if e.execution.date_donnees]
    for niveau, par_structure in a_appliquer.items():
        ecriture.appliquer(
            niveau=niveau,
            ecarts=par_structure,
            jour=max(dates, default=timezone.localdate()),
            auteur=auteur,
            motif="Écart FINESS appliqué",
        )
    _decider(appliques, Ecart.Etat.APPLIQUE, auteur)
    _decider(perimes, Ecart.Etat.PERIME, auteur)
    Ecart.objects.bulk_update(changes, ["avant"])
    return Bilan(len(appliques), len(perimes), len(changes))


@transaction.atomic
def ignorer_ecarts(*, ecarts: Collection[int], auteur, motif: str = "") -> Bilan:
    """Leaves the fiches as they are; the same écart is not proposed again while FINESS repeats the same value.

    Args:
        ecarts: primary keys.
        auteur: who decides.
        motif: why, at most 255 characters.

    Raises:
        DroitManquant: one of them is out of her perimeter.
        EtatIncompatible: none of them waits any more.
        SaisieInvalide: the reason is too long.
    """
    if len(motif) > 255:
        raise SaisieInvalide({"motif": f"Motif : 255 caractères au plus ({len(motif)} saisis)."})
    choisis = _verrouiller(ecarts, auteur)
    _decider(choisis, Ecart.Etat.IGNORE, auteur, motif.strip())
    return Bilan(decides=len(choisis))


@transaction.atomic
def modifier_regles(
    *, actions: Mapping[int, str], distances: Mapping[int, float | None], seuils: Mapping[str, float], auteur
) -> None:
    """Sets what the rules do and the thresholds of the guards.

    Args:
        actions: pk of the rule → action.
        distances: pk of the rule → distance in metres.
        seuils: code of the guard → threshold.
        auteur: an administrator.

    Raises:
        DroitManquant: she does not set the portal.
    """
    exiger(auteur, Action.REGLER_PORTAIL)
    regles = list(RegleEcart.objects.select_for_update().filter(pk__in=actions))
    for regle in regles:
        regle.action = actions[regle.pk]
        regle.seuil = distances.get(regle.pk, regle.seuil)
    RegleEcart.objects.bulk_update(regles, ["action", "seuil"])
    gardes = list(Garde.objects.select_for_update().filter(pk__in=seuils))
    for garde in gardes:
        garde.seuil = seuils[garde.pk]
    Garde.objects.bulk_update(gardes, ["seuil"])


def pur(ecart: Ecart) -> EcartPur:
    """The écart as the pure modules know it."""
    champ = ecart.champ or None
    avant, apres = (depuis_json(ecart.champ, valeur) for valeur in (ecart.avant, ecart.apres))
    return EcartPur(ecart.numero_finess, Nature(ecart.nature), champ, avant, apres, ecart.distance)


def _verrouiller(ecarts: Collection[int], auteur) -> Sequence[Ecart]:
    """Locks the fiches then the écarts chosen, with those that are decided together; checks the right."""
    exiger(auteur, Action.SUIVRE_FINESS)
    demandes = Ecart.objects.filter(pk__in=ecarts)
    structures = set(demandes.values_list("structure_id", flat=True))
    list(Structure.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=structures).order_by("pk"))
    etats = Q(nature__in=_ETATS) | Q(champ="date_fermeture")
    accouples = demandes.filter(etats).values("structure")
    choix = Q(pk__in=ecarts) | (etats & Q(structure__in=accouples))
    choisis = list(Ecart.objects.a_relire().filter(choix).select_for_update(of=("self",)).order_by("pk"))
    if not choisis:
        raise EtatIncompatible("Ces écarts sont déjà décidés, ou ne sont plus vrais.")
    permis = set(Ecart.objects.visibles_par(auteur).filter(pk__in=[e.pk for e in choisis]).values_list("pk", flat=True))
    if any(ecart.pk not in permis for ecart in choisis):
        raise DroitManquant("Un de ces écarts porte sur une structure qui n’est pas dans votre périmètre.")
    executions = Execution.objects.in_bulk({ecart.execution_id for ecart in choisis})
    for ecart in choisis:
        ecart.execution = executions[ecart.execution_id]
    return choisis


def _valeurs_actuelles(ecarts: Sequence[Ecart]) -> dict[int, object]:
    """pk of each écart → what the ROR holds now of its field, in JSON."""
    structures = Structure.objects.select_related("parent").in_bulk({e.structure_id for e in ecarts})
    details = {
        niveau: DETAILS[niveau].objects.in_bulk({e.structure_id for e in ecarts if e.niveau == niveau})
        for niveau in DETAILS
    }
    valeurs: dict[int, object] = {}
    for ecart in ecarts:
        niveau, structure = Niveau(ecart.niveau), structures[ecart.structure_id]
        detail = details[niveau][ecart.structure_id]
        if ecart.nature == Nature.ABSENTE:
            valeurs[ecart.pk] = None if structure.etat != Etat.FERMEE else False
        elif ecart.champ == "ouvert":
            valeurs[ecart.pk] = structure.etat != Etat.FERMEE
        elif ecart.champ == "departement":
            valeurs[ecart.pk] = structure.departement
        elif ecart.champ == "finess_ej":
            valeurs[ecart.pk] = structure.parent.numero_finess
        elif ecart.champ == "position":
            valeurs[ecart.pk] = None if detail.latitude is None else [detail.latitude, detail.longitude]
        else:
            valeurs[ecart.pk] = en_json(getattr(detail, COLONNES[niveau][ecart.champ]))
    return valeurs


def _decider(ecarts: Sequence[Ecart], etat: Ecart.Etat, auteur, motif: str = "") -> None:
    for ecart in ecarts:
        ecart.etat, ecart.decide_par, ecart.decide_le, ecart.motif = etat, auteur, timezone.now(), motif
    Ecart.objects.bulk_update(ecarts, ["etat", "decide_par", "decide_le", "motif"], batch_size=500)
