"""What a search finds, in which order, and what it proposes (B22, B23, S46)."""

from dataclasses import replace
from datetime import date, datetime

import pytest
from django.db import transaction

from referentiel import arbre, fiches
from referentiel.actions.ecriture import publier_changements
from referentiel.changements import Changement
from referentiel.horaires import Horaires, Periode, Plage, en_table
from referentiel.models import CodePorte, Contact, FicheRecherche, Lieu, Structure, UniteOperationnelle
from referentiel.recherche import Autour, Cible, Criteres, Facette, Tri, moteur
from referentiel.recherche.cartes import cartes_de
from referentiel.recherche.index import recompter, reindexer
from referentiel.recherche.resultats import resultats
from tests.fabriques import EGFactory, EJFactory, HabilitationFactory, UOFactory, UtilisateurFactory, code

pytestmark = pytest.mark.django_db


@pytest.fixture
def lectrice():
    return UtilisateurFactory()


def noms(trouves) -> list[str]:
    return [t.structure.nom for t in trouves.trouvees]


@pytest.fixture
def chercher(lectrice):
    def _chercher(texte: str = "", **autres):
        return resultats(Criteres(texte=texte, **autres), lectrice)

    return _chercher


@pytest.fixture
def valmont():
    """An EHPAD whose name does not say so, in Valmont-sur-Lys, and its offer."""
    code("FINESS_CATEGORIE", "500", "Etablissement d'hébergement pour personnes âgées dépendantes")
    eg = EGFactory(
        nom="Résidence Les Glycines",
        _detail={"raison_sociale": "RES LES GLYCINES", "categorie": "500", "localite": "VALMONT SUR LYS"},
    )
    return eg, UOFactory(parent=eg, nom="Unité d’accueil de jour")


@pytest.mark.exigence("B22", "S46")
@pytest.mark.parametrize(
    "texte",
    [
        "residence glycines",
        "GLYCINES",
        "résidence les glycines",
        "ehpad glycines",
        "ehpad valmont",
        "maison de retraite valmont-sur-lys",
        "établissement d’hébergement pour personnes âgées dépendantes valmont",
        "E.H.P.A.D. Valmont",
        "valmont glyc",
    ],
)
def test_words_may_be_those_of_the_name_the_kind_or_the_place(chercher, valmont, texte):
    EGFactory(nom="Foyer Bellevue")
    trouves = chercher(texte)
    assert trouves.trouvees[0].structure == valmont[0]
    assert not trouves.corrige
    assert "Foyer Bellevue" not in noms(trouves)


@pytest.mark.exigence("B22")
def test_an_offer_that_nearly_has_a_long_form_in_its_name_comes_before_its_neighbours(chercher, valmont):
    eg, jour = valmont
    UOFactory(parent=eg, nom="Soins à domicile")
    UOFactory(parent=eg, nom="Unité d’hébergement pour personnes âgées dépendantes")
    assert noms(chercher("ehpad"))[:2] == [eg.nom, "Unité d’hébergement pour personnes âgées dépendantes"]
    assert set(noms(chercher("ehpad"))[2:]) == {jour.nom, "Soins à domicile"}


@pytest.mark.exigence("B22")
def test_words_of_an_offer_may_be_spread_over_those_above_it(chercher, valmont):
    assert noms(chercher("accueil de jour glycines")) == ["Unité d’accueil de jour"]
    assert noms(chercher("offre accueil glycines valmont")) == ["Unité d’accueil de jour"]
    valmont[0].nom, valmont[0].nom_recherche = "Résidence Bellevue", "residence bellevue"
    valmont[0].save()
    reindexer([valmont[0].pk])
    assert noms(chercher("accueil bellevue")) == ["Unité d’accueil de jour"]


@pytest.mark.exigence("B22")
def test_the_best_answer_comes_first(chercher):
    ej = EJFactory(nom="Association Cardiologie Services")
    EGFactory(nom="Clinique de cardiologie", parent=ej)
    EGFactory(nom="Cardiologie", parent=ej)
    EGFactory(nom="Institut cardiologiques et vasculaires", parent=ej)
    EGFactory(nom="Autre site", parent=ej)
    assert noms(chercher("cardiologie")) == [
        "Cardiologie",
        "Clinique de cardiologie",
        "Association Cardiologie Services",
        "Institut cardiologiques et vasculaires",
        "Autre site",
    ]


@pytest.mark.exigence("B22")
@pytest.mark.parametrize(
    ("tape", "corrige"),
    [
        ("cardiolgie", "cardiologie"),
        ("cardoilogie", "cardiologie"),
        ("clinque cardiologei", "clinique cardiologie"),
        ("cardio logie", "cardiologie"),
        ("cliniquecardiologie", "clinique cardiologie"),
    ],
)
def test_a_typing_mistake_is_corrected_and_said(chercher, tape, corrige):
    EGFactory(nom="Clinique de cardiologie")
    recompter()
    trouves = chercher(tape)
    assert noms(trouves) == ["Clinique de cardiologie"]
    assert trouves.corrige == corrige
    exact = chercher(tape, exact=True)
    assert not exact.trouvees
    assert not exact.corrige


@pytest.mark.exigence("B22")
def test_what_has_all_the_words_but_one_is_shown_as_such(chercher, valmont):
    recompter()
    trouves = chercher("ehpad glycines bordeaux")
    assert trouves.approche
    assert trouves.trouvees[0].structure == valmont[0]


@pytest.mark.exigence("B22")
@pytest.mark.parametrize(
    "texte", ["260 100 045 00012", "260100045", "0474454647", "+33 4 74 45 46 47", "04.74.45.46.47"]
)
def test_numbers(chercher, texte):
    eg = EGFactory(_detail={"siret": "26010004500012", "telephone": "0474454647"})
    assert [t.structure for t in chercher(texte).trouvees] == [eg]


@pytest.mark.exigence("B22")
def test_the_finess_number_or_its_beginning(chercher):
    eg, _ = EGFactory(), EGFactory()
    espace = f"{eg.numero_finess[:2]} {eg.numero_finess[2:]}"
    assert [t.structure for t in chercher(espace).trouvees] == [eg]
    assert eg in [t.structure for t in chercher(eg.numero_finess[:7]).trouvees]
    assert chercher("999999999").total == 0


@pytest.mark.exigence("S46")
def test_skills_and_the_place_of_who_has_them(chercher, valmont):
    porte = code("JDV_J17", "135", "Imagerie par résonance magnétique (IRM)")
    ailleurs = UOFactory(nom="Imagerie")
    for uo in (valmont[1], ailleurs):
        CodePorte.objects.create(structure=uo, attribut="activites", code=porte)
        reindexer([uo.pk])
    assert chercher("irm", cible=Cible.COMPETENCE).total == 2
    assert noms(chercher("irm valmont", cible=Cible.COMPETENCE)) == ["Unité d’accueil de jour"]
    assert chercher("imagerei resonance", cible=Cible.COMPETENCE).corrige == "imagerie resonance"
    assert chercher("introuvable", cible=Cible.COMPETENCE).total == 0


@pytest.mark.exigence("S46")
def test_the_equipment_of_a_lieu_is_a_skill_of_its_offers(chercher, valmont):
    code("JDV_J18", "037", "Imagerie par résonance magnétique (IRM)")
    lieu = Lieu.objects.create(etablissement=valmont[0], nom="Plateau technique")
    lieu.equipements.create(type_equipement="037", maj_le=MARDI)
    valmont[1].unite.lieux.add(lieu)
    reindexer([valmont[1].pk])
    trouves = chercher("irm", cible=Cible.COMPETENCE)
    assert [t.structure for t in trouves.trouvees] == [valmont[1]]
    assert cartes_de(trouves)[0].motifs == ("Imagerie par résonance magnétique (IRM)",)


@pytest.mark.exigence("S46", "B51")
def test_professionals_of_public_contacts_only(chercher, valmont):
    Contact.objects.create(structure=valmont[1], nom="Dr Sacha Martin")
    Contact.objects.create(structure=valmont[0], nom="Dr Sacha Martin", confidentialite="3")
    reindexer(s.pk for s in valmont)
    for texte in ("sacha martin", "dr martin valmont", "docteur martin"):
        assert [t.structure for t in chercher(texte, cible=Cible.PROFESSIONNEL).trouvees] == [valmont[1]], texte
    assert chercher("valmont", cible=Cible.PROFESSIONNEL).total == 0


@pytest.mark.exigence("B23")
def test_filters_count_among_the_answers_and_their_own_ticks_do_not_count(chercher):
    for groupe, departement, nombre in (("MSS", "77", 3), ("MCO", "77", 2), ("MCO", "2A", 1)):
        ej = EJFactory(nom="Organisme", departement=departement)
        for rang in range(nombre):
            EGFactory(nom=f"Foyer {rang}", groupe=groupe, departement=departement, parent=ej)
    tous = {v.valeur: v.nombre for v in chercher("foyer").facettes[Facette.GROUPE]}
    assert tous == {"MCO": 3, "MSS": 3}
    trouves = chercher("foyer", facettes={Facette.GROUPE: ("MCO",), Facette.DEPARTEMENT: ("77",)})
    assert trouves.total == 2
    assert {v.valeur: (v.nombre, v.cochee) for v in trouves.facettes[Facette.GROUPE]} == {
        "MCO": (2, True),
        "MSS": (3, False),
    }
    assert {v.valeur: v.nombre for v in trouves.facettes[Facette.DEPARTEMENT]} == {"77": 2, "2A": 1}
    assert chercher("foyer", facettes={Facette.GROUPE: ("MCO", "MSS")}).total == 6
    assert chercher(facettes={Facette.DEPARTEMENT: ("2A",), Facette.NIVEAU: ("EG",)}).total == 1


def test_a_ticked_filter_that_too_many_would_answer_is_not_counted(chercher, monkeypatch):
    ej = EJFactory(nom="Organisme", departement="77")
    for rang, groupe in enumerate(("MCO", "MSS", "MSS", "MSS")):
        EGFactory(nom=f"Foyer {rang}", groupe=groupe, departement="77", parent=ej)
    cochees = {Facette.GROUPE: ("MCO",), Facette.DEPARTEMENT: ("77",)}
    assert chercher("foyer", facettes=cochees).partielles == frozenset()
    monkeypatch.setattr(moteur, "BEAUCOUP", 3)
    for comptes in (lambda: None, recompter):
        comptes()
        trouves = chercher("foyer", facettes=cochees)
        assert (trouves.total, trouves.plafonne, trouves.partielles) == (1, False, {Facette.GROUPE})
        assert {v.valeur for v in trouves.facettes[Facette.GROUPE]} == {"MCO", "MSS"}


def test_when_nothing_is_found_the_filter_to_take_away_is_told(chercher):
    EGFactory(nom="Foyer Bellevue", departement="77")
    trouves = chercher("bellevue", facettes={Facette.DEPARTEMENT: ("75",), Facette.GROUPE: ("MSS",)})
    assert trouves.total == 0
    assert [(p.criteres.facettes, p.total) for p in trouves.proposes] == [({Facette.GROUPE: ("MSS",)}, 1)]


def test_closed_for_good_only_when_asked(chercher):
    uo = UOFactory(nom="Unité fermée")
    Structure.objects.filter(pk=uo.pk).update(etat="DEF")
    reindexer([uo.pk])
    assert [p.criteres.fermees for p in chercher("unite fermee").proposes] == [True]
    assert noms(chercher("unite fermee", fermees=True)) == ["Unité fermée"]


@pytest.mark.exigence("B51")
@pytest.mark.parametrize("texte", ["secrete", "secrte", "unite", "lys", "135", "accueil secrete"])
def test_an_offer_she_may_not_know_of_changes_nothing(lectrice, valmont, texte):
    recompter()

    def vu():
        trouves = resultats(Criteres(texte=texte), lectrice)
        comptes = {f: [(v.valeur, v.nombre) for v in vs] for f, vs in trouves.facettes.items()}
        return noms(trouves), trouves.total, trouves.corrige, trouves.approche, len(trouves.proposes), comptes

    avant = vu()
    secrete = UOFactory(parent=valmont[0], nom="Unité secrète 135")
    UniteOperationnelle.objects.filter(pk=secrete.pk).update(unite_sensible=True)
    reindexer([secrete.pk])
    recompter()
    del lectrice.__dict__["_offres_cachees"]
    assert vu() == avant


def test_the_nightly_check_repairs_and_says_how_many(valmont, caplog):
    from referentiel.tasks import verifier_derives

    assert verifier_derives() == 0
    Structure.objects.filter(pk=valmont[1].pk).update(etat="PRO")
    FicheRecherche.objects.filter(pk=valmont[0].pk).delete()
    assert verifier_derives() == 2
    assert "2 lignes n’étaient pas à jour" in caplog.text
    assert verifier_derives() == 0


def test_the_words_below_follow_a_fiche_that_is_renamed_or_moved(valmont):
    """Through the acts that people use, in the transaction of each."""
    eg, uo = valmont
    referente = HabilitationFactory(structure=eg).utilisateur

    def mots() -> str:
        return FicheRecherche.objects.get(pk=uo.pk).lignee

    with transaction.atomic():
        publier_changements(
            structure=Structure.objects.get(pk=eg.pk),
            auteur=referente,
            changements=[Changement("nom", eg.nom, "Résidence Bellevue")],
        )
        assert "bellevue" in mots()
    autre = EGFactory(nom="Clinique du Lac", groupe="MSS", parent=eg.parent)
    arbre.deplacer(structure=uo, vers=autre)
    assert "clinique du lac" in mots()
    assert "bellevue" not in mots()


@pytest.mark.parametrize("nombre", [2, 30])
def test_indexing_costs_the_same_whatever_the_number(nombre, django_assert_max_num_queries):
    eg = EGFactory()
    fiches = [eg.pk, *(UOFactory(parent=eg).pk for _ in range(nombre))]
    with django_assert_max_num_queries(14):
        reindexer(fiches)


@pytest.mark.exigence("B25")
def test_around_a_place_or_in_a_commune(chercher):
    for nom, latitude, commune in (
        ("Proche", 48.86, "75056"),
        ("Moins proche", 48.99, "95018"),
        ("Loin", 45.0, "38185"),
    ):
        EGFactory(nom=f"Foyer {nom}", _detail={"latitude": latitude, "longitude": 2.35, "commune_cog": commune})
    autour = Autour(48.85, 2.35, 20)
    proches = chercher("foyer", autour=autour, tri=Tri.DISTANCE)
    trouvees = [(t.structure.nom, round(t.distance)) for t in proches.trouvees]
    assert trouvees == [("Foyer Proche", 1), ("Foyer Moins proche", 16)]
    assert noms(chercher("foyer", autour=Autour(48.85, 2.35, 5))) == ["Foyer Proche"]
    assert noms(chercher("foyer", commune="38185")) == ["Foyer Loin"]
    assert noms(chercher("foyer", commune="38185", rayon_km=50)) == ["Foyer Loin"]
    assert [p.texte for p in chercher("foyer", autour=Autour(10, 10, 5)).proposes] == ["partout"]


SEMAINE = en_table(Horaires((Periode("p1", plages=tuple(Plage(jour, 540, 720) for jour in range(1, 6))),)))
"""From Monday to Friday, 9 to 12."""

MARDI = datetime.fromisoformat("2026-11-24T10:00+01:00")


@pytest.mark.exigence("B30")
def test_open_now_and_at_a_moment_by_the_clock_of_each_place(lectrice, time_machine):
    time_machine.move_to(MARDI)
    ej = EJFactory()
    ici, reunion = (
        UOFactory(nom=f"Offre {d}", departement=d, parent=EGFactory(departement=d, parent=ej)) for d in ("77", "974")
    )
    sans = UOFactory(nom="Offre sans horaires", parent=EGFactory(parent=ej))
    for uo in (ici, reunion):
        fiches.ecrire(uo, {"horaires": SEMAINE})
        reindexer([uo.pk])

    def trouve(**criteres) -> list[str]:
        return noms(resultats(Criteres(texte="offre", **criteres), lectrice, MARDI))

    assert trouve(maintenant=True) == ["Offre 77"]
    assert trouve(ouvert_le=datetime.fromisoformat("2026-11-25T11:00")) == ["Offre 77", "Offre 974"]
    assert trouve(ouvert_le=datetime.fromisoformat("2026-11-28T11:00")) == []
    assert sans.nom in trouve()


@pytest.mark.exigence("B49", "B50")
@pytest.mark.parametrize(
    ("fermeture", "ouverts"),
    [
        ({}, [True, True, True]),
        ({"type_fermeture": "PRO", "date_fermeture": date(2026, 11, 20)}, [False, False, False]),
        ({"type_fermeture": "PRO", "date_fermeture": date(2026, 11, 26)}, [True, True, False]),
        ({"type_fermeture": "DEF", "date_fermeture": date(2026, 11, 25)}, [True, False, False]),
        (
            {
                "type_fermeture": "PRO",
                "date_fermeture": date(2026, 11, 20),
                "date_reouverture_prevue": date(2026, 11, 26),
            },
            [False, False, True],
        ),
    ],
)
def test_open_on_a_day_reckons_with_closings_as_the_card_does(lectrice, time_machine, fermeture, ouverts):
    time_machine.move_to(MARDI)
    uo = UOFactory(nom="Offre d’ici")
    fiches.ecrire(uo, {"horaires": SEMAINE})
    UniteOperationnelle.objects.filter(structure=uo).update(**fermeture)
    reindexer([uo.pk])
    vus = []
    moments = [datetime.fromisoformat(f"2026-11-{jour}T11:00") for jour in (25, 26)]
    for criteres in ({"maintenant": True}, *({"ouvert_le": moment} for moment in moments)):
        trouves = resultats(Criteres(texte="offre", **criteres), lectrice, MARDI)
        vus.append(noms(trouves) == [uo.nom])
        tout = resultats(Criteres(texte="offre"), lectrice, MARDI)
        (carte,) = cartes_de(replace(tout, criteres=replace(tout.criteres, **criteres)), MARDI)
        assert carte.ouverture.ouvert is vus[-1], carte.ouverture
    assert vus == ouverts
