"""Known structures against what FINESS gives of them: écarts, what the rules say of each, applied batch by batch.

The database has already told which records differ (`preparation`): only those come here.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from django.db import connection, transaction
from django.utils import timezone

from referentiel.models import CorrectionFiness, Structure
from referentiel.models.structure import Etat
from referentiel.niveaux import Niveau
from ror.commun.ecriture_en_masse import inserer

from . import corrections, ecriture
from .correspondance import COLONNES, COMPARES, DETAILS, FICHES, PREPARES, en_json
from .models import Ecart as EcartPropose
from .models import Empreinte, Execution, RegleEcart
from .preparation import DIFFERENTES, TABLES
from .rapprochement import Action, Ecart, Fiche, Nature, Regle, comparer_eg, comparer_ej, decision

LOT = 1_000
_PAQUET = 500


@dataclass(slots=True)
class Cas:
    """One structure that differs: what the ROR holds, what came."""

    structure_id: int
    connue: Fiche
    recue: Fiche
    empreinte: int


def regles() -> tuple[Regle, ...]:
    """The rules as they stand, in their order."""
    return tuple(Regle(Nature(r.nature), r.champ or None, r.seuil, Action(r.action)) for r in RegleEcart.objects.all())


def ecarts_de(cas: Cas, niveau: Niveau, champs: Collection[str]) -> list[Ecart]:
    """The écarts of one structure on the fields its source provides and the ROR holds."""
    utiles = COMPARES[niveau] & set(champs)
    comparer = comparer_eg if niveau is Niveau.EG else comparer_ej
    return comparer(cas.connue, cas.recue, utiles)  # type: ignore[operator]


def simuler(niveau: Niveau, champs: Collection[str]) -> Counter[str]:
    """Counts what a real run would do, by nature and by decision, and writes nothing."""
    compteurs: Counter[str] = Counter()
    actuelles = regles()
    for numeros in _lots(niveau):
        lot = _cas_de(niveau, numeros)
        corrigees = corrections.corrections_de([cas.structure_id for cas in lot])
        for cas in lot:
            for ecart in ecarts_de(cas, niveau, champs):
                compteurs[f"nature_{ecart.nature}"] += 1
                applique = _decider(ecart, cas, niveau, actuelles, corrigees) is Action.APPLIQUER
                compteurs["appliques" if applique else "a_relire"] += 1
    return compteurs


def appliquer(
    *, niveau: Niveau, champs: Collection[str], execution: Execution, jour: date
) -> Iterator[tuple[int, Counter[str]]]:
    """Applies or proposes the écarts of one level, a transaction per batch: yields (structures, counters) of each."""
    actuelles = regles()
    for numeros in _lots(niveau):
        with transaction.atomic():
            _verrouiller(numeros)
            compteurs = _traiter(_cas_de(niveau, numeros), niveau, champs, actuelles, execution, jour)
        yield len(numeros), compteurs


def _traiter(
    lot: Sequence[Cas],
    niveau: Niveau,
    champs: Collection[str],
    actuelles: Sequence[Regle],
    execution: Execution,
    jour: date,
) -> Counter[str]:
    compteurs: Counter[str] = Counter()
    a_appliquer: dict[int, list[Ecart]] = {}
    a_relire: dict[int, list[Ecart]] = {}
    corrigees = corrections.corrections_de([cas.structure_id for cas in lot])
    for cas in lot:
        for ecart in ecarts_de(cas, niveau, champs):
            compteurs[f"nature_{ecart.nature}"] += 1
            applique = _decider(ecart, cas, niveau, actuelles, corrigees) is Action.APPLIQUER
            (a_appliquer if applique else a_relire).setdefault(cas.structure_id, []).append(ecart)
    compteurs["appliques"] += sum(map(len, a_appliquer.values()))
    compteurs["a_relire"] += proposer(a_relire, [cas.structure_id for cas in lot], niveau, execution, corrigees)
    ecriture.appliquer(niveau=niveau, ecarts=a_appliquer, jour=jour)
    _noter_appliques(a_appliquer, niveau, execution)
    Empreinte.objects.bulk_create(
        [Empreinte(numero_finess=c.recue.finess, niveau=niveau.value, empreinte=c.empreinte) for c in lot],
        update_conflicts=True,
        unique_fields=["numero_finess"],
        update_fields=["empreinte"],
    )
    return compteurs


def _decider(
    ecart: Ecart, cas: Cas, niveau: Niveau, actuelles: Sequence[Regle], corrigees: corrections.Corrections
) -> Action:
    """What the rules say of an écart; a person decides of one that goes back on a correction of the support."""
    if corrections.est_repetee(ecart, cas.structure_id, niveau, corrigees):
        return Action.RELIRE
    return decision(ecart, actuelles)


def proposer(
    ecarts: dict[int, list[Ecart]],
    structures: Collection[int],
    niveau: Niveau,
    execution: Execution,
    corrigees: corrections.Corrections,
) -> int:
    """Leaves écarts for a person to decide; those of these structures that are no longer true are over.

    One that waits already stays as it is; one that was ignored is not proposed again while FINESS repeats it. Returns
    how many new ones wait.
    """
    etats = [EcartPropose.Etat.A_RELIRE, EcartPropose.Etat.IGNORE]
    connus = EcartPropose.objects.filter(structure__in=structures, etat__in=etats).exclude(nature=Nature.ABSENTE)
    deja = {(e.structure_id, e.nature, e.champ, _cle(e.apres)): e for e in connus}
    nouveaux, toujours = [], set()
    for structure_id, liste in ecarts.items():
        for ecart in liste:
            propose = _en_base(ecart, structure_id, niveau, execution)
            if corrections.est_repetee(ecart, structure_id, niveau, corrigees):
                propose.motif = corrections.MOTIF
            cle = (structure_id, propose.nature, propose.champ, _cle(propose.apres))
            if cle in deja:
                toujours.add(deja[cle].pk)
            else:
                nouveaux.append(propose)
    perimes = [e.pk for e in connus if e.etat == EcartPropose.Etat.A_RELIRE and e.pk not in toujours]
    EcartPropose.objects.filter(pk__in=perimes).update(etat=EcartPropose.Etat.PERIME, decide_le=timezone.now())
    EcartPropose.objects.bulk_create(nouveaux, batch_size=_PAQUET)
    return len(nouveaux)


def proposer_absences(structures: Collection[int], niveau: Niveau, execution: Execution) -> int:
    """Proposes once to close each of these structures, missing from a complete file. Returns how many new écarts."""
    etats = [EcartPropose.Etat.A_RELIRE, EcartPropose.Etat.IGNORE]
    deja = EcartPropose.objects.filter(structure__in=structures, nature=Nature.ABSENTE, etat__in=etats)
    restantes = set(structures) - set(deja.values_list("structure_id", flat=True))
    numeros = Structure.objects.filter(pk__in=restantes).order_by("pk").values_list("pk", "numero_finess")
    lignes = [_en_base(Ecart(str(numero), Nature.ABSENTE), pk, niveau, execution) for pk, numero in numeros]
    EcartPropose.objects.bulk_create(lignes, batch_size=_PAQUET)
    return len(lignes)


def _noter_appliques(ecarts: dict[int, list[Ecart]], niveau: Niveau, execution: Execution) -> None:
    instant = timezone.now()
    lignes = []
    for structure_id, liste in ecarts.items():
        for ecart in liste:
            ligne = _en_base(ecart, structure_id, niveau, execution)
            ligne.etat, ligne.decide_le = EcartPropose.Etat.APPLIQUE, instant
            lignes.append(ligne)
    inserer(EcartPropose, lignes)


def _en_base(ecart: Ecart, structure_id: int, niveau: Niveau, execution: Execution) -> EcartPropose:
    return EcartPropose(
        execution=execution,
        structure_id=structure_id,
        numero_finess=ecart.finess,
        niveau=niveau.value,
        nature=ecart.nature.value,
        champ=ecart.champ or "",
        avant=en_json(ecart.avant),
        apres=en_json(ecart.apres),
        distance=ecart.distance,
    )


def _cle(valeur) -> str:
    return repr(valeur)


def _lots(niveau: Niveau) -> Iterator[list[str]]:
    """The numbers of the differing structures, a thousand at a time, in their order."""
    dernier = ""
    while True:
        with connection.cursor() as curseur:
            curseur.execute(
                f"SELECT finess FROM {DIFFERENTES[niveau]} WHERE finess > %s ORDER BY finess LIMIT %s", [dernier, LOT]
            )
            numeros = [ligne[0] for ligne in curseur.fetchall()]
        if not numeros:
            return
        yield numeros
        dernier = numeros[-1]


def oublier_les_reprises(niveau: Niveau, champs: Collection[str]) -> None:
    """Forgets the corrections that FINESS has taken up, so that what it says next is news again."""
    numeros = sorted(corrections.numeros_corriges())
    for debut in range(0, len(numeros), LOT):
        lot = _cas_de(niveau, numeros[debut : debut + LOT])
        corrigees = corrections.corrections_de([cas.structure_id for cas in lot])
        couples = ((cas.structure_id, cas.recue) for cas in lot)
        CorrectionFiness.objects.filter(pk__in=corrections.reprises(couples, niveau, champs, corrigees)).delete()


def _verrouiller(numeros: list[str]) -> None:
    with connection.cursor() as curseur:
        curseur.execute(
            "SELECT id FROM referentiel_structure WHERE numero_finess = ANY(%s) ORDER BY id FOR NO KEY UPDATE",
            [numeros],
        )


def _cas_de(niveau: Niveau, numeros: list[str]) -> list[Cas]:
    """The staged records of these numbers beside what the ROR holds now."""
    recues = PREPARES[niveau]
    colonnes = COLONNES[niveau]
    with connection.cursor() as curseur:
        curseur.execute(
            f"SELECT s.id, s.etat, s.departement, p.numero_finess, r.empreinte,"
            f" {', '.join(f'r.{nom}' for nom in recues)}, {', '.join(f'd.{nom}' for nom in colonnes.values())}"
            f" FROM {TABLES[niveau]} r JOIN referentiel_structure s ON s.numero_finess = r.finess"
            f" JOIN {DETAILS[niveau]._meta.db_table} d ON d.structure_id = s.id"
            " LEFT JOIN referentiel_structure p ON p.id = s.parent_id"
            " WHERE r.finess = ANY(%s) ORDER BY r.finess",
            [numeros],
        )
        lignes = curseur.fetchall()
    milieu = 5 + len(recues)
    return [
        _cas(niveau, ligne[:5], dict(zip(recues, ligne[5:milieu], strict=True)), ligne[milieu:]) for ligne in lignes
    ]


def _cas(niveau: Niveau, noeud: Sequence, recue: dict, detail: Sequence) -> Cas:
    structure_id, etat, departement, finess_ej, empreinte = noeud
    connue = {**dict(zip(COLONNES[niveau], detail, strict=True)), "finess": recue["finess"]}
    connue |= {"ouvert": etat != Etat.FERMEE, "departement": departement}
    if niveau is Niveau.EG:
        connue["finess_ej"] = finess_ej
        recue["sph"], connue["sph"] = tuple(recue["sph"]), tuple(connue["sph"])
    type_fiche = FICHES[niveau]
    return Cas(structure_id, type_fiche(**connue), type_fiche(**recue), empreinte)
