"""Two persons on one fiche: every act that changes a fiche compares what its author saw with what is there now."""

import inspect
from datetime import timedelta

import pytest
from django.utils import timezone

from referentiel import actions, fiches
from referentiel.actions.engagement import conflits_de
from referentiel.actions.fiches import modification_en_attente
from referentiel.actions.lieux import lire_lieu
from referentiel.changements import Choix
from referentiel.fermeture import Fermeture
from referentiel.models import (
    ChangementPropose,
    DemandeCorrection,
    EntreeJournal,
    Lieu,
    Modification,
    Role,
    Structure,
    UniteOperationnelle,
)
from ror.commun.erreurs import ConflitDeVersion, EtatIncompatible
from ror.comptes.courriels import Portail
from ror.comptes.models import Region
from tests.fabriques import HabilitationFactory

pytestmark = pytest.mark.django_db
CIBLES = {"structure_id", "modification_id", "lieu_id", "demande_id", "entree_id", "etablissement_id"}
"""A public act on one of these changes a fiche or what is asked about it."""

EXEMPTES = {
    "publier_echues": "no screen: it reads each fiche again under its lock and merges by the values the author saw",
    "creer_lieu": "adds a lieu that nobody saw; a second one of the same name is refused",
    "demander_correction": "changes no fiche: it keeps the value that was seen, for the support to compare",
    "accorder": "gives a right on a structure; no value of the fiche is read nor written",
    "ouvrir_compte": "as accorder, to a person who has no account yet",
    "deposer_demande": "asks for a right on a structure; no value of the fiche is read nor written",
    "accepter_demande": "answers a request for a right, not a fiche; its state refuses a second answer",
    "ecarter_demande": "as accepter_demande",
    "relire_offres": "what changed since it was shown is left to be re-read, and told (test_relecture_par_lots)",
    "ajouter_favori": "a person's own bookmark; no value of the fiche is read nor written",
    "retirer_favori": "as ajouter_favori",
}
"""Acts without a form to be stale, and why."""


def lire(structure) -> dict:
    return fiches.lire(Structure.objects.get(pk=structure.pk))


def saisir(structure, auteur, **saisies) -> None:
    actions.enregistrer(structure_id=structure.pk, auteur=auteur, vues=lire(structure), saisies=saisies)


def vu(structure, modification=None) -> actions.EtatVu:
    structure = Structure.objects.get(pk=structure.pk)
    return actions.EtatVu.de(structure, modification or modification_en_attente(structure))


def contredite(offre, referente, collegue) -> Modification:
    """A scheduled change that what a colleague published since contradicts."""
    saisir(offre, referente, nom="Unité A")
    demain = timezone.localdate() + timedelta(days=1)
    modification = actions.valider(structure_id=offre.pk, auteur=referente, relue=True, date_effet=demain)
    actions.renommer(structure_id=offre.pk, auteur=collegue, nom="Unité B")
    Modification.objects.update(date_effet=timezone.localdate())
    actions.publier_echues()
    return Modification.objects.get(pk=modification.pk)


def enregistrer(offre, referente, collegue):
    vues = lire(offre)
    saisir(offre, collegue, nom="Unité B")
    return lambda: actions.enregistrer(structure_id=offre.pk, auteur=referente, vues=vues, saisies={"nom": "Unité A"})


def renommer(offre, referente, collegue):
    envoi = {"structure_id": offre.pk, "auteur": referente, "nom": "Unité A", "nom_vu": offre.nom}
    actions.renommer(structure_id=offre.pk, auteur=collegue, nom="Unité B")
    return lambda: actions.renommer(**envoi)


def valider(offre, referente, collegue):
    envoi = {"structure_id": offre.pk, "auteur": referente, "relue": True, "vu": vu(offre)}
    saisir(offre, collegue, nom="Unité B")
    return lambda: actions.valider(**envoi)


def abandonner(offre, referente, collegue):
    saisir(offre, referente, nom="Unité A")
    envoi = {"structure_id": offre.pk, "auteur": referente, "vu": vu(offre)}
    saisir(offre, collegue, age_min=61)
    return lambda: actions.abandonner(**envoi)


def annuler(offre, referente, collegue):
    modification = contredite(offre, referente, collegue)
    envoi = {"modification_id": modification.pk, "auteur": referente, "vu": vu(offre, modification)}
    conflits, _ = conflits_de(modification, Structure.objects.get(pk=offre.pk))
    Modification.objects.update(date_effet=timezone.localdate() + timedelta(days=1))
    choix = {c.identifiant: Choix.IMPOSER for c in conflits}
    actions.arbitrer(modification_id=modification.pk, auteur=collegue, choix=choix)
    return lambda: actions.annuler(**envoi)


def arbitrer(offre, referente, collegue):
    modification = contredite(offre, referente, collegue)
    conflits, _ = conflits_de(modification, Structure.objects.get(pk=offre.pk))
    choix = {c.identifiant: Choix.IMPOSER for c in conflits}
    actions.renommer(structure_id=offre.pk, auteur=collegue, nom="Unité C")
    return lambda: actions.arbitrer(modification_id=modification.pk, auteur=referente, choix=choix)


def changer_date(offre, referente, collegue):
    saisir(offre, referente, nom="Unité A")
    demain, apres = (timezone.localdate() + timedelta(days=n) for n in (1, 2))
    modification = actions.valider(structure_id=offre.pk, auteur=referente, relue=True, date_effet=demain)
    actions.changer_date(modification_id=modification.pk, auteur=collegue, date_effet=apres)
    envoi = {"modification_id": modification.pk, "auteur": referente, "date_vue": demain}
    return lambda: actions.changer_date(**envoi, date_effet=demain + timedelta(days=5))


def annuler_publication(offre, referente, collegue):
    actions.renommer(structure_id=offre.pk, auteur=referente, nom="Unité A")
    entree = EntreeJournal.objects.get()
    version = Structure.objects.get(pk=offre.pk).version
    saisir(offre, collegue, age_min=61)
    actions.valider(structure_id=offre.pk, auteur=collegue, relue=True)
    return lambda: actions.annuler_publication(entree_id=entree.pk, auteur=referente, version_vue=version)


def fermee(offre, collegue) -> dict:
    """A closing shown to a person, that a colleague moved since."""
    jour = timezone.localdate()
    vue = Fermeture("PRO", jour - timedelta(days=1), jour + timedelta(days=10))
    Structure.objects.filter(pk=offre.pk).update(etat="PRO")
    colonnes = {"type_fermeture": vue.type, "date_fermeture": vue.du, "date_reouverture_prevue": vue.reouverture}
    UniteOperationnelle.objects.filter(pk=offre.pk).update(**colonnes)
    au = jour + timedelta(days=20)
    actions.repousser_reouverture(structure_id=offre.pk, auteur=collegue, vue=vue, au=au)
    return {"structure_id": offre.pk, "vue": vue}


def rouvrir(offre, referente, collegue):
    envoi = fermee(offre, collegue)
    return lambda: actions.rouvrir(**envoi, auteur=referente)


def confirmer_reouverture(offre, referente, collegue):
    envoi = fermee(offre, collegue)
    return lambda: actions.confirmer_reouverture(**envoi, auteur=referente)


def repousser_reouverture(offre, referente, collegue):
    envoi = fermee(offre, collegue)
    au = timezone.localdate() + timedelta(days=30)
    return lambda: actions.repousser_reouverture(**envoi, auteur=referente, au=au)


def marquer_a_jour(offre, referente, collegue):
    actions.renommer(structure_id=offre.pk, auteur=collegue, nom="Unité B")
    envoi = {"structure_id": offre.pk, "auteur": referente, "section": "informations"}
    return lambda: actions.marquer_a_jour(**envoi, version_vue=1)


def modifier_lieu(offre, referente, collegue):
    lieu = Lieu.objects.create(etablissement=offre.parent, nom="Site des Glycines")
    envoi = {"lieu_id": lieu.pk, "vues": lire_lieu(lieu)}
    actions.modifier_lieu(**envoi, auteur=collegue, saisies={"nom": "Site B"})
    return lambda: actions.modifier_lieu(**envoi, auteur=referente, saisies={"nom": "Site A"})


def demande(offre, referente) -> dict:
    """A request of correction, and the support that answers it."""
    support = HabilitationFactory(structure=None, role=Role.SUPPORT).utilisateur
    demandee = DemandeCorrection.objects.create(structure=offre, champ="adresse", message="x", auteur=referente)
    portail = Portail("https://ror.exemple.fr", Region.objects.first())
    return {"demande_id": demandee.pk, "auteur": support, "portail": portail}


def repondre_demande(offre, referente, collegue):
    envoi = demande(offre, referente)
    reponse = {"etat": DemandeCorrection.Etat.TRAITEE, "reponse": "Fait."}
    actions.repondre_demande(**envoi, **reponse)
    return lambda: actions.repondre_demande(**envoi, **reponse)


def appliquer_demande(offre, referente, collegue):
    envoi = demande(offre, referente)
    actions.repondre_demande(**envoi, etat=DemandeCorrection.Etat.TRAITEE, reponse="Fait.")
    return lambda: actions.appliquer_demande(**envoi)


PERIMES = {
    acte.__name__: acte
    for acte in (
        enregistrer,
        renommer,
        valider,
        abandonner,
        annuler,
        arbitrer,
        changer_date,
        annuler_publication,
        rouvrir,
        confirmer_reouverture,
        repousser_reouverture,
        marquer_a_jour,
        modifier_lieu,
        repondre_demande,
        appliquer_demande,
    )
}
"""Public act → how its author comes to send it on something that a colleague changed meanwhile."""


def test_chaque_acte_sur_une_fiche_a_son_essai_perime_ou_sa_raison():
    publics = {nom: getattr(actions, nom) for nom in actions.__all__ if inspect.isfunction(getattr(actions, nom))}
    concernes = {nom for nom, acte in publics.items() if CIBLES & inspect.signature(acte).parameters.keys()}
    assert concernes | {"publier_echues"} == PERIMES.keys() | EXEMPTES.keys()
    assert not PERIMES.keys() & EXEMPTES.keys()


@pytest.mark.parametrize("nom", PERIMES)
def test_un_envoi_perime_est_refuse_et_ne_change_rien(offre, referente, collegue, nom):
    envoyer = PERIMES[nom](offre, referente, collegue)

    def etat() -> list:
        modifications = list(Modification.objects.order_by("pk").values("pk", "etat", "modifiee_le"))
        propositions = list(ChangementPropose.objects.order_by("pk").values_list("champ", "base", "propose"))
        return [lire(offre), modifications, propositions, EntreeJournal.objects.count(), list(Lieu.objects.values())]

    avant = etat()
    with pytest.raises((ConflitDeVersion, EtatIncompatible)) as refus:
        envoyer()
    assert len(str(refus.value)) > 20
    assert etat() == avant
