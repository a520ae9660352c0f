"""The demonstration, loaded once per run and put back whole before each test that asks for it: rows copied, not made.

The copy is what `make run` shows on its first day (code lists, accounts, three establishments, a dossier), the figures
of the night computed, and one thing waiting in each list that would otherwise be empty.
"""

from io import BytesIO, StringIO

from django.apps import apps
from django.core.management import call_command
from django.db import connection, transaction
from django.utils import timezone

from dossiers import actions as dossiers
from dossiers.models import Dossier, FicheDossier
from finess_sync import regles
from finess_sync.models import Ecart, Execution, Garde, RegleEcart, Rejet, Temoin
from pilotage import calcul
from referentiel.models import DemandeAcces, DemandeCorrection, Role, Structure
from referentiel.recherche.index import recompter
from ror.comptes.models import Utilisateur
from tests.dossiers.circuit import semer_regles

MOT_DE_PASSE = "Demonstration-2026"
_GARDEES = {"django_migrations", "django_content_type", "auth_permission"}
"""Tables that migrating fills, and that tests leave alone."""

Copie = dict[str, bytes]


def copier() -> Copie:
    """Loads the demonstration, copies its rows, and leaves the database as it was."""
    with transaction.atomic():
        for table in _tables():
            _executer(f"DELETE FROM {table}")
        _charger()
        copie = {table: _lire(table) for table in _tables()}
        transaction.set_rollback(True)
    return copie


def vider(copie: Copie) -> None:
    """Empties every table of `copie`, without the checks of each row: all of them go."""
    with transaction.atomic():
        _sans_controle()
        for table in copie:
            _executer(f"DELETE FROM {table}")


def restaurer(copie: Copie) -> None:
    """Puts the rows of `copie` in place of what the tables hold."""
    vider(copie)
    with transaction.atomic(), connection.cursor() as curseur:
        _sans_controle()
        for table, lignes in copie.items():
            if lignes:
                curseur.copy_expert(f"COPY {table} FROM STDIN", BytesIO(lignes))


def _tables() -> list[str]:
    presentes = set(connection.introspection.table_names())
    modeles = apps.get_models(include_auto_created=True)
    noms = {m._meta.db_table for m in modeles if m._meta.managed and not m._meta.proxy}
    return [connection.ops.quote_name(nom) for nom in sorted(noms & presentes - _GARDEES)]


def _sans_controle() -> None:
    """Until the end of the transaction, foreign keys are not checked; on a server that refuses it, they are."""
    with connection.cursor() as curseur:
        curseur.execute("SELECT usesuper FROM pg_user WHERE usename = current_user")
        if curseur.fetchone() == (True,):
            curseur.execute("SET LOCAL session_replication_role = replica")


def _executer(sql: str) -> None:
    with connection.cursor() as curseur:
        curseur.execute(sql)


def _lire(table: str) -> bytes:
    lignes = BytesIO()
    with connection.cursor() as curseur:
        curseur.copy_expert(f"COPY {table} TO STDOUT", lignes)
    return lignes.getvalue()


def _charger() -> None:
    semer_regles()
    regles.semer(RegleEcart, Garde, Temoin)
    call_command("charger_nomenclatures", stdout=StringIO())
    call_command("charger_demonstration", stdout=StringIO())
    _remplir_les_listes()
    calcul.calculer_tout()
    recompter()


def personne(identifiant: str) -> Utilisateur:
    return Utilisateur.objects.get(identifiant=identifiant)


def structure(nom: str) -> Structure:
    return Structure.objects.get(nom=nom)


def _remplir_les_listes() -> None:
    """What waits for somebody: a correction asked, an access asked, a passage of FINESS and its écart."""
    ehpad = structure("EHPAD TEST")
    DemandeCorrection.objects.create(
        structure=ehpad, champ="telephone", message="Le standard a changé.", auteur=personne("camilledemo")
    )
    for prenom, courriel in (("Élodie", "elodie"), ("Karim", "karim")):
        DemandeAcces.objects.create(
            prenom=prenom,
            nom="Martin",
            courriel=f"{courriel}@demonstration.example",
            role=Role.DIRECTION,
            etablissement=ehpad.nom,
            structure=ehpad,
        )
    passage = Execution.objects.create(
        source="finess-structures-journalier-20261119.json.gz",
        etat=Execution.Etat.REUSSI,
        simulation=False,
        fin=timezone.now(),
        declenchee_par="Planification",
        compteurs={"eg_lues": 3, "appliques": 1, "a_relire": 1},
    )
    Rejet.objects.create(execution=passage, ligne=12, raison="SIRET trop long", contenu="structureet;…")
    Ecart.objects.create(
        execution=passage,
        structure=ehpad,
        numero_finess=ehpad.numero_finess,
        niveau="EG",
        nature="raison_sociale_changee",
        champ="raison_sociale",
        avant=ehpad.entite_geographique.raison_sociale,
        apres="EHPAD DE VALMONT",
    )


# ---------- dossiers on their way ----------


def envoyer(dossier: Dossier) -> None:
    """Camille sends a dossier whose fiches are all finalised."""
    dossier.fiches.update(etat=FicheDossier.Etat.FINALISEE)
    dossier.corrections.update(faite_le=timezone.now(), faite_par=dossier.cree_par)
    dossiers.envoyer(dossier_id=dossier.pk, auteur=dossier.cree_par)


def envoyer_le_dossier_de_l_hopital() -> None:
    """The dossier of the demonstration waits for the Direction."""
    envoyer(Dossier.objects.get(etablissement__nom="CH de Valmont"))


def preparer_dossier(etablissement: str, noms: dict[str, str], auteur: str = "andreaadmin") -> Dossier:
    """A dossier that renames offers, sent: it waits for whoever approves it."""
    eg = structure(etablissement)
    dossier = dossiers.ouvrir(structure=eg, auteur=personne(auteur))
    for avant, apres in noms.items():
        envoi = dossiers.Envoi({"nom": avant}, {"nom": apres})
        dossiers.enregistrer_fiche(
            dossier_id=dossier.pk, cle=f"s{structure(avant).pk}", auteur=personne(auteur), envoi=envoi, finaliser=False
        )
    envoyer(dossier)
    return dossier
