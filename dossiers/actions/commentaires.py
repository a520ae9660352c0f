"""Comments on a dossier, one of its fiches or a field: written, answered, settled (B11)."""

import re

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from referentiel.champs import champs_de
from ror.commun.erreurs import EtatIncompatible, SaisieInvalide
from ror.comptes.models import Utilisateur

from ..droits import exiger_geste
from ..etats import Geste
from ..models import Commentaire, Dossier, FicheDossier, Sujet
from .avis import avertir, participants_de, valideurs_de

LONGUEUR = 2000
_MENTION = re.compile(r"(?<![\w.])@(\w+)")


@transaction.atomic
def commenter(
    *, dossier_id: int, auteur, texte: str, fiche_id: int | None = None, champ: str = "", reponse_a: int | None = None
) -> Commentaire:
    """Adds a comment; « @identifiant » tells a person who sees the dossier.

    Args:
        dossier_id: the dossier.
        auteur: who writes.
        texte: 2 000 characters at most.
        fiche_id: the fiche it is about, None for the whole dossier.
        champ: the field of that fiche, empty for all of it.
        reponse_a: the comment it answers.

    Raises:
        DroitManquant: she neither edits nor validates this dossier.
        EtatIncompatible: the dossier is closed, or the fiche or the comment is gone.
        SaisieInvalide: no text, or too long.
    """
    dossier = Dossier.objects.select_related("etablissement").get(pk=dossier_id)
    exiger_geste(auteur, dossier, Geste.COMMENTER)
    texte = texte.strip()
    if not texte:
        raise SaisieInvalide({"texte": "Écrivez votre commentaire."})
    if len(texte) > LONGUEUR:
        raise SaisieInvalide({"texte": f"Commentaire\u00a0: 2\u202f000 caractères au plus ({len(texte)} saisis)."})
    if "\x00" in texte:
        raise SaisieInvalide({"texte": "Un caractère ne peut pas être enregistré. Retapez ce texte."})
    fiche = _fiche(dossier, fiche_id)
    premier = _premier(dossier, reponse_a)
    if premier is not None:
        fiche, champ = premier.fiche, premier.champ
    commentaire = Commentaire.objects.create(
        dossier=dossier,
        fiche=fiche,
        champ=champ if fiche is not None and champ in champs_de(fiche.type_niveau) else "",
        sujet=_sujet(fiche, champ),
        reponse_a=premier,
        auteur=auteur,
        texte=texte,
    )
    _avertir(dossier, commentaire, premier, auteur)
    return commentaire


@transaction.atomic
def regler(*, commentaire_id: int, auteur, regle: bool = True) -> Commentaire:
    """Marks a thread as settled, or opens it again.

    Raises:
        DroitManquant: she neither edits nor validates this dossier.
        EtatIncompatible: the dossier is closed.
    """
    commentaire = (
        Commentaire.objects.select_for_update(of=("self",))
        .select_related("dossier__etablissement")
        .get(pk=commentaire_id)
    )
    exiger_geste(auteur, commentaire.dossier, Geste.COMMENTER)
    commentaire.regle_par, commentaire.regle_le = (auteur, timezone.now()) if regle else (None, None)
    commentaire.save(update_fields=["regle_par", "regle_le"])
    return commentaire


def mentions_inconnues(commentaire: Commentaire) -> list[str]:
    """Returns what follows « @ » in a comment and names nobody of the dossier."""
    connus = set(commentaire.mentionnes.values_list("identifiant", flat=True))
    return sorted(_cites(commentaire) - connus)


def _cites(commentaire: Commentaire) -> set[str]:
    return {mot.lower() for mot in _MENTION.findall(commentaire.texte)}


def fils_ouverts(dossier: Dossier) -> list[Commentaire]:
    """Returns the threads that nobody has settled: listed before sending (B11)."""
    return list(dossier.commentaires.filter(reponse_a=None, regle_le=None).select_related("auteur", "fiche"))


def _fiche(dossier: Dossier, fiche_id: int | None) -> FicheDossier | None:
    if fiche_id is None:
        return None
    fiche = dossier.fiches.filter(pk=fiche_id).first()
    if fiche is None:
        raise EtatIncompatible("Cette fiche n’est plus dans le dossier\u00a0: commentez le dossier entier.")
    return fiche


def _premier(dossier: Dossier, reponse_a: int | None) -> Commentaire | None:
    """The first comment of the thread that is answered."""
    if reponse_a is None:
        return None
    commentaire = dossier.commentaires.select_related("reponse_a", "fiche", "auteur").filter(pk=reponse_a).first()
    if commentaire is None:
        raise EtatIncompatible("Ce commentaire n’est plus là\u00a0: rechargez la page.")
    return commentaire.reponse_a or commentaire


def _sujet(fiche: FicheDossier | None, champ: str) -> str:
    if fiche is None:
        return "Tout le dossier"
    champs = champs_de(fiche.type_niveau)
    return f"{fiche.nom}, {champs[champ].libelle}"[:255] if champ in champs else fiche.nom


def _avertir(dossier: Dossier, commentaire: Commentaire, premier: Commentaire | None, auteur) -> None:
    """Who is mentioned, who wrote in the thread; a first comment goes to those who took part or validate."""
    possibles = {u.pk: u for u in [*participants_de(dossier), *valideurs_de(dossier)]}
    cites = _cites(commentaire)
    mentionnes = [u for u in possibles.values() if u.identifiant in cites]
    commentaire.mentionnes.set(mentionnes)
    if premier is not None:
        fil = dossier.commentaires.filter(reponse_a=premier).values_list("auteur", flat=True)
        destinataires = [u for u in possibles.values() if u.pk in {premier.auteur_id, *fil}]
    else:
        destinataires = list(possibles.values())
    adresse = f"{reverse('dossier-suivi', args=[dossier.pk])}#commentaire-{commentaire.pk}"
    phrase = f"{auteur} a commenté «\u00a0{commentaire.sujet}\u00a0», dossier «\u00a0{dossier.nom}\u00a0»."
    voulus: list[Utilisateur] = [*mentionnes, *destinataires]
    avertir(dossier, voulus, Sujet.COMMENTAIRE, phrase, sauf=auteur, message=commentaire.texte, adresse=adresse)
