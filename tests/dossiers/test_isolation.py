"""A dossier does not exist for others (S126): every door of the portal, opened before and after it, answers the same.

`PORTES` is the table of doors, one line per named URL: an URL that is not in it fails the test.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from dossiers import actions, courriels
from dossiers import urls as adresses_des_dossiers
from dossiers.models import Avis, Commentaire, Dossier
from referentiel.models import DemandeCorrection, Lieu, Role, Structure
from referentiel.niveaux import Niveau
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

pytestmark = pytest.mark.django_db
SECRET = "zibeline"
"""In all that the dossier holds and that nobody else may read."""


@dataclass
class Monde:
    """A hospital and its people; `fiches` are the live fiches that the dossier touches, and what is above them."""

    hopital: Structure
    referente: object
    fiches: list[Structure]
    lieu: Lieu
    demande: DemandeCorrection
    dossier: Dossier | None = None
    cles: dict[str, int] = field(default_factory=lambda: {"dossier": 1, "creation": 1, "commentaire": 1, "avis": 1})


@pytest.fixture
def monde(db) -> Monde:
    cache.clear()
    RegionFactory()
    code("TRE_R244", "21", "Hébergement")
    eg = EGFactory(groupe="MCO", nom="CH de Valmont", departement="77")
    pole = PoleFactory(parent=eg, nom="Pôle A")
    uf = UFFactory(parent=pole, nom="UF 1")
    autre_uf = UFFactory(parent=pole, nom="UF 2")
    unites = [UOFactory(parent=uf, nom=nom) for nom in ("Unité de cardiologie", "Unité de rythmologie")]
    UOFactory(parent=autre_uf, nom="Unité d’angiologie")
    referente = HabilitationFactory(structure=eg).utilisateur
    demande = DemandeCorrection.objects.create(structure=eg, champ="adresse", message="x", auteur=referente)
    lieu = Lieu.objects.create(etablissement=eg, nom="Site")
    fiches = list(Structure.objects.filter(pk__in=[s.pk for s in (eg.parent, eg, pole, uf, autre_uf, *unites)]))
    return Monde(eg, referente, fiches, lieu, demande)


def remplir(monde: Monde) -> None:
    """The dossier: creations, a rename, changes, a move, a deletion, comments, avis, and its sending."""
    auteur, eg = monde.referente, monde.hopital
    dossier = actions.ouvrir(structure=eg, auteur=auteur, nom=f"77 MAJ MCO – {SECRET}")
    faire = {"dossier_id": dossier.pk, "auteur": auteur}
    noms = {s.nom: s for s in monde.fiches}
    (pole,) = actions.creer_fiches(sous=f"s{eg.pk}", niveau=Niveau.P, nom=f"Pôle {SECRET}", **faire)
    (uf,) = actions.creer_fiches(sous=pole.cle, niveau=Niveau.UF, nom=f"UF {SECRET}", **faire)
    envoi = actions.Envoi({"nom": "Pôle A"}, {"nom": f"Pôle renommé {SECRET}"})
    actions.enregistrer_fiche(cle=f"s{noms['Pôle A'].pk}", envoi=envoi, finaliser=True, **faire)
    cardio, rythmo = noms["Unité de cardiologie"], noms["Unité de rythmologie"]
    texte = actions.Envoi({"conditions_accueil": None}, {"conditions_accueil": f"Accueil {SECRET}"})
    actions.enregistrer_fiche(cle=f"s{cardio.pk}", envoi=texte, finaliser=False, **faire)
    actions.deplacer(places={f"s{cardio.pk}": uf.cle}, **faire)
    actions.supprimer(cles=[f"s{rythmo.pk}"], motif=f"Arrêt {SECRET}", **faire)
    commentaire = actions.commenter(texte=f"Voir {SECRET}", fiche_id=pole.pk, **faire)
    dossier.fiches.update(etat="finalisee")
    valideuse = HabilitationFactory(structure=eg, role=Role.DIRECTION).utilisateur
    actions.envoyer(message=f"Merci {SECRET}", **faire)
    avis = Avis.objects.get(destinataire=valideuse)
    monde.dossier = dossier
    monde.cles = {"dossier": dossier.pk, "creation": pole.pk, "commentaire": commentaire.pk, "avis": avis.pk}


# ---------- who has no right on the dossier ----------


def _droit(**droit) -> object:
    return HabilitationFactory(**droit).utilisateur


EXCLUS: dict[str, Callable[[Monde], object]] = {
    "sans droit": lambda m: UtilisateurFactory(),
    "lecture": lambda m: _droit(structure=m.hopital, role=Role.LECTEUR),
    "autre établissement": lambda m: _droit(structure=EGFactory(parent=m.hopital.parent, groupe="MSS", etat="DEF")),
    "une unité seule": lambda m: _droit(structure=next(s for s in m.fiches if s.nom == "Unité de cardiologie")),
    "autre département": lambda m: _droit(structure=None, role=Role.GESTIONNAIRE, departements=["75"]),
    "autre tutelle": lambda m: _droit(structure=None, role=Role.TUTELLE, groupes=["MSS"]),
}
"""Persons to whom the dossier does not exist."""


# ---------- the doors ----------

Porte = Callable[[Monde], list[tuple[dict, str]]]


def fixe(*requetes: str) -> Porte:
    """An address without argument, with these queries."""
    return lambda m: [({}, q) for q in requetes or ("",)]


def fiches(*requetes: str, **plus) -> Porte:
    """The address of a fiche, for each that the dossier touches."""
    return lambda m: [({"pk": s.pk, **plus}, q) for s in m.fiches for q in requetes or ("",)]


def cle(nom: str, argument: str = "pk") -> Porte:
    """The address of something that the dossier holds."""
    return lambda m: [({argument: m.cles[nom]}, "")]


def du_dossier() -> Porte:
    """An address of a fiche in the dossier: the creation, and the live ones it touches."""
    return lambda m: [
        ({"pk": m.cles["dossier"], "cle": cle}, "")
        for cle in (f"f{m.cles['creation']}", *(f"s{s.pk}" for s in m.fiches if s.niveau != "EJ"))
    ]


def structure(argument: str = "structure") -> Porte:
    """An address of the dossiers about a live fiche."""
    return lambda m: [({argument: s.pk}, "") for s in m.fiches]


def aucune(raison: str) -> str:
    """A door that shows nothing of the Répertoire, and why."""
    return raison


PAR = ("departement", "ej", "besoins", "territoire", "filiere", "favoris")
CONNEXION = aucune("before sign-in, or of the account alone")
COMPTES = aucune("accounts and rights: refused to these persons, and no dossier is read there")
TEXTES = aucune("texts and settings of the portal")

PORTES: dict[str, Porte | str] = {
    # home, lists, search
    "accueil": fixe(),
    "a-relire": fixe(),
    "tableau-de-bord": fixe(),
    "tableau-etablissements": fixe(),
    "tableau-offres": fixe(),
    "completude-poids": TEXTES,
    "comptes-orphelins": COMPTES,
    "compte-relancer": COMPTES,
    "mes-etablissements": fixe("", "q=valmont", "onglet=ej"),
    "recherche": fixe("", f"q={SECRET}", "q=valmont", "q=cardiologie", "q=pole"),
    "recherche-communes": fixe("ou=valmont"),
    "mes-recherches": fixe(),
    "recherche-enregistrer": fixe(f"q={SECRET}"),
    "recherche-renommer": lambda m: [({"pk": 1}, "")],
    "recherche-supprimer": aucune("POST only; a saved search is its author's own"),
    "a-venir": fixe("", "vue=calendrier"),
    "mes-demandes": fixe(),
    "demandes-correction": fixe(),
    "demande-repondre": lambda m: [({"pk": m.demande.pk}, "")],
    # the tree, by every display, its counts
    "repertoire": lambda m: [
        *[({}, f"par={par}&fiche={s.pk}") for par in PAR for s in m.fiches],
        *[({}, f"par={par}&q={q}") for par in PAR for q in (SECRET, "cardio", "pole")],
    ],
    "repertoire-branche": lambda m: [
        ({"cle": c}, f"par={par}")
        for par, tete in (("departement", "n"), ("ej", "n"), ("besoins", "be-0-n"), ("favoris", f"fa-{m.hopital.pk}-n"))
        for c in (
            *("df-77", "az-a", "be-0", "te-0", f"fi-0-77-{m.hopital.parent_id}", f"df-77-{m.hopital.parent_id}"),
            *(f"{tete}-{s.pk}" for s in m.fiches),
        )
    ],
    "repertoire-lignes": lambda m: [({}, "cles=" + ".".join(f"n-{s.pk}" for s in m.fiches))],
    "favori-ajouter": aucune("POST only; a favourite is its owner’s"),
    "favori-retirer": aucune("POST only; a favourite is its owner’s"),
    "repertoire-cherche": fixe(f"q={SECRET}", "q=cardio", "q=pole&par=ej"),
    # a fiche, what it offers, its past and its future
    "fiche": fiches(),
    "fiche-actions": fiches(),
    "fiche-imprimer": fiches(),
    "fiche-renommer": fiches(),
    "fiche-modifier": fiches(),
    "fiche-section": lambda m: [
        ({"pk": s.pk, "section": section}, "") for s in m.fiches for section in ("conditions", "identification")
    ],
    "section-a-jour": aucune("POST only: marks a section, reads no dossier"),
    "codes": lambda m: [({"niveau": "UO", "nom": "actes"}, f"q={SECRET}")],
    "fiche-codes": fiches(f"q={SECRET}", nom="actes"),
    "fiche-valider": fiches(),
    "fiche-abandonner": fiches(),
    "fiche-reouverture": fiches(),
    "fiche-rouvrir": fiches(),
    "fiche-a-venir": fiches(),
    "copier-horaires": fiches(),
    "valider-copies": aucune("POST only, of a copy of hours"),
    "historique": fiches(),
    "historique-csv": fiches(),
    "fiche-a-la-date": fiches("", "date=2026-11-27"),
    "fiche-instantane": fiches(cle="present"),
    "fiche-comparer": fiches(),
    "journal-annuler": lambda m: [({"pk": 1}, "")],
    "modification-annuler": lambda m: [({"pk": 1}, "")],
    "modification-date": lambda m: [({"pk": 1}, "")],
    "modification-arbitrer": lambda m: [({"pk": 1}, "")],
    "demande-correction": fiches(champ="raison_sociale"),
    "lieu": lambda m: [({"pk": m.lieu.pk}, "")],
    "lieu-section": lambda m: [({"pk": m.lieu.pk, "section": "lieu"}, "")],
    "lieu-nouveau": fiches(),
    # drafts and presence
    "brouillon": aucune("POST only; a draft is its author's own"),
    "brouillon-ignorer": aucune("POST only"),
    "brouillon-regler": aucune("POST only"),
    "presence": lambda m: (
        [({}, f"objet=fiche:{s.pk}") for s in m.fiches] + [({}, f"objet=creation:{s.pk}") for s in m.fiches]
    ),
    "presence-partir": aucune("POST only"),
    # dossiers
    "dossiers": fixe(),
    "dossier": cle("dossier"),
    "dossier-abandonner": cle("dossier"),
    "dossier-renommer": cle("dossier"),
    "dossier-nouveau": structure(),
    "dossier-ouvrir": structure(),
    "dossier-repercussion": structure(),
    "dossier-creer-fiche": structure("parent"),
    **dict.fromkeys(
        [
            "dossier-cherche",
            "dossier-deplacer",
            "dossier-replacer",
            "dossier-envoyer",
            "dossier-simulation",
            "dossier-suivi",
            "dossier-repertoire",
            "dossier-retirer",
            "dossier-annuler",
            "dossier-relecture",
            "dossier-lus",
            "dossier-corrections",
            "dossier-refuser",
            "dossier-commenter",
        ],
        cle("dossier"),
    ),
    **dict.fromkeys(
        [
            "dossier-branche",
            "dossier-actions",
            "dossier-fiche",
            "dossier-creer",
            "dossier-fiche-renommer",
            "dossier-dupliquer",
            "dossier-supprimer",
            "dossier-retablir",
            "dossier-fiche-retirer",
        ],
        du_dossier(),
    ),
    "commentaire-regler": cle("commentaire"),
    "correction-annuler": lambda m: [({"pk": 1}, "")],
    "a-valider": fixe(),
    "mes-dossiers": fixe(),
    "avis": fixe(),
    "avis-tout-lire": fixe(),
    "avis-preferences": fixe(),
    "avis-aller": cle("avis"),
    "avis-lire": cle("avis"),
    # imports and exports
    "finess": fixe(),
    "finess-progression": fixe(),
    "finess-passage": lambda m: [({"pk": 1}, "")],
    "finess-rejets-csv": lambda m: [({"pk": 1}, "")],
    "export": lambda m: [
        *[
            ({"nom": nom, "format": "csv"}, "")
            for nom in ("mes-etablissements", "a-relire", "a-venir", "mes-demandes", "finess-ecarts")
        ],
        *[({"nom": "recherche", "format": "csv"}, f"q={q}") for q in (SECRET, "valmont", "cardiologie")],
        *[({"nom": "dossiers", "format": "csv"}, f"vue={vue}") for vue in ("tous", "attente", "a-valider", "miens")],
        *[({"nom": "a-venir", "format": "csv"}, f"fiche={s.pk}") for s in m.fiches],
    ],
    "mes-exports": fixe(),
    "mes-exports-progression": fixe(),
    "mes-exports-fichier": lambda m: [({"pk": 1}, "")],
    "mes-exports-supprimer": aucune("POST only; an export is its author's own"),
    "mes-exports-redemander": aucune("POST only; an export is its author's own"),
    "finess-decider": aucune("POST only"),
    "finess-lancer": aucune("POST only"),
    "finess-regles": fixe(),
    # accounts: structures are searched there
    "mon-compte": fixe(),
    "rappels-regler": aucune("POST only: the pace of one's own reminders"),
    # the yearly review
    "relecture": lambda m: [({"pk": m.hopital.pk}, "")],
    "relecture-valider": aucune("POST only"),
    "relecture-diffuser": aucune("POST only"),
    "relecture-plus-tard": aucune("POST only"),
    "relecture-lien": aucune("a signed link of a mail: nothing without its token"),
    "demande-acces": fixe(),
    "demande-acces-structures": fixe(f"q={SECRET}", "q=cardio"),
    "comptes-structures": fixe(f"q={SECRET}", "q=cardio"),
    **dict.fromkeys(
        [
            "connexion",
            "deconnexion",
            "version",
            "invitation",
            "premiere-connexion",
            "mot-de-passe",
            "mot-de-passe-oublie",
            "mot-de-passe-envoye",
            "mot-de-passe-nouveau",
            "mot-de-passe-change",
            "fermer-sessions",
            "racine",
            "demande-acces-envoyee",
        ],
        CONNEXION,
    ),
    **dict.fromkeys(
        [
            "comptes",
            "compte-ouvrir",
            "compte",
            "compte-modifier",
            "compte-droit",
            "compte-inviter",
            "compte-desactiver",
            "compte-reactiver",
            "droit-terminer",
            "demandes-acces",
            "demande-acces-detail",
            "demande-acces-accepter",
            "demande-acces-ecarter",
        ],
        COMPTES,
    ),
    **dict.fromkeys(
        [
            "documents",
            "aide",
            "aide-article",
            "cgu",
            "mentions-legales",
            "modeles-saisie",
            "modele-importer",
            "modele-saisie",
            "synonymes",
            "textes-regions",
            "textes-region",
            "cgu-publier",
            "regles-validation",
            "regle-ajouter",
            "regle-modifier",
        ],
        TEXTES,
    ),
}
"""Name of each URL → how it is opened here, or why it is not."""


def noms(resolveur=None) -> Iterator[str]:
    """The name of every URL of the portal."""
    for motif in (resolveur or get_resolver()).url_patterns:
        if isinstance(motif, URLResolver):
            yield from noms(motif)
        elif isinstance(motif, URLPattern):
            assert motif.name, f"{motif.pattern}: every URL has a name"
            yield motif.name


REGLES = ("regles-validation", "regle-ajouter", "regle-modifier")
DES_DOSSIERS = [motif.name for motif in adresses_des_dossiers.urlpatterns if motif.name not in REGLES]


def adresses(monde: Monde, nom: str) -> list[str]:
    porte = PORTES[nom]
    assert not isinstance(porte, str)
    return [reverse(nom, kwargs=arguments) + (f"?{requete}" if requete else "") for arguments, requete in porte(monde)]


_CACHES = re.compile(
    r'<input type="hidden"[^>]*>|csrfmiddlewaretoken" value="[^"]*"|"X-CSRFToken": "\w+"'
    r"|\d\d:\d\d(:\d\d)?|\d+\xa0h\xa0\d+"
)
"""What changes from one answer to the next: tokens, and the time it is."""


def lu(client: Client, adresse: str, methode: str = "get") -> tuple[int, str, str]:
    """What a door answers: status, where it leads, text without its tokens."""
    reponse = getattr(client, methode)(adresse)
    corps = b"".join(reponse.streaming_content) if reponse.streaming else reponse.content
    return reponse.status_code, reponse.headers.get("Location", ""), _CACHES.sub("", corps.decode(errors="replace"))


def test_every_url_is_in_the_table():
    presents = set(noms())
    assert presents - PORTES.keys() == set(), "add these URLs to PORTES: what do they show of a dossier?"
    assert PORTES.keys() - presents - {"racine"} == set()
    assert not [nom for nom in DES_DOSSIERS if isinstance(PORTES[nom], str)]


@pytest.mark.exigence("S126")
@pytest.mark.parametrize("qui", ["lecture", "autre établissement", "une unité seule", "autre département"])
def test_no_door_shows_that_a_dossier_exists(monde, qui):
    client = Client()
    client.force_login(EXCLUS[qui](monde))
    ouvertes = [nom for nom, porte in PORTES.items() if not isinstance(porte, str) and nom not in DES_DOSSIERS]
    vues = {adresse: lu(client, adresse) for nom in ouvertes for adresse in adresses(monde, nom)}
    assert sum(statut == 200 for statut, _, _ in vues.values()) > 60
    remplir(monde)
    for adresse, avant in vues.items():
        apres = lu(client, adresse)
        assert apres[:2] == avant[:2], adresse
        assert sorted(set(apres[2].split("\n")) ^ set(avant[2].split("\n"))) == [], adresse
        assert SECRET in adresse or SECRET not in apres[2].lower(), adresse


@pytest.mark.exigence("S126")
@pytest.mark.parametrize("qui", EXCLUS)
def test_the_addresses_of_a_dossier_are_those_of_nothing(monde, qui):
    personne = EXCLUS[qui](monde)
    client = Client()
    client.force_login(personne)
    remplir(monde)
    for nom in DES_DOSSIERS:
        for adresse in adresses(monde, nom):
            for methode in ("get", "post"):
                statut, vers, texte = lu(client, adresse, methode)
                assert SECRET not in texte.lower(), adresse
                assert f"/dossiers/{monde.dossier.pk}/" not in vers + texte, adresse
                if "pk" in PORTES[nom](monde)[0][0]:
                    assert statut in (404, 405), (methode, adresse)
    assert Dossier.objects.filter(pk=monde.dossier.pk, etat="direction").exists()
    assert Commentaire.objects.count() == 1
    assert not Dossier.objects.exclude(pk=monde.dossier.pk).filter(etablissement=monde.hopital).exists()
    assert not Avis.objects.filter(destinataire=personne).exists()


@pytest.mark.exigence("S126")
def test_the_secret_is_there_for_those_who_prepare_it(monde):
    """The proof that the test above looks at the right places."""
    remplir(monde)
    client = Client()
    client.force_login(monde.referente)
    assert SECRET in lu(client, reverse("dossiers"))[2]
    banniere = lu(client, reverse("fiche", args=[monde.hopital.pk]))[2]
    assert SECRET in banniere


@pytest.mark.exigence("S126")
def test_no_mail_leaves_for_others(monde, mailoutbox):
    exclus = [EXCLUS[qui](monde) for qui in EXCLUS]
    remplir(monde)
    courriels.envoyer_immediats()
    courriels.envoyer_resumes()
    assert mailoutbox
    recus = {adresse for courriel in mailoutbox for adresse in courriel.to}
    assert not recus & {p.courriel for p in exclus}


@pytest.mark.parametrize("nombre", [1, 40])
def test_what_one_sees_costs_the_same_with_one_or_many_grants(monde, nombre):
    personne = UtilisateurFactory()
    for _ in range(nombre):
        HabilitationFactory(utilisateur=personne, structure=EGFactory(etat="DEF"))
    with CaptureQueriesContext(connection) as vues:
        assert list(Dossier.objects.visibles_par(personne)) == []
    assert len(vues) <= 3
