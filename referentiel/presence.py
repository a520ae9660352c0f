"""Who is editing the same thing, and what others saved since a form was opened (B17): told, never a lock.

Presence lives in the shared cache, one entry per fiche or lieu, for a minute after the last sign of life. Two signs of
life at the very same instant may hide one of them until its next one: it is a courtesy; what protects is the merge.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from django.core.cache import cache
from django.utils import timezone
from redis.exceptions import RedisError

from . import fiches
from .actions.fiches import modification_en_attente
from .actions.lieux import prefixe_journal
from .champs import CHAMPS_LIEU, SECTIONS, champs_de
from .changements import Fiche, comparer
from .models import EntreeJournal, Modification
from .objets import Cible, CibleAjoutee, Objet

journal = logging.getLogger(__name__)

DUREE = 60
"""Seconds after the last sign of life."""

ENTREES_LUES = 20
"""Entries of the journal read back to tell who saved."""


@dataclass(frozen=True, slots=True)
class Present:
    """Somebody who has the form of a part open."""

    nom: str
    partie: str
    depuis: datetime


@dataclass(slots=True)
class Nouveaute:
    """What others saved since a form was opened.

    Attributes:
        qui, le: the last of them, and when; empty when only the values tell.
        sections: titles of the sections they saved.
        phrases: what changed in the fields of this form, in sentences.
    """

    qui: str = ""
    le: datetime | None = None
    sections: list[str] = field(default_factory=list)
    phrases: list[str] = field(default_factory=list)


def battre(objet: Objet, utilisateur) -> None:
    """Notes that this person has this form open now."""

    def noter(presents: dict) -> None:
        maintenant = timezone.now().timestamp()
        depuis = presents.get(_moi(objet, utilisateur), {}).get("depuis", maintenant)
        presents[_moi(objet, utilisateur)] = {
            "utilisateur": utilisateur.pk,
            "nom": str(utilisateur),
            "partie": objet.partie,
            "depuis": depuis,
            "vu": maintenant,
        }

    _changer(objet, noter)


def partir(objet: Objet, utilisateur) -> None:
    """Notes that this person has left this form."""
    _changer(objet, lambda presents: presents.pop(_moi(objet, utilisateur), None))


def autres(objet: Objet, utilisateur) -> list[Present]:
    """Returns the other persons who have a form of the same fiche or lieu open, the first come first."""
    return [p for section, p in ensemble(objet, utilisateur) if not objet.ajoute or section == objet.section]


def ensemble(objet: Objet, utilisateur) -> list[tuple[str, Present]]:
    """Returns (section, who) of the other persons there, whatever the section, the first come first."""
    trouves = {cle: p for cle, p in _lire(objet).items() if p["utilisateur"] != utilisateur.pk}
    fuseau = timezone.get_current_timezone()
    return [
        (cle.partition("/")[2], Present(p["nom"], p["partie"], datetime.fromtimestamp(p["depuis"], fuseau)))
        for cle, p in sorted(trouves.items(), key=lambda ligne: ligne[1]["depuis"])
    ]


def empreinte(cible: Cible) -> str:
    """What changes whenever somebody saves or publishes what this form edits."""
    if isinstance(cible, CibleAjoutee):
        return cible.empreinte()
    if cible.lieu:
        return str(cible.lieu.version)
    enregistrees = Modification.objects.filter(structure=cible.structure, etat=Modification.Etat.EN_ATTENTE)
    return f"{cible.structure.version}-{enregistrees.values_list('pk', 'modifiee_le').first() or ''}"


def nouveaute(cible: Cible, vues: Fiche, ouvert_le: datetime, utilisateur) -> Nouveaute | None:
    """Returns what others saved since a form was opened, None when there is nothing to tell.

    Args:
        cible: what the form edits.
        vues: the values it showed.
        ouvert_le: when it was opened.
        utilisateur: who has it open; her own saves are told only where they touch the fields of this form.
    """
    propre = cible.lieu is not None or isinstance(cible, CibleAjoutee)
    modification = None if propre else modification_en_attente(cible.structure)
    champs = {c.nom: c for c in cible.champs if c.nom in vues}
    en_cours = cible.en_cours(modification)
    ecarts = comparer(vues, {n: en_cours[n] for n in champs}, {n: c.genre for n, c in champs.items()})
    resultat = Nouveaute(phrases=fiches.raconter(champs, [ecarts])[0])
    faits = sorted(_enregistrements(cible, modification, ouvert_le, utilisateur), key=lambda fait: fait[0])
    for le, qui, titres in faits:
        resultat.le, resultat.qui = timezone.localtime(le), qui
        resultat.sections += [titre for titre in titres if titre not in resultat.sections]
    return resultat if faits or ecarts else None


def _enregistrements(cible: Cible, modification: Modification | None, depuis: datetime, moi):
    """Yields (when, who, titles of sections) of what others saved since."""
    if isinstance(cible, CibleAjoutee):
        yield from cible.enregistrements(depuis, moi)
        return
    champs = CHAMPS_LIEU if cible.lieu else champs_de(cible.structure.type_niveau)
    prefixe = prefixe_journal(cible.lieu) if cible.lieu else ""
    for changement in modification.changements.all() if modification else []:
        if changement.modifie_le > depuis and changement.auteur_id != moi.pk:
            yield changement.modifie_le, str(changement.auteur), _titres(champs, [changement.champ])
    entrees = EntreeJournal.objects.filter(structure=cible.structure, le__gt=depuis).exclude(auteur=moi)
    for entree in entrees.select_related("auteur")[:ENTREES_LUES]:
        noms = [c["champ"].removeprefix(prefixe) for c in entree.changements if c["champ"].startswith(prefixe)]
        if titres := _titres(champs, noms):
            yield entree.le, str(entree.auteur or entree.get_origine_display()), titres


def _titres(champs, noms: list[str]) -> list[str]:
    return list(dict.fromkeys(SECTIONS[champs[nom].section] for nom in noms if nom in champs))


def _moi(objet: Objet, utilisateur) -> str:
    return f"{utilisateur.pk}/{objet.section}"


def _cle(objet: Objet) -> str:
    return f"presence:{objet.quoi}"


def _lire(objet: Objet) -> dict[str, dict]:
    limite = timezone.now().timestamp() - DUREE
    try:
        presents = cache.get(_cle(objet)) or {}
    except RedisError:  # without the cache nobody is seen, and everybody goes on editing
        journal.warning("Présence illisible : le cache ne répond pas", exc_info=True)
        return {}
    return {cle: present for cle, present in presents.items() if present["vu"] > limite}


def _changer(objet: Objet, geste: Callable[[dict], object]) -> None:
    presents = _lire(objet)
    geste(presents)
    try:
        cache.set(_cle(objet), presents, DUREE)
    except RedisError:  # same as in _lire
        journal.warning("Présence non notée : le cache ne répond pas", exc_info=True)
