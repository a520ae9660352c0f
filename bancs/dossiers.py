"""A dossier of 1 000 changed fiches on one hospital: opened, compared, simulated, integrated, undone.

Floor of the integration: the rows it wrote, written again by bare statements, one per fiche and per table, in one
transaction, and the tree numbered once. Budget (ARCHITECTURE §9): 5 s, one transaction for the whole dossier.
Published figures to leave behind: Wagtail and NetBox branching merge about 7 changes a minute in their own reports.
"""

import random
from collections.abc import Iterator

from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from bancs.mesures import Mesure, chronometrer
from bancs.population import peupler
from bancs.publication import codes_du_banc
from dossiers import actions
from dossiers.etats import Etat
from dossiers.integration import integrer
from dossiers.models import Dossier, FicheDossier, Integration
from dossiers.simulation import simuler
from referentiel import arbre
from referentiel.models import Code, EntreeJournal, FicheSupprimee, Nomenclature, Structure, UniteOperationnelle
from referentiel.niveaux import Niveau
from ror.comptes.models import Utilisateur

CREATIONS, MODIFICATIONS, DEPLACEMENTS, SUPPRESSIONS = 400, 300, 200, 100
NOMBRE = CREATIONS + MODIFICATIONS + DEPLACEMENTS + SUPPRESSIONS
BUDGET_S = 5
SOUMIS_A_REGLE = frozenset({"089", "157", "249"})
"""Activities that a blocking national rule ties to another field (CO1, CO3)."""


def mesurer() -> Iterator[Mesure]:
    peupler()
    auteur = _auteur()
    hopital = _hopital()
    petit = _requetes_des_pages(auteur, _dossier(hopital, auteur, 10))
    dossier = _dossier(hopital, auteur, NOMBRE)
    grand = _requetes_des_pages(auteur, dossier)
    for nom in grand:
        yield Mesure(
            f"{nom}, {NOMBRE} changements : requêtes", grand[nom][0], unite="requêtes", budget=petit[nom][0] + 1
        )
        yield Mesure(f"{nom}, {NOMBRE} changements", grand[nom][1], detail=f"{petit[nom][1]:.0f} ms à 10 changements")
    lecture = chronometrer(_plancher_lecture(dossier)) / 1000
    yield Mesure("Simuler l’intégration", chronometrer(lambda: simuler(dossier)) / 1000, lecture, "s", BUDGET_S)
    duree = chronometrer(lambda: _integrer(dossier, auteur)) / 1000
    plancher = chronometrer(lambda: _plancher(dossier)) / 1000
    par_minute = f"{NOMBRE / duree * 60:,.0f} changements par minute".replace(",", " ")
    yield Mesure(f"Intégrer {NOMBRE} changements", duree, plancher, "s", BUDGET_S, par_minute)
    if arbre.verifier([hopital.tree_id]):
        raise RuntimeError("the tree is not clean after the integration")
    retour = chronometrer(
        lambda: actions.annuler_integration(dossier_id=dossier.pk, auteur=auteur, motif="Fin du banc")
    )
    yield Mesure("Annuler cette publication", retour / 1000, unite="s")
    _effacer()


def _auteur() -> Utilisateur:
    auteur = Utilisateur.objects.filter(identifiant="dossierdubanc").first()
    return auteur or Utilisateur.objects.create_superuser(
        "dossierdubanc", nom="Banc", prenom="Dossier", courriel="banc@example.org"
    )


def _hopital() -> Structure:
    """A hospital of a thousand offers at least, in the greatest tree."""
    _effacer()
    eg = Structure.objects.filter(niveau="EG", groupe="MCO").order_by("pk")[0]
    ufs = list(Structure.objects.filter(niveau="UF", tree_id=eg.tree_id, lft__gt=eg.lft, rght__lt=eg.rght))
    manquent = NOMBRE + 200 - eg.get_descendants().filter(niveau="UO").count()
    nouvelles = [
        Structure(niveau=Niveau.UO, nom=f"Unité du banc {n}", parent=ufs[n % len(ufs)], groupe="MCO")
        for n in range(max(0, manquent))
    ]
    with transaction.atomic():
        arbre.reorganiser(racine=eg, creations=nouvelles)
        UniteOperationnelle.objects.bulk_create([UniteOperationnelle(structure=s) for s in nouvelles], batch_size=500)
    eg.refresh_from_db()
    return eg


def _dossier(eg: Structure, auteur: Utilisateur, nombre: int) -> Dossier:
    """An approved-to-be dossier of `nombre` changes, in the proportions of `NOMBRE`."""
    Dossier.objects.filter(etablissement=eg).delete()
    dossier = Dossier.objects.create(etablissement=eg, nom=f"Banc de {nombre}", cree_par=auteur)
    hasard = random.Random(13)
    codes = [code for code in codes_du_banc() if code not in SOUMIS_A_REGLE]
    type_offre = _type_offre()
    dessous = Structure.objects.filter(tree_id=eg.tree_id, lft__gt=eg.lft, rght__lt=eg.rght)
    ufs = list(dessous.filter(niveau="UF").order_by("pk"))
    uos = list(dessous.filter(niveau="UO", nom__startswith="Unité du banc").order_by("pk"))
    hasard.shuffle(uos)
    parts = [max(1, nombre * part // NOMBRE) for part in (CREATIONS, MODIFICATIONS, DEPLACEMENTS, SUPPRESSIONS)]
    lignes = [
        FicheDossier(niveau="UO", nom=f"Unité créée {n}", parent=hasard.choice(ufs), type_offre=type_offre)
        for n in range(parts[0])
    ]
    for ligne in lignes:
        ligne.groupe = "MCO"
        ligne.valeurs = {
            "nom": ligne.nom,
            "age_min": 18,
            "conditions_accueil": "Sur rendez-vous.",
            "activites": sorted(hasard.sample(codes, 4)),
        }
    modifiees, deplacees, supprimees = (
        uos[: parts[1]],
        uos[parts[1] : parts[1] + parts[2]],
        uos[parts[1] + parts[2] : parts[1] + parts[2] + parts[3]],
    )
    for s in modifiees:
        changements = {
            "conditions_accueil": {"base": None, "propose": f"Accueil {s.pk}.", "auteur": auteur.pk},
            "age_min": {"base": None, "propose": 20, "auteur": auteur.pk},
            "activites": {"base": [], "propose": sorted(hasard.sample(codes, 4)), "auteur": auteur.pk},
        }
        lignes.append(FicheDossier(genre="modification", niveau="UO", nom=s.nom, structure=s, changements=changements))
    for s in deplacees:
        vers = hasard.choice([uf for uf in ufs if uf.pk != s.parent_id])
        lignes.append(
            FicheDossier(
                genre="modification", niveau="UO", nom=s.nom, structure=s, parent=vers, parent_base_id=s.parent_id
            )
        )
    lignes += [FicheDossier(genre="suppression", niveau="UO", nom=s.nom, structure=s) for s in supprimees]
    for ligne in lignes:
        ligne.dossier, ligne.auteur, ligne.etat = dossier, auteur, FicheDossier.Etat.FINALISEE
    FicheDossier.objects.bulk_create(lignes, batch_size=500)
    return dossier


def _type_offre() -> Code:
    liste, _ = Nomenclature.objects.get_or_create(identifiant="TRE_R244", defaults={"nom": "Types d’UO"})
    return Code.objects.get_or_create(nomenclature=liste, code="10", defaults={"libelle": "Type du banc"})[0]


PAGES = {"Ouvrir le dossier": "dossier", "Comparer (relecture)": "dossier-relecture"}


def _requetes_des_pages(auteur: Utilisateur, dossier: Dossier) -> dict[str, tuple[int, float]]:
    """Page → (queries, milliseconds)."""
    client = Client()
    client.force_login(auteur, backend="django.contrib.auth.backends.ModelBackend")
    mesures = {}
    for nom, page in PAGES.items():
        adresse = reverse(page, args=[dossier.pk])
        client.get(adresse)
        with CaptureQueriesContext(connection) as capture:
            reponse = client.get(adresse)
        if reponse.status_code != 200:
            raise RuntimeError(f"{adresse} answers {reponse.status_code}")
        mesures[nom] = (len(capture), chronometrer(lambda a=adresse: client.get(a)))
    return mesures


def _integrer(dossier: Dossier, auteur: Utilisateur) -> None:
    """What the task does at the date: one transaction."""
    maintenant = timezone.now()
    with transaction.atomic():
        dossier = Dossier.objects.select_for_update().select_related("etablissement").get(pk=dossier.pk)
        integrer(dossier, auteur)
        dossier.route, dossier.etat = ["gestionnaire"], Etat.PUBLIE.value
        dossier.envoye_par = dossier.approuve_par = auteur
        dossier.envoye_le = dossier.approuve_le = dossier.publie_le = maintenant
        dossier.date_effet = timezone.localdate()
        dossier.save()


def _plancher_lecture(dossier: Dossier):
    """The rows that a simulation reads, in as many bare statements as there are tables."""
    eg = dossier.etablissement
    tables = ("uniteoperationnelle", "codeporte", "lignehoraire", "contact", "boitemss")

    def lire() -> None:
        with connection.cursor() as curseur:
            curseur.execute(
                "SELECT * FROM referentiel_structure WHERE tree_id = %s AND lft BETWEEN %s AND %s",
                [eg.tree_id, eg.lft, eg.rght],
            )
            curseur.fetchall()
            curseur.execute("SELECT * FROM dossiers_fichedossier WHERE dossier_id = %s", [dossier.pk])
            curseur.fetchall()
            for table in tables:
                curseur.execute(
                    f"SELECT t.* FROM referentiel_{table} t JOIN dossiers_fichedossier f"
                    " ON f.structure_id = t.structure_id WHERE f.dossier_id = %s",
                    [dossier.pk],
                )
                curseur.fetchall()

    return lire


def _plancher(dossier: Dossier) -> None:
    """Writes again, with bare statements, the rows that the integration wrote; one transaction; then takes it back."""
    fiches = list(dossier.fiches.exclude(structure=None).values_list("structure", flat=True))
    journal = _colonnes(EntreeJournal)
    historique = _colonnes(UniteOperationnelle.history.model)  # type: ignore[attr-defined]
    requetes = (
        "UPDATE referentiel_structure SET version = version, nom = nom WHERE id = %(s)s",
        "UPDATE referentiel_uniteoperationnelle SET age_min = age_min WHERE structure_id = %(s)s",
        "UPDATE referentiel_codeporte SET attribut = attribut WHERE structure_id = %(s)s",
        f"INSERT INTO referentiel_entreejournal ({journal}) SELECT {journal} FROM referentiel_entreejournal"
        " WHERE structure_id = %(s)s ORDER BY id DESC LIMIT 1",
        f"INSERT INTO referentiel_historicaluniteoperationnelle ({historique}) SELECT {historique}"
        " FROM referentiel_historicaluniteoperationnelle WHERE structure_id = %(s)s ORDER BY history_id DESC LIMIT 1",
    )
    with transaction.atomic(), connection.cursor() as curseur:
        for structure in fiches:
            for requete in requetes:
                curseur.execute(requete, {"s": structure})
        curseur.execute(
            "UPDATE referentiel_structure SET lft = lft WHERE tree_id = %s", [dossier.etablissement.tree_id]
        )
        transaction.set_rollback(True)


def _colonnes(modele) -> str:
    return ", ".join(connection.ops.quote_name(c.column) for c in modele._meta.concrete_fields if not c.primary_key)


def _effacer() -> None:
    """Takes the dossiers of the benchmark away; the offers added stay, they are counted at the next run."""
    Integration.objects.all().delete()
    Dossier.objects.all().delete()
    FicheSupprimee.objects.all().delete()
    EntreeJournal.objects.all().delete()
