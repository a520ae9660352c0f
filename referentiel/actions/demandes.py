"""Asking the support to correct what FINESS owns, and what it does of it (S91–S94)."""

from collections.abc import Mapping, Sequence

from django.db import transaction
from django.utils import timezone

from ror.commun.erreurs import ConflitDeVersion, DroitManquant, EtatIncompatible, SaisieInvalide
from ror.comptes.courriels import Portail, envoyer

from .. import fiches
from ..changements import Changement, Choix, Fiche, comparer, fusionner_tout
from ..controles_finess import controler_correction, nettoyer
from ..corrections import texte_du_champ
from ..models import CorrectionFiness, CorrespondanceCategorie, DemandeCorrection, EntreeJournal, Structure
from ..niveaux import Niveau
from ..permissions import Action, exiger
from .ecriture import publier_changements
from .fiches import verrouiller

Etat = DemandeCorrection.Etat


@transaction.atomic
def demander_correction(
    *, structure_id: int, auteur, champ: str, vues: Fiche, saisies: Fiche, message: str = ""
) -> DemandeCorrection:
    """Queues a request for the support; whoever reads a fiche may say that it is wrong (S22).

    Args:
        structure_id: the fiche.
        auteur: who asks.
        champ: a FINESS-owned field or `DemandeCorrection.ADRESSE`.
        vues: the values she saw.
        saisies: the values they should be; as they were when she only explains.
        message: her reason.

    Raises:
        DroitManquant: nobody is signed in.
        SaisieInvalide: nothing is asked, a value cannot be right, or this field is not corrected by the support.
    """
    if not auteur.is_authenticated:
        raise DroitManquant("Connectez-vous pour continuer.")
    demande = DemandeCorrection(
        structure=Structure.objects.get(pk=structure_id), champ=champ, auteur=auteur, message=message.strip()
    )
    champs = demande.champs
    if not champs:
        raise SaisieInvalide({"champ": "Ce champ se modifie directement sur la fiche."})
    saisies = nettoyer({nom: valeur for nom, valeur in saisies.items() if nom in champs})
    changements = comparer(vues, saisies, {nom: c.genre for nom, c in champs.items()})
    if not changements and not demande.message:
        raise SaisieInvalide({"": "Donnez la valeur proposée, ou expliquez l’erreur dans le motif."})
    controler_correction(demande.structure, champs, vues, saisies)
    demande.valeur_actuelle = texte_du_champ(demande.structure, champ, vues)
    demande.valeur_proposee = texte_du_champ(demande.structure, champ, {**vues, **saisies}) if changements else ""
    demande.changements = [c.en_json() for c in changements]
    demande.save()
    return demande


@transaction.atomic
def appliquer_demande(
    *,
    demande_id: int,
    auteur,
    portail: Portail,
    vues: Fiche | None = None,
    saisies: Fiche | None = None,
    choix: Mapping[str, Choix] | None = None,
    reponse: str = "",
) -> DemandeCorrection:
    """« Appliquer »: writes what is asked on the fiche, journals it, and answers by mail.

    Args:
        demande_id: the request.
        auteur: the support.
        portail: whose texts the mail bears.
        vues, saisies: « Appliquer autrement »: the values the form showed and those she typed instead.
        choix: her answers to the conflicts of a former try.
        reponse: what she adds.

    Raises:
        DroitManquant: she does not correct FINESS data there.
        EtatIncompatible: somebody answered meanwhile.
        SaisieInvalide: nothing is proposed, or a value cannot be right.
        ConflitDeVersion: FINESS or somebody changed the value since it was asked; nothing is written.
    """
    demande, structure = _verrouiller(demande_id, auteur)
    champs, genres = demande.champs, fiches.genres_de(structure.type_niveau)
    changements = [Changement.depuis_json(c) for c in demande.changements]
    if saisies is not None:
        propres = nettoyer({nom: valeur for nom, valeur in saisies.items() if nom in champs})
        changements = list(comparer(vues or {}, propres, {nom: champ.genre for nom, champ in champs.items()}))
    if not changements:
        raise SaisieInvalide({"": "Cette demande ne propose aucune valeur\u00a0: saisissez celle à appliquer."})
    avant = fiches.lire(structure, list(champs))
    controler_correction(structure, champs, avant, {**avant, **{c.champ: c.propose for c in changements}})
    conflits = publier_changements(
        structure=structure,
        auteur=auteur,
        changements=[*changements, *_suites(structure, avant, changements, choix)],
        choix=choix,
        origine=EntreeJournal.Origine.SUPPORT,
        motif=demande.numero,
    )
    if conflits:
        raise ConflitDeVersion(conflits, "Cette donnée a changé depuis la demande. Choisissez la valeur à garder.")
    apres = fiches.lire(Structure.objects.get(pk=structure.pk), list(champs))
    ecrits = comparer(avant, apres, {nom: genres[nom] for nom in champs})
    if not ecrits and choix:
        raise SaisieInvalide({"": "Vous gardez la valeur actuelle\u00a0: classez plutôt la demande sans suite."})
    for ecrit in ecrits:
        _retenir(demande, ecrit)
    _clore(demande, auteur, Etat.TRAITEE, reponse, portail, fiches.raconter(champs, [ecrits])[0])
    return demande


@transaction.atomic
def repondre_demande(*, demande_id: int, auteur, etat: str, reponse: str, portail: Portail) -> DemandeCorrection:
    """Closes a request without writing anything: done elsewhere, or without follow-up; answers by mail.

    Raises:
        DroitManquant: she does not correct FINESS data there.
        EtatIncompatible: somebody answered meanwhile.
        SaisieInvalide: a request left without follow-up needs its reason.
    """
    demande, _ = _verrouiller(demande_id, auteur)
    if etat not in (Etat.TRAITEE, Etat.SANS_SUITE):
        raise SaisieInvalide({"": "Choisissez «\u00a0Répondre\u00a0» ou «\u00a0Sans suite\u00a0»."})
    if not reponse.strip():
        suite = "la demande reste sans suite" if etat == Etat.SANS_SUITE else "la demande est close sans rien écrire"
        raise SaisieInvalide({"reponse": f"Dites pourquoi {suite}\u00a0: la personne reçoit cette réponse."})
    _clore(demande, auteur, etat, reponse, portail)
    return demande


def _verrouiller(demande_id: int, auteur) -> tuple[DemandeCorrection, Structure]:
    """Locks the fiche then the request, as they are now; checks the right and that nobody has answered."""
    structure_id = DemandeCorrection.objects.values_list("structure_id", flat=True).get(pk=demande_id)
    structure = verrouiller(structure_id)
    demande = DemandeCorrection.objects.select_for_update(of=("self",)).select_related("auteur").get(pk=demande_id)
    demande.structure = structure
    exiger(auteur, Action.CORRIGER_FINESS, structure)
    if demande.etat != Etat.NOUVELLE:
        raise EtatIncompatible(f"{demande.traitee_par} a déjà répondu à cette demande.")
    return demande, structure


def _suites(
    structure: Structure, avant: Fiche, changements: Sequence[Changement], choix: Mapping[str, Choix] | None
) -> list[Changement]:
    """What goes with a correction, as with a value received: the name still that of FINESS, the group of a category."""
    genres = fiches.genres_de(structure.type_niveau)
    apres, conflits = fusionner_tout(changements, avant, genres, choix)
    if conflits:
        return []
    if structure.niveau == Niveau.EG and avant.get("categorie") != apres.get("categorie"):
        lignes = CorrespondanceCategorie.objects.filter(categorie=apres["categorie"])
        structure.groupe = lignes.values_list("groupe", flat=True).first() or ""
        structure.save(update_fields=["groupe"])
    if structure.nom == avant.get("raison_sociale") != apres.get("raison_sociale"):
        return [Changement("nom", structure.nom, apres["raison_sociale"])]
    return []


def _retenir(demande: DemandeCorrection, ecrit: Changement) -> None:
    """Remembers what FINESS said of a corrected value, so that its next file does not bring it back in silence."""
    connues = CorrectionFiness.objects.filter(structure=demande.structure, champ=ecrit.champ)
    ancienne = connues.first()
    de_finess = ancienne.valeur_finess if ancienne else ecrit.base
    if de_finess == ecrit.propose:
        connues.delete()
        return
    CorrectionFiness.objects.update_or_create(
        structure=demande.structure,
        champ=ecrit.champ,
        defaults={"valeur_finess": de_finess, "valeur": ecrit.propose, "demande": demande},
    )


def _clore(
    demande: DemandeCorrection, auteur, etat: str, reponse: str, portail: Portail, phrases: Sequence[str] = ()
) -> None:
    demande.etat, demande.reponse = etat, reponse.strip()
    demande.traitee_par, demande.traitee_le = auteur, timezone.now()
    demande.save()
    transaction.on_commit(
        lambda: envoyer(
            "correction_traitee", a=demande.auteur.courriel, portail=portail, demande=demande, phrases=phrases
        )
    )
