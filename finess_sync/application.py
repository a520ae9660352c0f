"""A run from one end to the other: obtain → read into staging → guards → create, compare, apply → close (S173).

Each batch is a transaction of its own which also notes the digests of what it dealt with: after a death anywhere, the
next run takes up what is left, and the end is the same as without it.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from django.db import connection, transaction
from django.db.models import Max
from django.utils import timezone

from referentiel.niveaux import Niveau
from ror.commun.erreurs import ErreurMetier

from . import cloture, comparaison, corrections, creation, gardes, mesures
from .execution import Ecouteur, Suivi, clore, solder_les_interrompues, verrou
from .lecture.commun import Lecteur, MiseEnPageInconnue, Recue, Rejetee
from .lecture.detection import lecteur_de
from .models import Empreinte, Execution, Rejet
from .preparation import DIFFERENTES, Preparation
from .sources import Source, SourceIndisponible

_REJETS_GARDES = 20_000
"""Rejected lines kept of a run: beyond, the file is refused anyway and its first lines say why."""

_PAS = 2_000

_EFFETS = ("eg_creees", "ej_creees", "ej_provisoires", "ej_completees", "appliques", "a_relire", "revenues")
"""Counters of what a run does; without any of them it is « inchangé », not « réussi »."""


@dataclass
class Lu:
    """What reading gave, beside the staging tables."""

    connues: dict[str, int]
    vues: set[str] = field(default_factory=set)
    structures: Counter[Niveau] = field(default_factory=Counter)
    rejets: Counter[str] = field(default_factory=Counter)
    absentes: list[str] = field(default_factory=list)
    date_connue: date | None = None


def synchroniser(
    *,
    source: Source,
    simulation: bool = True,
    complet: bool = True,
    declenchee_par: str,
    ecouteur: Ecouteur | None = None,
) -> Execution:
    """Runs one synchronisation.

    Args:
        source: where the files come from.
        simulation: reads, checks and counts; applies nothing.
        complet: the files are the whole stock; False for an extract, in which nothing is missing.
        declenchee_par: « Planification », « Ligne de commande », a person's name.
        ecouteur: told of the progress.

    Returns:
        The run, ended: `etat` and `motif` say how.

    Raises:
        PassageEnCours: another run is alive; nothing was done.
        SourceIndisponible: the source cannot be reached now; the run is recorded as failed.
    """
    with verrou():
        solder_les_interrompues()
        execution = Execution.objects.create(
            simulation=simulation, complet=complet, source=str(source)[:255], declenchee_par=declenchee_par[:120]
        )
        try:
            _derouler(execution, source, Suivi(execution, ecouteur))
        except SourceIndisponible as erreur:
            clore(execution, Execution.Etat.ECHOUE, str(erreur))
            raise
        except ErreurMetier as erreur:
            clore(execution, Execution.Etat.REFUSE, str(erreur))
        except Exception as erreur:  # told on the screen before it goes on to the log of the worker
            clore(execution, Execution.Etat.ECHOUE, f"Erreur inattendue : {type(erreur).__name__}: {erreur}"[:2000])
            raise
        except BaseException:
            clore(execution, Execution.Etat.INTERROMPU, "Passage arrêté avant sa fin. Le suivant reprendra le reste.")
            raise
    return execution


def _derouler(execution: Execution, source: Source, suivi: Suivi) -> None:
    suivi.etape(Execution.Etape.TELECHARGEMENT)
    fichiers = source.obtenir(suivi.avancer)
    execution.fichier = " + ".join(chemin.name for chemin in fichiers)[:255]
    execution.sha1 = sha1_de(fichiers)
    execution.save()
    if _deja_applique(execution):
        clore(execution, Execution.Etat.INCHANGE, "Ce fichier est celui du dernier passage : rien à faire.")
        return
    lecteurs = [lecteur_de(chemin) for chemin in fichiers]
    champs = _champs(lecteurs)
    _decrire(execution, lecteurs, champs)
    with Preparation() as preparation:
        lu = _lire(execution, lecteurs, preparation, suivi)
        preparation.terminer(champs)
        suivi.etape(Execution.Etape.CONTROLES)
        _controler(execution, lu, champs)
        compteurs = creation.planifier()
        if execution.simulation:
            _simuler(execution, champs, compteurs)
        else:
            _appliquer(execution, lu, champs, compteurs, suivi)


def sha1_de(fichiers: Sequence[Path]) -> str:
    """The SHA-1 of a file, or of the SHA-1s of several."""
    sommes = []
    for chemin in fichiers:
        with chemin.open("rb") as flux:
            sommes.append(hashlib.file_digest(flux, "sha1").hexdigest())
    return sommes[0] if len(sommes) == 1 else hashlib.sha1("".join(sommes).encode()).hexdigest()


def _deja_applique(execution: Execution) -> bool:
    """Whether the last thing really applied is this very file, to its end."""
    derniere = Execution.objects.filter(simulation=False).exclude(pk=execution.pk).exclude(etat="refuse").first()
    return (
        derniere is not None
        and derniere.etat in (Execution.Etat.REUSSI, Execution.Etat.INCHANGE)
        and derniere.sha1 == execution.sha1
        and derniere.complet == execution.complet
    )


def _champs(lecteurs: Sequence[Lecteur]) -> dict[Niveau, frozenset[str]]:
    """By level, the fields the files provide together."""
    champs: dict[Niveau, frozenset[str]] = {}
    for lecteur in lecteurs:
        for niveau, fournis in lecteur.champs.items():
            if niveau in champs:
                raise MiseEnPageInconnue(f"Deux des fichiers donnent les {niveau.value} : n’en donnez qu’un.")
            champs[niveau] = fournis
    return champs


def _decrire(execution: Execution, lecteurs: Sequence[Lecteur], champs: Iterable[Niveau]) -> None:
    execution.format = " + ".join(lecteur.format for lecteur in lecteurs)
    execution.niveaux = " ".join(sorted(niveau.value for niveau in champs))
    dates = [lecteur.date_donnees for lecteur in lecteurs if lecteur.date_donnees]
    execution.date_donnees = min(dates, default=None)
    execution.save()


def _lire(execution: Execution, lecteurs: Sequence[Lecteur], preparation: Preparation, suivi: Suivi) -> Lu:
    """Stages what is new or changed; every number is taken once, every line left out is told."""
    lu = Lu(_empreintes())
    suivi.etape(Execution.Etape.LECTURE, total=len(lu.connues))
    rejets: list[Rejet] = []
    corriges = corrections.numeros_corriges()
    a_relire = {numero: somme for numero, somme in lu.connues.items() if numero not in corriges}
    for lecteur in lecteurs:
        for element in lecteur.lire(a_relire):
            if isinstance(element, Recue):
                if element.finess in lu.vues:
                    element = Rejetee(element.ligne, element.finess, element.finess, "Numéro FINESS déjà lu plus haut.")
                else:
                    lu.vues.add(element.finess)
                    lu.structures[element.niveau] += 1
                    if element.fiche is not None:
                        preparation.ajouter(element)
                    if len(lu.vues) % _PAS == 0:
                        suivi.avancer(len(lu.vues), max(len(lu.connues), len(lu.vues)) if lu.connues else 0)
                    continue
            _rejeter(execution, element, lu, rejets)
    for finess, raison in preparation.ecarter_incoherentes():
        _rejeter(execution, Rejetee(0, finess, finess, raison), lu, rejets)
    Rejet.objects.bulk_create(rejets)
    execution.compteurs = {
        "eg_lues": lu.structures[Niveau.EG],
        "ej_lues": lu.structures[Niveau.EJ],
        "rejets": lu.rejets["rejetees"],
        "remarques": lu.rejets["retenues"],
    }
    execution.save()
    return lu


def _empreintes() -> dict[str, int]:
    """Number → digest of every record dealt with: some 40 MB for the national stock."""
    with connection.cursor() as curseur:
        curseur.execute(f"SELECT numero_finess, empreinte FROM {Empreinte._meta.db_table}")
        return dict(curseur.fetchall())


def _rejeter(execution: Execution, rejetee: Rejetee, lu: Lu, rejets: list[Rejet]) -> None:
    lu.rejets["retenues" if rejetee.retenue else "rejetees"] += 1
    if rejetee.finess:
        lu.vues.add(rejetee.finess)  # badly told is not absent
    if sum(lu.rejets.values()) <= _REJETS_GARDES:
        rejets.append(
            Rejet(
                execution=execution,
                ligne=rejetee.ligne,
                numero_finess=rejetee.finess[:20],
                contenu=rejetee.contenu.replace("\x00", "")[:255],
                raison=rejetee.raison[:255],
                retenue=rejetee.retenue,
            )
        )


def _controler(execution: Execution, lu: Lu, champs: dict[Niveau, frozenset[str]]) -> None:
    """Examines every guard, tells them all, and refuses the file when one does not hold."""
    connue = Execution.objects.appliquees().filter(niveaux=execution.niveaux).aggregate(Max("date_donnees"))
    lu.date_connue = connue["date_donnees__max"]
    lu.absentes = cloture.absentes(connues=lu.connues, vues=lu.vues, champs=champs)
    releve = mesures.mesurer(
        structures=lu.structures,
        rejetees=lu.rejets["rejetees"],
        absentes=len(lu.absentes),
        vues=lu.vues,
        champs=champs,
        date_donnees=execution.date_donnees,
        date_connue=lu.date_connue,
    )
    verdicts = gardes.examiner(releve, complet=execution.complet)
    execution.gardes = [verdict.en_json() for verdict in verdicts]
    execution.save()
    gardes.exiger(verdicts)


def _simuler(execution: Execution, champs: dict[Niveau, frozenset[str]], compteurs: dict[str, int]) -> None:
    total = Counter(compteurs)
    total["ej_completees"] = creation.a_completer()
    for niveau, fournis in champs.items():
        total += comparaison.simuler(niveau, fournis)
    execution.compteurs |= dict(total)
    etat = Execution.Etat.REUSSI if any(total[cle] for cle in _EFFETS) else Execution.Etat.INCHANGE
    clore(execution, etat, "Simulation : rien n’a été appliqué.")


def _appliquer(
    execution: Execution, lu: Lu, champs: dict[Niveau, frozenset[str]], compteurs: dict[str, int], suivi: Suivi
) -> None:
    total = Counter(compteurs)
    jour = execution.date_donnees or timezone.localdate()
    suivi.etape(Execution.Etape.CREATION, total=sum(compteurs.values()))
    fait = 0
    for nombre in creation.creer(execution=execution, jour=jour, premier=not lu.connues):
        fait += nombre
        suivi.avancer(fait)
    for nombre in creation.completer(jour=jour):
        total["ej_completees"] += nombre
    suivi.etape(Execution.Etape.COMPARAISON, total=_nombre_differentes())
    fait = 0
    for niveau, fournis in champs.items():
        creation.constater_les_identiques(niveau, DIFFERENTES[niveau])
        for nombre, partiel in comparaison.appliquer(niveau=niveau, champs=fournis, execution=execution, jour=jour):
            fait += nombre
            total += partiel
            suivi.avancer(fait)
        comparaison.oublier_les_reprises(niveau, fournis)
    suivi.etape(Execution.Etape.CLOTURE)
    _finir(execution, lu, champs, total, jour)


@transaction.atomic
def _finir(execution: Execution, lu: Lu, champs: dict[Niveau, frozenset[str]], total: Counter[str], jour: date) -> None:
    """Absences and end of the run in one transaction: counted once whatever was interrupted before."""
    if execution.complet:
        total += cloture.noter_absences(
            manquantes=lu.absentes,
            champs=champs,
            execution=execution,
            jour=jour,
            nouveau=jour != lu.date_connue,
        )
    execution.compteurs |= dict(total)
    if any(total[cle] for cle in _EFFETS):
        clore(execution, Execution.Etat.REUSSI)
    else:
        clore(execution, Execution.Etat.INCHANGE, "Le fichier ne change rien à ce que le ROR connaît.")


def _nombre_differentes() -> int:
    with connection.cursor() as curseur:
        curseur.execute(" UNION ALL ".join(f"SELECT count(*) FROM {table}" for table in DIFFERENTES.values()))
        return sum(ligne[0] for ligne in curseur.fetchall())
