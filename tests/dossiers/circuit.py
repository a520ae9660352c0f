"""Dossiers at each step of the circuit, and the persons of each role, for the tests of the circuit."""

from dataclasses import dataclass, field
from datetime import timedelta
from importlib import import_module

from django.apps import apps
from django.test import Client
from django.utils import timezone

from dossiers import actions
from dossiers.models import Dossier, FicheDossier
from referentiel import actions as fiches
from referentiel import fiches as lecture
from referentiel.models import Role, Structure
from referentiel.niveaux import Niveau
from ror.comptes.models import Utilisateur
from tests.fabriques import (
    EGFactory,
    HabilitationFactory,
    PoleFactory,
    RegionFactory,
    UFFactory,
    UOFactory,
    UtilisateurFactory,
    code,
)

ROLES = ("lecteur", "referent", "direction", "gestionnaire", "tutelle", "support", "autre", "anonyme")


@dataclass
class Monde:
    """One hospital, its two units, and one person per role."""

    hopital: Structure
    cardio: Structure
    rythmo: Structure
    personnes: dict[str, Utilisateur] = field(default_factory=dict)

    def client(self, role: str) -> Client:
        client = Client()
        if role != "anonyme":
            client.force_login(self.personnes[role])
        return client

    def __getattr__(self, nom: str):
        if nom in ROLES:
            return self.personnes[nom]
        raise AttributeError(nom)


def semer_regles() -> None:
    """The three routes of the guides, as the migration sows them: a transactional test starts from empty tables."""
    import_module("dossiers.migrations.0004_regles_de_validation").semer(apps, None)


def monde(groupe: str = "MCO") -> Monde:
    """Makes the hospital and everybody."""
    RegionFactory()
    semer_regles()
    code("TRE_R244", "21", "Hébergement")
    eg = EGFactory(groupe=groupe, nom="CH de Valmont", departement="77")
    uf = UFFactory(parent=PoleFactory(parent=eg, nom="Pôle A"), nom="UF 1")
    m = Monde(
        eg, *(UOFactory(parent=uf, nom=nom, groupe=groupe) for nom in ("Unité de cardiologie", "Unité de rythmologie"))
    )
    for role in ("lecteur", "referent", "direction"):
        m.personnes[role] = personne(role, structure=eg, role=role)
    for role in ("gestionnaire", "tutelle", "support"):
        m.personnes[role] = personne(role, structure=None, role=role)
    m.personnes["autre"] = personne("autre", structure=EGFactory(groupe="MCO"), role=Role.REFERENT)
    return m


def personne(prenom: str, **droit) -> Utilisateur:
    """One account with one right."""
    utilisateur = UtilisateurFactory(prenom=prenom.capitalize())
    return HabilitationFactory(utilisateur=utilisateur, **droit).utilisateur


def brouillon(m: Monde) -> Dossier:
    """A pole created and finalised, one unit moved under its UF, the other deleted."""
    dossier = actions.ouvrir(structure=m.hopital, auteur=m.referent, nom="77 MAJ MCO – CH de Valmont")
    pk = dossier.pk
    (pole,) = actions.creer_fiches(
        dossier_id=pk, sous=f"s{m.hopital.pk}", niveau=Niveau.P, auteur=m.referent, nom="Pôle B"
    )
    (uf,) = actions.creer_fiches(dossier_id=pk, sous=pole.cle, niveau=Niveau.UF, auteur=m.referent, nom="UF 2")
    for fiche in (pole, uf):
        finaliser(dossier, fiche.cle, m.referent)
    actions.deplacer(dossier_id=pk, places={f"s{m.cardio.pk}": uf.cle}, auteur=m.referent)
    actions.supprimer(dossier_id=pk, cles=[f"s{m.rythmo.pk}"], auteur=m.referent, motif="Arrêtée")
    dossier.refresh_from_db()
    return dossier


def finaliser(dossier: Dossier, cle: str, auteur: Utilisateur) -> FicheDossier | None:
    envoi = actions.Envoi({}, {})
    return actions.enregistrer_fiche(dossier_id=dossier.pk, cle=cle, auteur=auteur, envoi=envoi, finaliser=True)


def changer(dossier: Dossier, structure: Structure, auteur: Utilisateur, **saisies) -> None:
    """Changes fields of a live fiche in the dossier, and finalises it."""
    vues = lecture.lire(Structure.objects.get(pk=structure.pk))
    # The engine takes what was seen as the base of what is typed.
    envoi = actions.Envoi({nom: vues.get(nom) for nom in saisies}, saisies)
    actions.enregistrer_fiche(
        dossier_id=dossier.pk, cle=f"s{structure.pk}", auteur=auteur, envoi=envoi, finaliser=False
    )
    FicheDossier.objects.filter(dossier=dossier, structure=structure).update(etat=FicheDossier.Etat.FINALISEE)
    dossier.refresh_from_db()


def diffuser(structure: Structure, auteur: Utilisateur, **saisies) -> None:
    """Edits a live fiche and broadcasts it at once."""
    vues = lecture.lire(Structure.objects.get(pk=structure.pk))
    fiches.enregistrer(structure_id=structure.pk, auteur=auteur, vues=vues, saisies=saisies)
    fiches.valider(structure_id=structure.pk, auteur=auteur, relue=True, date_effet=timezone.localdate())


def envoyer(m: Monde, dossier: Dossier, **options) -> Dossier:
    return actions.envoyer(dossier_id=dossier.pk, auteur=m.referent, **options)


def mener(m: Monde, etat: str) -> Dossier:
    """Returns a dossier of the hospital brought to a state through the acts that lead there."""
    dossier = brouillon(m)
    if etat == "brouillon":
        return dossier
    if etat == "abandonne":
        return actions.abandonner(dossier_id=dossier.pk, auteur=m.referent)
    dossier = envoyer(m, dossier)
    if etat == "tutelle":
        Dossier.objects.filter(pk=dossier.pk).update(etat="tutelle", route=["tutelle"])
    elif etat == "a_corriger":
        demande = actions.DemandeCorrection(None, "incorrect", "À revoir")
        actions.demander_corrections(dossier_id=dossier.pk, auteur=m.direction, vu=None, demandes=[demande])
    elif etat == "refuse":
        actions.refuser(dossier_id=dossier.pk, auteur=m.direction, vu=None, motif="Hors sujet")
    elif etat != "direction":
        dossier = actions.accepter(dossier_id=dossier.pk, auteur=m.direction, vu=None, sans_tout_lire=True)
        if etat != "gestionnaire":
            jour = timezone.localdate() + timedelta(days=10) if etat == "approuve" else None
            actions.accepter(
                dossier_id=dossier.pk, auteur=m.gestionnaire, vu=None, sans_tout_lire=True, date_effet=jour
            )
        if etat == "annule":
            actions.annuler_integration(dossier_id=dossier.pk, auteur=m.gestionnaire, motif="Erreur")
    return Dossier.objects.select_related("etablissement").get(pk=dossier.pk)


def vu(dossier: Dossier) -> str:
    return Dossier.objects.get(pk=dossier.pk).modifie_le.isoformat()
