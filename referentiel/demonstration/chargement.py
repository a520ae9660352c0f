"""Writes the demonstration, once, in one transaction, through the same writers as everything else."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, cast
from uuid import NAMESPACE_URL, uuid5

from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction
from django.utils import timezone

from referentiel import arbre, fiches
from referentiel.actions import enregistrer, valider
from referentiel.actions.verifications import sections_verifiables, verifier_sections
from referentiel.derives import rafraichir
from referentiel.models import Code, EntreeJournal, Habilitation, Lieu, Role, Structure
from referentiel.models.structure import Etat, Origine
from referentiel.niveaux import Niveau
from ror.commun.erreurs import EtatIncompatible
from ror.commun.texte import normaliser
from ror.comptes.models import Region, Utilisateur, VersionCGU

from . import numeros, textes
from .hopital import HOPITAL
from .medicosocial import ASSOCIATION
from .modele import Noeud
from .semaines import avec_samedi, semaines

_POSITION = "Démonstration : position fictive"


class VraisComptes(EtatIncompatible):
    """Real persons have accounts here: the demonstration is not loaded, nothing was written."""


@dataclass(frozen=True, slots=True)
class Compte:
    """One account: `structures` are FINESS numbers; `essai` is what to try with it, in French."""

    prenom: str
    nom: str
    role: str
    essai: str
    structures: tuple[str, ...] = ()
    departements: tuple[str, ...] = ()
    groupes: tuple[str, ...] = ()
    premiere_connexion: bool = False

    @property
    def identifiant(self) -> str:
        return normaliser(self.prenom + self.nom).replace(" ", "")


COMPTES = (
    Compte(
        "Camille",
        "Démo",
        Role.REFERENT,
        "mettre à jour une offre de l’EHPAD TEST, la relire et la diffuser",
        (numeros.EG_HOPITAL, numeros.EG_EHPAD),
    ),
    Compte(
        "Alix",
        "Modèle",
        Role.DIRECTION,
        "relire et diffuser ce que Camille a modifié",
        (numeros.EJ_HOPITAL, numeros.EJ_HORIZONS),
    ),
    Compte("Lou", "Lecture", Role.LECTEUR, "parcourir le Répertoire sans rien modifier"),
    Compte("Dominique", "Région", Role.GESTIONNAIRE, "suivre l’import FINESS, ouvrir des comptes"),
    Compte(
        "Claude",
        "Tutelle",
        Role.TUTELLE,
        "consulter l’IME des Trois Chênes (handicap, 77)",
        departements=(numeros.DEPARTEMENT,),
        groupes=("MSS",),
    ),
    Compte("Sacha", "Support", Role.SUPPORT, "corriger une donnée FINESS, répondre aux demandes d’accès"),
    Compte("Andréa", "Admin", Role.ADMINISTRATEUR, "tout faire"),
    Compte(
        "Noa",
        "Nouveau",
        Role.REFERENT,
        "première connexion : choisir un nouveau mot de passe (IME des Trois Chênes)",
        (numeros.EG_IME,),
        premiere_connexion=True,
    ),
)


def est_chargee() -> bool:
    """Tells whether the demonstration is in this database."""
    return Structure.objects.filter(numero_finess=numeros.EJ_HOPITAL).exists()


def comptes_de_demonstration(mot_de_passe: str) -> list[tuple[Compte, bool]]:
    """Returns each account that still exists, and whether `mot_de_passe` opens it."""
    empreintes = dict(
        Utilisateur.objects.filter(identifiant__in=_identifiants()).values_list("identifiant", "password")
    )
    ouvre = {empreinte: check_password(mot_de_passe, empreinte) for empreinte in set(empreintes.values())}
    return [(c, ouvre[empreintes[c.identifiant]]) for c in COMPTES if c.identifiant in empreintes]


@transaction.atomic
def charger(*, mot_de_passe: str, forcer: bool = False) -> None:
    """Creates the region, its texts, the accounts, the establishments and a few modifications under way.

    Args:
        mot_de_passe: that of every account.
        forcer: accept a database where real persons have accounts.

    Raises:
        VraisComptes: real persons have accounts here.
        EtatIncompatible: the code lists are not loaded.
    """
    if not forcer and Utilisateur.objects.exclude(identifiant__in=_identifiants()).exists():
        raise VraisComptes("Cette base a ses propres comptes : la démonstration n’y est pas chargée.")
    if not Code.objects.exists():
        raise EtatIncompatible("Chargez d’abord les nomenclatures : manage.py charger_nomenclatures.")
    _charger_textes()
    personnes = _creer_personnes(mot_de_passe)
    creation = _Creation(auteur=personnes["alixmodele"])
    for racine in (ASSOCIATION, HOPITAL):
        creation.creer(racine, None)
    _accorder(personnes)
    _modifier(personnes["camilledemo"])
    for suite in _SUITES:
        suite(personnes)


_SUITES: list[Callable[[dict[str, Utilisateur]], None]] = []


def ajouter_suite(suite: Callable[[dict[str, Utilisateur]], None]) -> None:
    """Adds what another app shows in the demonstration; `suite` is given the persons, by identifiant."""
    _SUITES.append(suite)


def _identifiants() -> Collection[str]:
    return [compte.identifiant for compte in COMPTES]


def _charger_textes() -> None:
    Region.objects.get_or_create(
        code=textes.CODE_REGION,
        defaults={**textes.REGION, "par_defaut": not Region.objects.filter(par_defaut=True).exists()},
    )
    VersionCGU.objects.get_or_create(numero=textes.CGU_NUMERO, defaults={"texte": textes.CGU_TEXTE})


def _creer_personnes(mot_de_passe: str) -> dict[str, Utilisateur]:
    """Creates the accounts with one shared hash: hashing is slow on purpose, and the password is the same."""
    empreinte = make_password(mot_de_passe)
    for compte in COMPTES:
        Utilisateur.objects.get_or_create(
            identifiant=compte.identifiant,
            defaults={
                "prenom": compte.prenom,
                "nom": compte.nom,
                "courriel": f"{compte.identifiant}@demonstration.example",
                "password": empreinte,
                "doit_changer_mot_de_passe": compte.premiere_connexion,
            },
        )
    return {u.identifiant: u for u in Utilisateur.objects.filter(identifiant__in=_identifiants())}


def _accorder(personnes: dict[str, Utilisateur]) -> None:
    noeuds = {
        s.numero_finess: s
        for s in Structure.objects.filter(numero_finess__in=[n for c in COMPTES for n in c.structures])
    }
    for compte in COMPTES:
        commun = {
            "utilisateur": personnes[compte.identifiant],
            "role": compte.role,
            "accordee_par": personnes["andreaadmin"],
        }
        for numero in compte.structures:
            Habilitation.objects.create(**commun, structure=noeuds[numero])
        if not compte.structures:
            Habilitation.objects.create(**commun, departements=list(compte.departements), groupes=list(compte.groupes))


class _Creation:
    """Creates the nodes one below the other; reads the codes of the types of offers once."""

    def __init__(self, auteur: Utilisateur) -> None:
        self.auteur = auteur
        self.maintenant = timezone.now()
        self.semaines = semaines(timezone.localdate())
        self.types = {c.code: c for c in Code.objects.filter(nomenclature__identifiant="TRE_R244")}
        self.fonctions = {c.code: c for c in Code.objects.filter(nomenclature__identifiant="JDV_J198")}
        self.lieux: dict[str, Lieu] = {}

    def creer(self, noeud: Noeud, parent: Structure | None) -> None:
        structure = arbre.inserer(
            structure=Structure(
                niveau=noeud.niveau,
                nom=noeud.nom,
                numero_finess=noeud.numero_finess,
                departement=numeros.DEPARTEMENT,
                groupe=noeud.groupe,
                etat=Etat.OUVERTE if noeud.fermee is None else Etat.FERMEE_PROVISOIREMENT,
                origine=Origine.DEMONSTRATION,
            ),
            parent=parent,
        )
        self._detailler(structure, noeud)
        fiches.ecrire(structure, self._valeurs(noeud))
        self._journaliser(structure, noeud)
        rafraichir([structure.pk])
        if noeud.relue is not None:
            sections = sections_verifiables(structure.type_niveau)
            verifier_sections(structure, self.auteur, sections, self.maintenant - timedelta(days=noeud.relue))
        if noeud.niveau == Niveau.EG:
            self.lieux = {nom: self._creer_lieu(structure, nom, dict(v)) for nom, v in dict(noeud.lieux).items()}
        for enfant in noeud.enfants:
            self.creer(enfant, structure)

    def _valeurs(self, noeud: Noeud) -> dict:
        valeurs = dict(noeud.valeurs)
        racine = f"demonstration/{noeud.numero_finess or noeud.nom}"
        if noeud.contacts:
            valeurs["contacts"] = {
                str(uuid5(NAMESPACE_URL, f"{racine}/{rang}")): ligne for rang, ligne in enumerate(noeud.contacts)
            }
        for nom, lignes in noeud.tables.items():
            valeurs[nom] = {
                str(uuid5(NAMESPACE_URL, f"{racine}/{nom}/{rang}")): ligne for rang, ligne in enumerate(lignes)
            }
        if noeud.horaires:
            valeurs["horaires"] = self.semaines[noeud.horaires]
        return valeurs

    def _detailler(self, structure: Structure, noeud: Noeud) -> None:
        """Writes the columns that are no field of the fiche: type of offer, re-reading, closure, FINESS date."""
        detail: Any = fiches.DETAILS[structure.type_niveau](structure=structure)
        if structure.niveau == Niveau.UO:
            detail.type_offre = self.types[noeud.type_offre]
            if noeud.relue is not None:
                detail.relue_le, detail.relue_par = self.maintenant - timedelta(days=noeud.relue), self.auteur
            if noeud.fermee is not None:
                jour = self.maintenant.date()
                detail.type_fermeture = "PRO"
                detail.date_fermeture = jour - timedelta(days=15)
                detail.date_reouverture_prevue = jour + timedelta(days=noeud.fermee)
        elif structure.niveau in (Niveau.EJ, Niveau.EG):
            detail.finess_recu_le = self.maintenant.date()
            _situer(detail, noeud)
        detail.save()
        if structure.niveau == Niveau.UO:
            detail.lieux.set([self.lieux[nom] for nom in noeud.lieux])

    def _creer_lieu(self, etablissement: Structure, nom: str, colonnes: dict) -> Lieu:
        fonction = self.fonctions.get(colonnes.pop("fonction", ""))
        return Lieu.objects.create(
            etablissement=etablissement,
            nom=nom,
            fonction=fonction,
            source_position=_POSITION,
            **colonnes,
            **numeros.VILLE,
        )

    def _journaliser(self, structure: Structure, noeud: Noeud) -> None:
        finess = structure.niveau in (Niveau.EJ, Niveau.EG)
        EntreeJournal.objects.create(
            structure=structure,
            version=structure.version,
            le=self.maintenant - timedelta(days=noeud.relue or 0),
            auteur=None if finess else self.auteur,
            origine=EntreeJournal.Origine.FINESS if finess else EntreeJournal.Origine.SAISIE,
            motif="Région de démonstration",
            phrases=["Fiche créée."],
        )


def _situer(detail: Any, noeud: Noeud) -> None:
    """Puts an establishment where its first lieu is."""
    lieu = next((v for v in dict(noeud.lieux).values() if v.get("latitude")), None)
    if lieu:
        detail.latitude, detail.longitude, detail.source_position = lieu["latitude"], lieu["longitude"], _POSITION


def _modifier(auteur: Utilisateur) -> None:
    """Leaves one modification that waits on one offer, one scheduled on another."""
    offres = {s.nom: s for s in Structure.objects.filter(niveau=Niveau.UO, origine=Origine.DEMONSTRATION)}
    hebergement = offres["Unité d’hébergement pour personnes âgées dépendantes"]
    _enregistrer(
        hebergement,
        auteur,
        conditions_admission="Dossier unique de demande d’admission ; commission chaque mardi ; visite souhaitée.",
    )
    jour = offres["Unité d’accueil de jour pour personnes âgées"]
    _enregistrer(jour, auteur, horaires=avec_samedi(cast(dict, fiches.lire(jour)["horaires"])))
    valider(structure_id=jour.pk, auteur=auteur, relue=True, date_effet=timezone.localdate() + timedelta(days=10))


def _enregistrer(structure: Structure, auteur: Utilisateur, **saisies) -> None:
    vues = fiches.lire(structure)
    enregistrer(structure_id=structure.pk, auteur=auteur, vues={c: vues[c] for c in saisies}, saisies=saisies)
