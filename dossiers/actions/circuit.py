"""Sending, validating, correcting, refusing, publishing a dossier: every move of its state (S161–S172, B4, B8)."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from referentiel.actions.publication import erreur_de_date
from referentiel.changements import Choix
from referentiel.permissions import Action, exiger
from ror.commun.erreurs import ErreurMetier, EtatIncompatible, SaisieInvalide
from ror.commun.francais import date_fr, pluriel

from ..droits import ACTION_ETAPE, exiger_geste
from ..etats import ENVOYES, Etat, Geste, est_derniere, suivante
from ..integration import IntegrationImpossible, integrer
from ..models import Correction, Dossier, FicheDossier, Sujet
from ..presentation import changements_de
from ..routage import route_du_dossier
from ..simulation import Rapport, conflits_de, simuler
from .avis import auteurs_de, avertir, avertir_fin, avertir_valideurs, participants_de, valideurs_de
from .commun import noter, verrouiller
from .lecture import changements_non_lus, refus_sans_lire
from .organisation import fiches_restantes

journal = logging.getLogger(__name__)
LONGUEUR_MESSAGE = 2000


@transaction.atomic
def envoyer(
    *, dossier_id: int, auteur, vu: str | None = None, message: str = "", corrections_faites: bool = False
) -> Dossier:
    """« Envoyer en validation »: all fiches finalised, the simulation passes (S161, S162, B3).

    Args:
        dossier_id: the dossier.
        auteur: who sends it.
        vu: when the dossier she was shown was last changed (ISO).
        message: a word to the validators; may be empty.
        corrections_faites: « corrections effectuées », needed when a correction was asked (B8).

    Raises:
        DroitManquant: `auteur` may not edit this establishment.
        EtatIncompatible: not a draft, changed since it was shown, or fiches remain to be finalised.
        SaisieInvalide: nothing to send, a correction is not ticked, or the message is too long.
        IntegrationImpossible: a conflict or a blocking rule stands against its integration.
    """
    dossier = verrouiller(dossier_id, auteur, Geste.ENVOYER, vu)
    de = dossier.etat_dossier
    _controler_message(message)
    restantes = fiches_restantes(dossier.fiches.all())
    if restantes:
        raise EtatIncompatible(
            f"{pluriel(len(restantes), 'fiche restante,fiches restantes')} à finaliser\u00a0: "
            + ", ".join(f"«\u00a0{f.nom}\u00a0»" for f in restantes[:5])
            + "."
        )
    rapport = simuler(dossier)
    if rapport.vide:
        raise SaisieInvalide({"dossier": "Ce dossier ne change rien au Répertoire\u00a0: il n’y a rien à envoyer."})
    if not rapport.integrable:
        raise IntegrationImpossible(rapport)
    _cocher_corrections(dossier, auteur, corrections_faites)
    route = route_du_dossier(rapport)
    dossier.route, dossier.etat = [e.value for e in route], route[0].value
    dossier.envoye_par, dossier.envoye_le = auteur, timezone.now()
    dossier.save()
    phrase = "Dossier corrigé et renvoyé en validation." if de is Etat.A_CORRIGER else "Dossier envoyé en validation."
    noter(dossier, auteur, Geste.ENVOYER, phrase, de=de, message=message.strip())
    avertir_valideurs(dossier, auteur, _resume(rapport, message))
    return dossier


@transaction.atomic
def retirer_de_la_validation(*, dossier_id: int, auteur, vu: str | None = None) -> Dossier:
    """« Retirer de la validation »: the dossier is a draft again; what was validated is forgotten.

    Raises:
        DroitManquant, EtatIncompatible: as `verrouiller`.
    """
    dossier = verrouiller(dossier_id, auteur, Geste.RETIRER, vu)
    de = dossier.etat_dossier
    dossier.etat = Etat.BROUILLON.value
    _oublier_approbation(dossier)
    dossier.save()
    noter(dossier, auteur, Geste.RETIRER, "Dossier retiré de la validation.", de=de)
    phrase = f"Le dossier «\u00a0{dossier.nom}\u00a0» est retiré de la validation."
    avertir(dossier, participants_de(dossier), Sujet.AVANCEE, phrase, sauf=auteur)
    return dossier


@transaction.atomic
def accepter(
    *,
    dossier_id: int,
    auteur,
    vu: str | None,
    date_effet: date | None = None,
    message: str = "",
    sans_tout_lire: bool = False,
) -> Dossier:
    """« Valider le dossier » by the Direction, « Approuver » by the manager or the tutelle (S164, S168, S169).

    The last validator chooses the date; today, the dossier is published at once.

    Args:
        dossier_id: the dossier.
        auteur: who validates.
        vu: when the dossier she was shown was last changed (ISO).
        date_effet: of the last validation, one date for the whole dossier (B4); today by default.
        message: a word to its authors; may be empty.
        sans_tout_lire: she says that she validates changes which she has not marked as read.

    Raises:
        DroitManquant: she does not validate this step.
        EtatIncompatible: the dossier does not wait for a validation, or changed since it was shown.
        SaisieInvalide: the date is past or too far, the message too long, or it is unread and she does not say so.
        IntegrationImpossible: conflicts remain to be settled, or a blocking rule is broken.
    """
    etape = Dossier.objects.values_list("etat", flat=True).get(pk=dossier_id)
    geste = Geste.VALIDER if etape == Etat.DIRECTION else Geste.APPROUVER
    dossier = verrouiller(dossier_id, auteur, geste, vu)
    de, aujourdhui = dossier.etat_dossier, timezone.localdate()
    _controler_message(message)
    rapport = simuler(dossier)
    if not rapport.integrable:
        raise IntegrationImpossible(rapport)
    if not sans_tout_lire and (non_lus := changements_non_lus(rapport, auteur)):
        raise SaisieInvalide({"sans_tout_lire": refus_sans_lire(non_lus)})
    dossier.etat = suivante(dossier.etapes, de).value
    if est_derniere(dossier.etapes, de):
        date_effet = date_effet or aujourdhui
        if erreur := erreur_de_date(date_effet, aujourdhui):
            raise SaisieInvalide({"date_effet": erreur})
        dossier.approuve_par, dossier.approuve_le, dossier.date_effet = auteur, timezone.now(), date_effet
        dossier.save()
        phrase = f"Dossier approuvé, à publier le {date_fr(date_effet)}."
        noter(dossier, auteur, geste, phrase, de=de, message=message.strip())
        if date_effet <= aujourdhui:
            _publier(dossier, rapport)
        else:
            avertir_fin(dossier, auteur, de)
        return dossier
    dossier.save()
    phrase = (
        "Dossier validé par la Direction." if geste is Geste.VALIDER else f"Dossier approuvé ({de.libelle.lower()})."
    )
    noter(dossier, auteur, geste, phrase, de=de, message=message.strip())
    avertir_valideurs(dossier, auteur, _resume(rapport, message))
    avertir(dossier, auteurs_de(dossier), Sujet.AVANCEE, f"«\u00a0{dossier.nom}\u00a0»\u00a0: {phrase}", sauf=auteur)
    return dossier


@dataclass(frozen=True, slots=True)
class DemandeCorrection:
    """One thing to correct: the fiche (None for the whole dossier), its nature, and why."""

    fiche_id: int | None
    nature: str
    message: str


@transaction.atomic
def demander_corrections(*, dossier_id: int, auteur, vu: str | None, demandes: Sequence[DemandeCorrection]) -> Dossier:
    """« Demande de correction »: sends the dossier back, with a reason for each fiche concerned (B8).

    Raises:
        DroitManquant, EtatIncompatible: as `accepter`.
        SaisieInvalide: no demand, or one without a reason, too long, or about a fiche that is not in the dossier.
    """
    dossier = verrouiller(dossier_id, auteur, Geste.CORRIGER, vu)
    de = dossier.etat_dossier
    if not demandes:
        raise SaisieInvalide({"message": "Dites ce qui est à corriger."})
    fiches = {f.pk: f for f in dossier.fiches.all()}
    corrections = []
    for demande in demandes:
        texte = demande.message.strip()
        if not texte:
            raise SaisieInvalide(
                {"message": "Dites ce qui est à corriger, par exemple «\u00a0Âge minimum à vérifier\u00a0»."}
            )
        _controler_message(texte)
        if demande.fiche_id is not None and demande.fiche_id not in fiches:
            raise SaisieInvalide({"fiche": "Cette fiche n’est plus dans le dossier."})
        if demande.nature not in Correction.Nature.values:
            raise SaisieInvalide({"nature": "Nature\u00a0: choisissez dans la liste."})
        fiche = fiches[demande.fiche_id] if demande.fiche_id is not None else None
        sujet = fiche.nom if fiche else "Tout le dossier"
        corrections.append(
            Correction(
                dossier=dossier,
                fiche=fiche,
                sujet=sujet,
                nature=demande.nature,
                message=texte,
                etape=de,
                demandee_par=auteur,
            )
        )
        if fiche is not None and not fiche.supprimee:
            FicheDossier.objects.filter(pk=fiche.pk).update(etat=FicheDossier.Etat.ATTENTE)
    Correction.objects.bulk_create(corrections)
    dossier.etat = Etat.A_CORRIGER.value
    dossier.save()
    message = "\n".join(f"{c.sujet}\u00a0: {c.message}" for c in corrections)
    phrase = f"{pluriel(len(corrections), 'correction demandée,corrections demandées')}."
    noter(dossier, auteur, Geste.CORRIGER, phrase, de=de, message=message)
    texte = f"Une correction vous est demandée sur le dossier «\u00a0{dossier.nom}\u00a0»."
    avertir(dossier, auteurs_de(dossier), Sujet.CORRECTION, texte, sauf=auteur, message=message)
    return dossier


@transaction.atomic
def annuler_correction(*, correction_id: int, auteur) -> Correction:
    """Takes a demand back; its message stays readable (B8).

    Raises:
        DroitManquant: neither its author, nor somebody who validates that step.
        EtatIncompatible: it is answered or taken back already.
    """
    correction = (
        Correction.objects.select_for_update(of=("self",))
        .select_related("dossier__etablissement")
        .get(pk=correction_id)
    )
    action = ACTION_ETAPE.get(Etat(correction.etape), Action.APPROUVER_DOSSIER)
    if correction.demandee_par_id != auteur.pk:
        exiger(auteur, action, correction.dossier.etablissement)
    if not correction.ouverte:
        raise EtatIncompatible("Cette demande de correction est déjà close.")
    correction.annulee_le = timezone.now()
    correction.save(update_fields=["annulee_le"])
    phrase = f"Demande de correction annulée\u00a0: {correction.sujet}."
    noter(correction.dossier, auteur, Geste.CORRIGER, phrase, message=correction.message)
    return correction


@transaction.atomic
def refuser(*, dossier_id: int, auteur, vu: str | None, motif: str) -> Dossier:
    """Refuses a dossier for good, with the reason: nothing of it will be published.

    Raises:
        DroitManquant, EtatIncompatible: as `accepter`.
        SaisieInvalide: no reason, or one of more than 1 000 characters.
    """
    dossier = verrouiller(dossier_id, auteur, Geste.REFUSER, vu)
    de, motif = dossier.etat_dossier, motif.strip()
    if not motif:
        raise SaisieInvalide({"motif": "Dites pourquoi ce dossier n’est pas retenu."})
    if len(motif) > 1000:
        raise SaisieInvalide({"motif": f"Motif\u00a0: 1\u202f000 caractères au plus ({len(motif)} saisis)."})
    dossier.etat, dossier.motif = Etat.REFUSE.value, motif
    dossier.save()
    noter(dossier, auteur, Geste.REFUSER, "Dossier non retenu.", de=de, message=motif)
    avertir_fin(dossier, auteur, de)
    return dossier


@transaction.atomic
def trancher(*, dossier_id: int, fiche_id: int, auteur, choix: dict[str, Choix]) -> FicheDossier:
    """Keeps the answers to the conflicts of a fiche, for its integration (B2); a validator may give them too.

    Raises:
        DroitManquant: she neither edits the dossier nor validates its present step.
        EtatIncompatible: the dossier is closed or approved, the fiche gone, or none of these conflicts stands any more.
    """
    dossier = Dossier.objects.select_for_update(of=("self",)).select_related("etablissement").get(pk=dossier_id)
    exiger_de_trancher(auteur, dossier)
    rapport = simuler(dossier)
    ligne = next((x for x in rapport.lignes.values() if x.fiche.pk == fiche_id), None)
    if ligne is None:
        raise EtatIncompatible("Cette fiche n’est plus dans le dossier\u00a0: quelqu’un l’a retirée entre-temps.")
    connus = {c.identifiant for c in conflits_de(ligne)}
    retenus = {nom: reponse for nom, reponse in choix.items() if nom in connus}
    if not retenus:
        raise EtatIncompatible(
            "Les valeurs ont changé depuis l’affichage\u00a0: relisez les différences, puis choisissez."
        )
    fiche, le = ligne.fiche, timezone.now().isoformat()
    fiche.choix = {
        **fiche.choix,
        **{nom: {"choix": r.value, "par": str(auteur), "le": le} for nom, r in retenus.items()},
    }
    fiche.save()
    dossier.save()
    noter(
        dossier,
        auteur,
        Geste.MODIFIER,
        f"{pluriel(len(retenus), 'conflit tranché')} sur «\u00a0{ligne.noeud.nom}\u00a0».",
    )
    return fiche


def exiger_de_trancher(auteur, dossier: Dossier) -> None:
    """Raises the refusal that fits: its editors settle while they prepare, its validators while it waits for them.

    Nobody does in an approved dossier: what is published is what was approved (B4), or goes back to its validator.
    """
    etat = dossier.etat_dossier
    if etat in ENVOYES:
        exiger_geste(auteur, dossier, Geste.VALIDER if etat is Etat.DIRECTION else Geste.APPROUVER)
        return
    exiger_geste(auteur, dossier, Geste.MODIFIER)
    if etat is Etat.APPROUVE:
        raise EtatIncompatible("Ce dossier est approuvé\u00a0: retirez-le de la validation pour changer vos choix.")


def publier_dossiers_echus(jour: date | None = None) -> int:
    """Publishes the approved dossiers whose date has come, each in its own transaction; late or twice without harm.

    One that the Répertoire now contradicts goes back to its last validator, who is told why.

    Returns:
        How many dossiers were published.
    """
    jour = jour or timezone.localdate()
    echus = Dossier.objects.filter(etat=Etat.APPROUVE.value, date_effet__lte=jour).order_by("date_effet", "pk")
    publies = 0
    for pk in list(echus.values_list("pk", flat=True)):
        try:
            publies += _publier_echu(pk, jour)
        except Exception:  # whatever stops one dossier must not hold back the others: it is logged and tried again
            journal.exception("Publication impossible du dossier %s", pk)
    return publies


def _publier_echu(pk: int, jour: date) -> int:
    try:
        with transaction.atomic():
            dossier = Dossier.objects.select_for_update(of=("self",)).select_related("etablissement").get(pk=pk)
            if dossier.etat_dossier is not Etat.APPROUVE or not dossier.date_effet or dossier.date_effet > jour:
                return 0
            _publier(dossier)
            return 1
    except IntegrationImpossible as refus_d_integrer:
        _arreter(pk, str(refus_d_integrer))
    except ErreurMetier as erreur:
        _arreter(pk, str(erreur))
    return 0


def _publier(dossier: Dossier, rapport: Rapport | None = None) -> None:
    """Integrates an approved dossier; the caller holds its lock and the transaction."""
    integrer(dossier, dossier.approuve_par)
    de = dossier.etat_dossier
    dossier.etat, dossier.publie_le = Etat.PUBLIE.value, timezone.now()
    dossier.save()
    noter(dossier, None, Geste.PUBLIER, "Dossier publié dans le Répertoire.", de=de)
    phrase = f"Le dossier «\u00a0{dossier.nom}\u00a0» est publié dans le Répertoire."
    adresse = reverse("fiche", args=[dossier.etablissement_id])
    avertir(dossier, participants_de(dossier), Sujet.DECISION, phrase, adresse=adresse)


@transaction.atomic
def _arreter(pk: int, raison: str) -> None:
    """A dossier that cannot be published at its date goes back to its last validator."""
    dossier = Dossier.objects.select_for_update(of=("self",)).select_related("etablissement").get(pk=pk)
    if dossier.etat_dossier is not Etat.APPROUVE:
        return
    de = dossier.etat_dossier
    dossier.etat = dossier.etapes[-1].value
    _oublier_approbation(dossier)
    dossier.save()
    noter(
        dossier,
        None,
        Geste.ARRETER,
        "Publication arrêtée\u00a0: le Répertoire a changé depuis l’approbation.",
        de=de,
        message=raison,
    )
    adresse = reverse("dossier-relecture", args=[dossier.pk])
    phrase = f"Le dossier «\u00a0{dossier.nom}\u00a0» n’a pas pu être publié\u00a0: un choix est à faire."
    destinataires = [*valideurs_de(dossier), *auteurs_de(dossier)]
    avertir(dossier, destinataires, Sujet.CONFLIT, phrase, message=raison, adresse=adresse)


def _oublier_approbation(dossier: Dossier) -> None:
    dossier.approuve_par = dossier.approuve_le = dossier.date_effet = None


def _cocher_corrections(dossier: Dossier, auteur, faites: bool) -> None:
    """« corrections effectuées »: nothing goes on while a demand stays open (B8)."""
    ouvertes = [c for c in dossier.corrections.all() if c.ouverte]
    if not ouvertes:
        return
    if not faites:
        raise SaisieInvalide(
            {"corrections_faites": "Cochez «\u00a0Corrections effectuées\u00a0» une fois les corrections faites."}
        )
    dossier.corrections.filter(pk__in=[c.pk for c in ouvertes]).update(faite_par=auteur, faite_le=timezone.now())


def _controler_message(message: str) -> None:
    if len(message) > LONGUEUR_MESSAGE:
        raise SaisieInvalide({"message": f"Message\u00a0: 2\u202f000 caractères au plus ({len(message)} saisis)."})
    if "\x00" in message:
        raise SaisieInvalide({"message": "Message\u00a0: un caractère ne peut pas être enregistré. Retapez ce texte."})


def _resume(rapport: Rapport, message: str) -> str:
    """What the mail to a validator says: the word of the sender, then the changes in sentences."""
    changements = changements_de(rapport)
    lignes = [f"- {c.phrase}" for c in changements[:12]]
    if len(changements) > 12:
        lignes.append(f"… et {len(changements) - 12} autres changements.")
    return "\n".join(filter(None, [message.strip(), *lignes]))
