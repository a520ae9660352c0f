"""A lot of fiches is written as so many lots of one: values, versions, history, journal, dates of verification."""

from uuid import UUID

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from referentiel import arbre, fiches
from referentiel.actions import Publication, publier_lot
from referentiel.changements import Changement, comparer
from referentiel.models import (
    EntreeJournal,
    Lieu,
    OrganisationInterne,
    Structure,
    UniteOperationnelle,
    VerificationSection,
)
from ror.commun.erreurs import FicheInvalide
from tests.fabriques import EGFactory, HabilitationFactory, UOFactory, code

CODES = ["01", "02", "03"]
SEMAINE = {"p1": {"feries": "ferme"}, "p1/1": [{"debut": 540, "fin": 600}], "p1/2": [{"debut": 540, "fin": 720}]}
LIEUX = [str(UUID(int=n)) for n in (1, 2)]


def contacts(rang: int) -> dict:
    """Two contacts of a fiche; a key is that of one fiche only."""
    telecoms = [{"canal": "1", "adresse": "01 02 03 04 05", "confidentialite": "1"}]
    return {
        str(UUID(int=100 + 10 * rang + n)): {"rang": n, "nom": f"C{n}", "confidentialite": "1", "telecoms": telecoms}
        for n in range(2)
    }


def boites(rang: int) -> dict:
    return {
        str(UUID(int=500 + 10 * rang + n)): {"adresse": f"{n}@x.mssante.fr", "confidentialite": "2"} for n in range(2)
    }


def parties(table: dict) -> st.SearchStrategy:
    """Some of the rows of a table."""
    return st.sets(st.sampled_from(sorted(table))).map(lambda cles: {cle: table[cle] for cle in table if cle in cles})


def valeurs(rang: int) -> st.SearchStrategy:
    """Some values of an offer, of each kind of storage, that break no rule."""
    return st.fixed_dictionaries(
        {},
        optional={
            "nom": st.sampled_from(["Unité A", "Unité B"]),
            "conditions_accueil": st.sampled_from([None, "Sur rendez-vous", "Le matin"]),
            "age_min": st.sampled_from([18, 60]),
            "champ_activite": st.sampled_from(CODES),
            "secteurs_psychiatriques": st.sampled_from([[], ["77G05"]]),
            "activites": st.lists(st.sampled_from(CODES), min_size=1, unique=True).map(sorted),
            "publics": st.lists(st.sampled_from(CODES), unique=True).map(sorted),
            "horaires": parties(SEMAINE),
            "contacts": parties(contacts(rang)),
            "boites_mss": parties(boites(rang)),
            "lieux": st.lists(st.sampled_from(LIEUX), unique=True).map(sorted),
        },
    )


@pytest.fixture
def etablissement(db):
    for liste in ("JDV_J20", "JDV_J17", "JDV_J29"):
        for valeur in CODES:
            code(liste, valeur)
    etablissement = EGFactory()
    for n, cle in enumerate(LIEUX):
        Lieu.objects.create(etablissement=etablissement, cle=cle, nom=f"Site {n}")
    return etablissement


@pytest.fixture
def auteur(etablissement):
    return HabilitationFactory(structure=etablissement).utilisateur


def publication(structure: Structure, auteur, **nouvelles) -> Publication:
    """The changes that lead a fiche, as it is now, to these values."""
    structure = Structure.objects.get(pk=structure.pk)
    actuelles = fiches.lire(structure, nouvelles.keys())
    changements = comparer(actuelles, nouvelles, fiches.genres_de(structure.type_niveau))
    return Publication(structure=structure, auteur=auteur, changements=changements, motif="Essai")


def tout(structures: list[Structure]) -> list:
    """All that publishing writes of these fiches, but keys and moments."""
    pks = [structure.pk for structure in structures]
    noeuds = Structure.objects.filter(pk__in=pks).order_by("pk")
    lignes = [list(noeuds.values("nom", "nom_recherche", "etat", "version"))]
    lignes.append([fiches.lire(noeud) for noeud in noeuds])
    for modele, cle in ((Structure, "id"), (UniteOperationnelle, "structure_id")):
        for ligne in modele.history.filter(**{f"{cle}__in": pks}).order_by(cle, "history_id").values():
            lignes.append({c: v for c, v in ligne.items() if c not in ("history_id", "history_date", "modifie_le")})
    journal = EntreeJournal.objects.filter(structure__in=pks).order_by("pk")
    lignes.append(list(journal.values("structure", "version", "auteur", "origine", "motif", "phrases", "changements")))
    dates = VerificationSection.objects.filter(structure__in=pks).order_by("structure", "section")
    lignes.append(list(dates.values("structure", "section", "verifiee_par")))
    return lignes


def test_un_lot_ecrit_comme_autant_de_lots_d_une_fiche(etablissement, auteur):
    offres = [UOFactory(parent=etablissement) for _ in range(3)]
    depart_et_arrivee = st.tuples(*(st.tuples(valeurs(rang), valeurs(rang)) for rang in range(3)))

    @settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
    @given(depart_et_arrivee)
    def verifier(cas):
        point = transaction.savepoint()
        for offre, (depart, _) in zip(offres, cas, strict=True):
            publier_lot([publication(offre, auteur, **depart)])
        resultats = []
        for par_lots in (False, True):
            ici = transaction.savepoint()
            demandees = [publication(o, auteur, **arrivee) for o, (_, arrivee) in zip(offres, cas, strict=True)]
            for lot in [demandees] if par_lots else [[demandee] for demandee in demandees]:
                assert not any(publier_lot(lot))
            resultats.append(tout(offres))
            transaction.savepoint_rollback(ici)
        transaction.savepoint_rollback(point)
        assert resultats[0] == resultats[1]

    verifier()


def test_une_fiche_en_conflit_ne_retient_pas_les_autres(etablissement, auteur):
    en_conflit, bonne = UOFactory(parent=etablissement), UOFactory(parent=etablissement)
    fiches.ecrire(Structure.objects.get(pk=en_conflit.pk), {"conditions_accueil": "Autre"})
    changement = Changement("conditions_accueil", None, "Sur rendez-vous")
    structures = [Structure.objects.get(pk=offre.pk) for offre in (en_conflit, bonne)]
    lot = [Publication(structure=s, auteur=auteur, changements=[changement]) for s in structures]
    conflits = publier_lot(lot)
    assert [len(c) for c in conflits] == [1, 0]
    lues = [fiches.lire(Structure.objects.get(pk=s.pk), ["conditions_accueil"]) for s in structures]
    assert [valeur["conditions_accueil"] for valeur in lues] == ["Autre", "Sur rendez-vous"]
    assert list(EntreeJournal.objects.values_list("structure", flat=True)) == [bonne.pk]


def test_une_fiche_refusee_est_nommee_et_rien_n_est_ecrit(etablissement, auteur):
    bonne, refusee = UOFactory(parent=etablissement), UOFactory(parent=etablissement)
    lot = [publication(bonne, auteur, age_min=61), publication(refusee, auteur, age_min=130)]
    with pytest.raises(FicheInvalide) as refus:
        publier_lot(lot)
    assert refus.value.structure_id == refusee.pk
    assert "age_max" in refus.value.erreurs
    assert not EntreeJournal.objects.exists()
    assert Structure.objects.get(pk=bonne.pk).version == 1


def test_une_fiche_ne_vient_qu_une_fois_dans_un_lot(etablissement, auteur):
    offre = UOFactory(parent=etablissement)
    with pytest.raises(ValueError, match="twice"):
        publier_lot([publication(offre, auteur, age_min=61), publication(offre, auteur, age_max=99)])


@pytest.mark.parametrize(
    "nouvelles", [{"conditions_accueil": "Sur rendez-vous", "activites": ["01"]}, {"lieux": LIEUX[:1]}]
)
def test_une_fiche_qui_vient_d_etre_creee_n_a_pas_encore_de_detail(etablissement, auteur, nouvelles):
    pole = arbre.inserer(structure=Structure(niveau="P", nom="Pôle", departement="77"), parent=etablissement)
    creees = [
        arbre.inserer(structure=Structure(niveau="UO", nom=f"Unité {n}", departement="77"), parent=etablissement)
        for n in range(2)
    ]
    ancienne = UOFactory(parent=etablissement)
    lot = [publication(offre, auteur, **nouvelles) for offre in (*creees, ancienne)]
    lot.append(publication(pole, auteur, informations_complementaires="Parking"))
    assert not any(publier_lot(lot))
    for offre in (*creees, ancienne):
        lues = fiches.lire(Structure.objects.get(pk=offre.pk), nouvelles.keys())
        assert lues == nouvelles
    assert OrganisationInterne.objects.get(pk=pole.pk).informations_complementaires == "Parking"
    historique = UniteOperationnelle.history.filter(structure_id__in=[offre.pk for offre in creees])
    assert list(historique.values_list("history_type", flat=True)) == ["+", "+"]


def test_un_lot_coute_autant_de_requetes_pour_deux_fiches_que_pour_six(etablissement, auteur):
    nouvelles = {"nom": "Unité A", "age_min": 61, "champ_activite": "01", "activites": CODES, "horaires": SEMAINE}

    def requetes(nombre: int) -> int:
        offres = [UOFactory(parent=etablissement) for _ in range(nombre)]
        lot = [
            publication(o, auteur, **nouvelles, contacts=contacts(o.pk), boites_mss=boites(o.pk), lieux=LIEUX)
            for o in offres
        ]
        with CaptureQueriesContext(connection) as lues:
            publier_lot(lot)
        return len(lues)

    assert requetes(2) == requetes(6) <= 31
