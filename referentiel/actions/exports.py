"""Exports prepared apart (B56): asked, taken by one worker at a time, taken up after a crash, kept, purged.

A run counts itself in `essais` when it takes a demand, and tells that it lives at each lot of rows. A run that was
overtaken (cancelled by its author, or taken up by another worker which thought it dead) learns it there, and stops.
"""

import logging
import tempfile
import uuid
from datetime import datetime, timedelta

from django.core.files import File
from django.core.files.storage import storages
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.http import QueryDict
from django.utils import timezone

from ror.commun.erreurs import DroitManquant, EtatIncompatible, Introuvable

from ..exports.fichiers import MIMES, ecrire
from ..exports.registre import Liste, trouver
from ..models import DemandeExport

journal = logging.getLogger(__name__)

CONSERVATION = timedelta(days=7)
"""How long a file is kept."""
SILENCE = timedelta(minutes=2)
"""Without a sign of life for so long, a run is dead."""
ESSAIS_MAX = 3
"""Runs after which one gives up, and says so."""
LONGUEUR_MAX = 2_000
"""Characters of the filters of a list."""


class Depasse(Exception):
    """This run is no longer the one that prepares the file."""


@transaction.atomic
def demander(*, auteur, liste: str, parametres: str, format: str, total: int = 0) -> DemandeExport:
    """Asks the worker for a file; one at a time per person.

    Args:
        auteur: who asks, and who alone will read it.
        liste: name of the list.
        parametres: its filters, as in the address of its page.
        format: « csv » or « xlsx ».
        total: rows expected.

    Raises:
        Introuvable: no such list or format.
        DroitManquant: she may not read this list.
        EtatIncompatible: another of her exports is being prepared, or these filters are too long.
    """
    declaree = trouver(liste)
    if format not in MIMES:
        raise Introuvable("Les fichiers proposés sont CSV et XLSX.")
    if len(parametres) > LONGUEUR_MAX:
        raise EtatIncompatible("Ces filtres sont trop longs pour être gardés\u00a0: retirez-en, puis recommencez.")
    declaree.ouvrir(auteur, QueryDict(parametres))
    try:
        with transaction.atomic():
            demande = DemandeExport.objects.create(
                auteur=auteur,
                liste=liste,
                titre=declaree.titre,
                parametres=parametres,
                format=format,
                total=total,
            )
    except IntegrityError:
        raise EtatIncompatible(
            "Un de vos exports est déjà en préparation\u00a0: attendez sa fin, ou annulez-le dans"
            " «\u00a0Mes exports\u00a0»."
        ) from None
    transaction.on_commit(lambda: _envoyer(demande.pk))
    return demande


@transaction.atomic
def supprimer(*, demande_id: int, auteur) -> DemandeExport:
    """Cancels an export being prepared, or deletes its file.

    Raises:
        Introuvable: it is not hers, or is gone.
    """
    demande = DemandeExport.objects.select_for_update().filter(pk=demande_id, auteur=auteur).first()
    if demande is None:
        raise Introuvable("Cet export n’existe plus\u00a0: il a été supprimé, ou n’était pas le vôtre.")
    fichier = demande.fichier
    demande.delete()
    if fichier:
        transaction.on_commit(lambda: storages["exports"].delete(fichier))
    return demande


@transaction.atomic
def redemander(*, demande_id: int, auteur) -> DemandeExport:
    """Asks again for an export that was interrupted.

    Raises:
        Introuvable: it is not hers, or is gone.
        EtatIncompatible: it is not interrupted, or another one is being prepared.
    """
    ancienne = DemandeExport.objects.filter(pk=demande_id, auteur=auteur).first()
    if ancienne is not None and ancienne.etat != DemandeExport.Etat.ECHOUEE:
        raise EtatIncompatible("Cet export n’est pas interrompu\u00a0: il n’y a rien à redemander.")
    supprimer(demande_id=demande_id, auteur=auteur)
    assert ancienne is not None
    return demander(
        auteur=auteur,
        liste=ancienne.liste,
        parametres=ancienne.parametres,
        format=ancienne.format,
        total=ancienne.total,
    )


def preparer(demande_id: int) -> bool:
    """Writes the file of a demand, with the rights its author has now. Returns whether this run did it."""
    demande = _prendre(demande_id)
    if demande is None:
        return False
    try:
        _produire(demande)
    except Depasse:
        return False
    except (DroitManquant, Introuvable) as refus:
        return _renoncer(demande, str(refus))
    except Exception:  # whatever stops it is logged, and said to the person, who may ask again
        journal.exception("Export %s (%s)", demande.pk, demande.liste)
        return _renoncer(
            demande, "La préparation s’est interrompue. Redemandez-le\u00a0; si cela se répète, dites-le au support."
        )
    return True


def delaisses() -> list[int]:
    """Returns the demands that nobody prepares: never taken, or whose run gives no sign of life."""
    limite = timezone.now() - SILENCE
    perdues = Q(etat=DemandeExport.Etat.ATTENTE, demande_le__lt=limite)
    mortes = Q(etat=DemandeExport.Etat.EN_COURS, signe_le__lt=limite)
    return list(DemandeExport.objects.filter(perdues | mortes).values_list("pk", flat=True))


def purger() -> int:
    """Deletes what is said of the exports kept long enough, and the files that none names. Returns how many exports.

    No row names the file of a run killed before it said so, nor those of an account that is no more.
    """
    stock, maintenant = storages["exports"], timezone.now()
    echues = DemandeExport.objects.filter(expire_le__lt=maintenant)
    perdus = set(echues.exclude(fichier="").values_list("fichier", flat=True))
    nombre = echues.delete()[0]
    nommes = set(DemandeExport.objects.values_list("fichier", flat=True))
    for fichier in stock.listdir("")[1] if stock.exists("") else ():
        if fichier not in nommes and stock.get_modified_time(fichier) < maintenant - SILENCE:
            perdus.add(fichier)
    for fichier in perdus:
        stock.delete(fichier)
    return nombre


def _prendre(demande_id: int) -> DemandeExport | None:
    """Takes a demand that is free; None when there is none, when it lives elsewhere, or has failed too often."""
    maintenant = timezone.now()
    libre = Q(etat=DemandeExport.Etat.ATTENTE) | Q(etat=DemandeExport.Etat.EN_COURS, signe_le__lt=maintenant - SILENCE)
    with transaction.atomic():
        demande = (
            DemandeExport.objects.select_for_update(of=("self",), skip_locked=True)
            .select_related("auteur")
            .filter(libre, pk=demande_id)
            .first()
        )
        if demande is None:
            return None
        demande.etat, demande.signe_le, demande.fait = DemandeExport.Etat.EN_COURS, maintenant, 0
        demande.essais += 1
        demande.save(update_fields=["etat", "signe_le", "fait", "essais"])
    if demande.essais > ESSAIS_MAX:
        _renoncer(demande, "La préparation s’est arrêtée plusieurs fois. Redemandez-le, ou resserrez les filtres.")
        return None
    return demande


def _produire(demande: DemandeExport) -> None:
    liste: Liste = trouver(demande.liste)
    if not demande.auteur.is_active:
        raise DroitManquant("Ce compte est désactivé.")
    extrait = liste.ouvrir(demande.auteur, QueryDict(demande.parametres))
    _ecrire_si_dernier(demande, total=extrait.nombre)
    moment = timezone.localtime()
    with tempfile.TemporaryFile() as fichier:
        nombre = ecrire(
            fichier,
            demande.format,
            liste=liste,
            extrait=extrait,
            auteur=demande.auteur,
            moment=moment,
            avancer=lambda fait: _ecrire_si_dernier(demande, fait=fait),
        )
        taille = fichier.seek(0, 2)
        fichier.seek(0)
        nom = storages["exports"].save(f"{uuid.uuid4()}.{demande.format}", File(fichier))
    try:
        _finir(demande, nom, nombre, taille, moment)
    except Depasse:
        storages["exports"].delete(nom)
        raise


def _finir(demande: DemandeExport, nom: str, nombre: int, taille: int, moment: datetime) -> None:
    _ecrire_si_dernier(
        demande,
        etat=DemandeExport.Etat.PRETE,
        fichier=nom,
        fait=nombre,
        total=nombre,
        taille=taille,
        fini_le=moment,
        expire_le=moment + CONSERVATION,
    )
    journal.info("Export %s : liste %s, %s lignes, par %s", demande.pk, demande.liste, nombre, demande.auteur_id)


def _renoncer(demande: DemandeExport, motif: str) -> bool:
    """Says why there is no file; its author may ask again."""
    maintenant = timezone.now()
    _du_passage(demande).update(
        etat=DemandeExport.Etat.ECHOUEE,
        motif=motif[:300],
        fini_le=maintenant,
        expire_le=maintenant + CONSERVATION,
    )
    return False


def _ecrire_si_dernier(demande: DemandeExport, **valeurs) -> None:
    if not _du_passage(demande).update(signe_le=timezone.now(), **valeurs):
        raise Depasse


def _du_passage(demande: DemandeExport):
    return DemandeExport.objects.filter(pk=demande.pk, essais=demande.essais, etat=DemandeExport.Etat.EN_COURS)


def _envoyer(demande_id: int) -> None:
    """Tells the worker; when the queue is down, `delaisses` finds the demand later."""
    from ..tasks import preparer_export

    try:
        preparer_export.delay(demande_id)
    except Exception:  # a queue that is down loses nothing: the demand is taken up each minute
        journal.exception("Export %s : la file ne répond pas, il sera repris", demande_id)
