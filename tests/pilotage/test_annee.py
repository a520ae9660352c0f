"""Thirteen months of the portal, run by its real schedule: everything once, to the right person (B28, B50, S102, M13).

The tasks are read from `CELERY_BEAT_SCHEDULE`: what is added there is run here. FINESS alone is kept out, which reads
a file of its own and has its own tests.
"""

from datetime import date, datetime, timedelta
from unittest import mock

import pytest
from django.db.models import Count

from dossiers.models import Dossier
from finess_sync.execution import PassageEnCours
from pilotage.actions import reporter
from pilotage.models import CourrielRelecture, RappelRelecture
from referentiel import actions, fiches
from referentiel.models import EntreeJournal, Habilitation, Modification, Role, Structure, UniteOperationnelle
from referentiel.models.structure import Etat
from ror.comptes.models import Utilisateur
from tests.dossiers.circuit import mener, monde
from tests.fabriques import EGFactory, HabilitationFactory, UtilisateurFactory, code

from .annee import PARIS, Annee
from .conftest import droit, offre_saine, relire_le

pytestmark = pytest.mark.django_db
DU, AU = date(2027, 12, 1), date(2029, 1, 5)


class Annees:
    """The establishments, their offers, and their people."""

    def __init__(self) -> None:
        for valeur, libelle in (("a", "année"), ("mo", "mois"), ("d", "jour")):
            code("JDV_J37", valeur, libelle)
        self.hopital = monde()
        self.glycines, self.ssiad, self.ime = (
            EGFactory(nom=nom) for nom in ("EHPAD Les Glycines", "SSIAD du Val", "IME Les Tilleuls")
        )
        self.camille = droit(self.glycines, prenom="Camille")
        self.alix = droit(self.glycines, Role.DIRECTION, prenom="Alix")
        self.sacha = droit(self.ssiad, prenom="Sacha")
        self.claude = droit(self.ssiad, Role.DIRECTION, prenom="Claude")
        self.robin = HabilitationFactory(
            structure=self.ime, utilisateur=UtilisateurFactory(prenom="Robin"), fin=date(2028, 3, 20)
        ).utilisateur
        droit(self.glycines, Role.LECTEUR, prenom="Lou")
        self.offres: dict[str, Structure] = {}
        for eg, nom, echeance in (
            (self.glycines, "Hébergement", date(2028, 6, 1)),
            (self.glycines, "Accueil de jour", date(2028, 6, 1)),
            (self.glycines, "Bissextile", date(2028, 3, 1)),
            (self.glycines, "Arrêtée", date(2028, 7, 15)),
            (self.glycines, "Consultations", date(2028, 8, 1)),
            (self.glycines, "Ergothérapie", date(2028, 10, 10)),
            (self.glycines, "Heure d’été", date(2028, 3, 26)),
            (self.glycines, "Heure d’hiver", date(2028, 10, 29)),
            (self.glycines, "Répit", date(2028, 12, 15)),
            (self.ssiad, "Soins", date(2028, 9, 1)),
            (self.ime, "Internat", date(2028, 4, 20)),
        ):
            self.offres[nom] = offre_saine(eg, nom)
            relire_le(self.offres[nom], datetime(echeance.year - 1, echeance.month, echeance.day, 23, 30, tzinfo=PARIS))

    def changer(self, nom: str, valeur: str, effet: date) -> None:
        """Types a change and broadcasts it from a day on; the offer stays re-read when it was."""
        offre, unite = self.offres[nom], UniteOperationnelle.objects.get(pk=self.offres[nom].pk)
        lues = fiches.lire(Structure.objects.get(pk=offre.pk))
        actions.enregistrer(
            structure_id=offre.pk, auteur=self.camille, vues=lues, saisies={"conditions_accueil": valeur}
        )
        actions.valider(structure_id=offre.pk, auteur=self.camille, relue=True, date_effet=effet)
        UniteOperationnelle.objects.filter(pk=offre.pk).update(relue_le=unite.relue_le)

    def fermer(self, nom: str, **champs) -> None:
        """Announces a closing, broadcast at once; the offer stays re-read when it was."""
        offre, unite = self.offres[nom], UniteOperationnelle.objects.get(pk=self.offres[nom].pk)
        lues = fiches.lire(Structure.objects.get(pk=offre.pk))
        actions.enregistrer(structure_id=offre.pk, auteur=self.camille, vues=lues, saisies=champs)
        actions.valider(structure_id=offre.pk, auteur=self.camille, relue=True)
        UniteOperationnelle.objects.filter(pk=offre.pk).update(relue_le=unite.relue_le)

    def relire(self, nom: str) -> None:
        """Re-reads an offer as the review page does."""
        offre = Structure.objects.get(pk=self.offres[nom].pk)
        eg = offre.get_ancestors().get(niveau="EG")
        vues = {offre.pk: actions.OffreVue.de(offre)}
        assert actions.relire_offres(etablissement_id=eg.pk, auteur=self.camille, vues=vues, relu=True).relues

    def mener_dossier(self) -> None:
        """A dossier prepared, validated and approved this day, to be published in ten days."""
        mener(self.hopital, "approuve")


ATTENDU = """
2028-01-01 relecture   Camille       Bissextile
2028-01-26 relecture   Camille       Heure d’été
2028-01-31 relecture   Camille       Bissextile
2028-02-20 relecture   Robin         Internat
2028-02-25 relecture   Camille       Heure d’été
2028-03-21 départ      Gestionnaire  IME Les Tilleuls
2028-03-21 départ      Support       IME Les Tilleuls
2028-03-26 relecture   Camille       Heure d’été
2028-04-02 relecture   Camille       Accueil de jour, Hébergement
2028-04-20 relecture   Gestionnaire  Internat
2028-04-25 relecture   Alix          Heure d’été
2028-04-25 relecture   Camille       Heure d’été
2028-05-02 relecture   Camille       Accueil de jour, Hébergement
2028-05-16 relecture   Camille       Arrêtée
2028-05-20 relecture   Gestionnaire  Internat
2028-06-01 relecture   Camille       Hébergement
2028-06-02 relecture   Camille       Consultations
2028-06-15 relecture   Camille       Arrêtée
2028-07-01 relecture   Alix          Hébergement
2028-07-01 relecture   Camille       Hébergement
2028-07-03 relecture   Sacha         Soins
2028-07-20 départ      Claude        SSIAD du Val
2028-07-21 relecture   Claude        Soins
2028-07-25 relecture   Camille       Consultations
2028-08-01 relecture   Camille       Consultations
2028-08-02 relecture   Claude        Soins
2028-08-11 relecture   Camille       Ergothérapie
2028-08-13 réouverture Camille       Répit
2028-08-30 relecture   Camille       Heure d’hiver
2028-08-31 relecture   Alix          Consultations
2028-08-31 relecture   Camille       Consultations
2028-09-01 relecture   Claude        Soins
2028-09-01 relecture   Gestionnaire  Soins
2028-09-10 relecture   Camille       Ergothérapie
2028-09-29 relecture   Camille       Heure d’hiver
2028-10-01 relecture   Claude        Soins
2028-10-01 relecture   Gestionnaire  Soins
2028-10-02 relecture   Referent      Unité de cardiologie
2028-10-16 relecture   Camille       Ergothérapie, Répit
2028-10-29 relecture   Camille       Heure d’hiver
2028-10-31 inactivité  Lou
2028-11-01 relecture   Referent      Unité de cardiologie
2028-11-09 relecture   Alix          Ergothérapie
2028-11-09 relecture   Camille       Ergothérapie
2028-11-15 relecture   Camille       Répit
2028-11-28 relecture   Alix          Heure d’hiver
2028-11-28 relecture   Camille       Heure d’hiver
2028-12-01 relecture   Referent      Unité de cardiologie
2028-12-15 relecture   Camille       Répit
2028-12-30 relecture   Camille       Bissextile
2028-12-31 relecture   Direction     Unité de cardiologie
2028-12-31 relecture   Referent      Unité de cardiologie
"""
"""Written by hand from the due dates: what each person is told, each day, by the portal.

On 21 July Claude is told what Sacha, whose account was closed the day before, had been told on the 3rd. On 25 July
Camille's put-off ends; on 16 October the worker is back.
"""


@pytest.fixture
def annee(time_machine):
    """Thirteen months lived; gives what was there, and the mails."""
    time_machine.move_to(datetime(2027, 12, 1, 0, 1, tzinfo=PARIS), tick=False)
    a = Annees()
    gestes = {
        date(2028, 2, 10): lambda: a.changer("Hébergement", "Animaux admis", date(2028, 2, 29)),
        date(2028, 2, 29): lambda: a.relire("Bissextile"),
        date(2028, 5, 10): lambda: a.relire("Accueil de jour"),
        date(2028, 5, 31): a.mener_dossier,
        date(2028, 6, 20): lambda: a.fermer("Arrêtée", type_fermeture="DEF", date_fermeture="2028-07-01"),
        date(2028, 6, 25): lambda: reporter(offre_id=a.offres["Consultations"].pk, auteur=a.camille, jours=30),
        date(2028, 7, 10): lambda: a.fermer(
            "Répit", type_fermeture="PRO", date_fermeture="2028-08-01", date_reouverture_prevue="2028-08-20"
        ),
        date(2028, 7, 20): lambda: Utilisateur.objects.filter(pk=a.sacha.pk).update(is_active=False),
        date(2028, 9, 20): lambda: a.changer("Heure d’hiver", "Sur rendez-vous", date(2028, 10, 8)),
    }
    # The worker is down from the evening of 5 October: it comes back on the 16th.
    vecue = Annee(
        lambda moment: time_machine.move_to(moment, tick=False),
        gestes,
        absents=frozenset({"Lou"}),
        pannes=((date(2028, 10, 6), date(2028, 10, 15)),),
    )
    prenoms = dict(Utilisateur.objects.values_list("courriel", "prenom"))
    with mock.patch("finess_sync.tasks.lancer", side_effect=PassageEnCours("FINESS has its own tests")):
        vecue.vivre(DU, AU, prenoms)
    return a, vecue.courrier


@pytest.mark.exigence("B28", "B44", "B50", "S31", "S102", "S103", "S110", "S123", "M13")
def test_une_annee_chacun_recoit_chaque_chose_une_fois(annee):
    a, courrier = annee
    dits = [
        f"{jour} {sorte:<11} {qui:<13} {', '.join(quoi)}".rstrip()
        for jour, sorte, qui, quoi in courrier
        if sorte != "dossier"
    ]
    assert sorted(dits) == ATTENDU.strip().splitlines()

    # the dossier: at once to whoever validates, then published at its date, told once in the digest of the next Monday
    dossier = [f"{jour} {qui}" for jour, sorte, qui, quoi in courrier if sorte == "dossier"]
    assert sorted(dossier) == [
        "2028-05-31 Direction",
        "2028-05-31 Gestionnaire",
        "2028-06-01 Direction",
        "2028-06-01 Referent",
        "2028-06-12 Direction",
        "2028-06-12 Gestionnaire",
        "2028-06-12 Referent",
    ]
    assert Dossier.objects.get().etat == "publie"

    # what changes by itself: each at its date, once
    par_soi = EntreeJournal.objects.filter(structure__in=a.offres.values()).exclude(phrases=[])
    publies = par_soi.filter(modification__isnull=False, modification__date_effet__gt=DU)
    jours = {(e.structure.nom, f"{e.le.astimezone(PARIS):%Y-%m-%d}") for e in publies.select_related("structure")}
    assert ("Hébergement", "2028-02-29") in jours
    assert ("Heure d’hiver", "2028-10-16") in jours  # due on the 8th, when no worker ran
    assert Modification.objects.filter(etat=Modification.Etat.PROGRAMMEE).count() == 0
    automatiques = par_soi.filter(origine=EntreeJournal.Origine.AUTO).order_by("le").select_related("structure")
    assert [(e.structure.nom, f"{e.le.astimezone(PARIS):%Y-%m-%d}") for e in automatiques] == [
        ("Arrêtée", "2028-07-01"),
        ("Répit", "2028-08-01"),
        ("Répit", "2028-08-20"),
    ]
    etats = dict(Structure.objects.filter(niveau="UO").values_list("nom", "etat"))
    assert (etats["Arrêtée"], etats["Répit"]) == (Etat.FERMEE, Etat.OUVERTE)

    # nothing is told twice, and nothing waits
    doubles = RappelRelecture.objects.values("offre", "echeance", "palier", "destinataire").annotate(n=Count("pk"))
    assert not doubles.filter(n__gt=1).exists()
    assert not CourrielRelecture.objects.filter(clos_le=None).exists()
    assert Habilitation.objects.get(utilisateur=a.robin).fin == date(2028, 3, 20)
    assert timedelta(days=400) <= AU - DU
