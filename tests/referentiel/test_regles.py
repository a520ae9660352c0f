"""The national rules EX, ST, CO, CP and RE over plain facts: the official examples, and what always holds."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from referentiel.champs import champs_de
from referentiel.niveaux import Niveau
from referentiel.qualite.faits import Autorisation, Etat, FaitsEtablissement, FaitsOffre
from referentiel.qualite.regles import (
    REGLES,
    Importance,
    a_verifier,
    bloquants_nouveaux,
    evaluer_etablissement,
    evaluer_offre,
)

JOUR = date(2026, 11, 21)
HIER, AN_DERNIER = date(2026, 11, 20), date(2025, 11, 21)


def offre(**faits) -> FaitsOffre:
    activites, actes = (frozenset(faits.pop(nom, ())) for nom in ("activites", "actes"))
    return FaitsOffre(**{"nom": "Unité A", **faits}, activites=activites, actes=actes)


def eg(*offres, **faits) -> FaitsEtablissement:
    return FaitsEtablissement(**{"jour": JOUR, "numero_finess": "770000001", "recue": True, **faits}, offres=offres)


def etat(code: str, faits) -> Etat | None:
    evaluer = evaluer_offre if isinstance(faits, FaitsOffre) else evaluer_etablissement
    return next((c.etat for c in evaluer(faits) if c.regle.code == code), None)


def message(code: str, faits) -> str:
    evaluer = evaluer_offre if isinstance(faits, FaitsOffre) else evaluer_etablissement
    return next(c.message for c in evaluer(faits) if c.regle.code == code)


class TestCO1:
    @pytest.mark.parametrize("nom", ["Unité d’accueil des urgences", "Accueil d’URGENCE", "Urgences pédiatriques"])
    def test_the_name_says_it(self, nom):
        accueil = offre(nom=nom, mode_prise_en_charge="33", activites=["157"])
        assert etat("CO1", accueil) is Etat.NON_EVALUABLE
        assert "autorisations" in message("CO1", accueil)
        assert etat("CO1", replace(accueil, autorisations=frozenset({Autorisation.URGENCES}))) is Etat.CONFORME
        assert etat("CO1", replace(accueil, autorisations=frozenset())) is Etat.ECART

    def test_a_name_that_does_not_is_told_whatever_the_authorisation(self):
        assert etat("CO1", offre(nom="SAU", mode_prise_en_charge="33", activites=["249"])) is Etat.ECART

    @pytest.mark.parametrize(("mode", "activites"), [("28", ["157"]), ("33", ["100"]), ("", ["157"])])
    def test_other_offers_are_not_concerned(self, mode, activites):
        assert etat("CO1", offre(mode_prise_en_charge=mode, activites=activites)) is None

    def test_both_activities_need_both_authorisations(self):
        accueil = offre(nom="Urgences", mode_prise_en_charge="33", activites=["157", "249"])
        une = frozenset({Autorisation.URGENCES})
        assert etat("CO1", replace(accueil, autorisations=une)) is Etat.ECART
        assert etat("CO1", replace(accueil, autorisations=une | {Autorisation.URGENCES_PEDIATRIQUES})) is Etat.CONFORME


class TestCO3:
    @pytest.mark.parametrize(
        "nom",
        [
            "UHSA de Villejuif",
            "UHSI",
            "Unité hospitalière sécurisée interrégionale",
            "Unité hospitalière spécialement aménagée",
            "Consultations pour détenus",
            "USMP du centre pénitentiaire",
            "SMPR de Fresnes",
            "Service médico-psychologique régional",
            "UMD Henri Colin",
            "Unité NRBC",
            "Unité de décontamination",
        ],
    )
    def test_the_names_of_the_official_query_are_sensitive(self, nom):
        assert etat("CO3", offre(nom=nom)) is Etat.ECART
        assert etat("CO3", offre(nom=nom, unite_sensible=True)) is Etat.CONFORME
        assert etat("CO3", offre(nom="Unité A", nom_uf=nom)) is Etat.ECART

    @pytest.mark.parametrize(
        "nom",
        [
            "Unité d’hébergement",
            "Unité sécurisée Alzheimer",
            "SMPR, réadaptation",
            "Centre médico-psychologique",
            "CUMD",
        ],
    )
    def test_other_names_are_not(self, nom):
        assert etat("CO3", offre(nom=nom)) is None
        assert etat("CO3", offre(nom=nom, unite_sensible=True)) is Etat.ECART

    @pytest.mark.parametrize("codes", [{"activites": ["089"]}, {"actes": ["0006"]}, {"actes": ["0008", "0001"]}])
    def test_an_activity_or_an_act_is_enough(self, codes):
        assert etat("CO3", offre(**codes)) is Etat.ECART
        assert etat("CO3", offre(**codes, unite_sensible=True)) is Etat.CONFORME

    @pytest.mark.parametrize("categorie", ["500", "124", "SA05"])
    def test_categories_left_out(self, categorie):
        assert etat("CO3", offre(nom="Unité sécurisée", categorie=categorie)) is None

    def test_it_alone_blocks_and_only_when_something_it_looks_at_is_changed(self):
        assert [r.code for r in REGLES.values() if r.importance is Importance.BLOQUANTE] == ["CO3"]
        ancienne = offre(nom="UHSA")
        assert bloquants_nouveaux(ancienne, replace(ancienne, temporalite_accueil="02")) == []
        assert bloquants_nouveaux(offre(), ancienne)[0].champ == "unite_sensible"
        assert bloquants_nouveaux(offre(), replace(ancienne, unite_sensible=True)) == []


class TestCP:
    @pytest.mark.parametrize(
        ("categorie", "mode", "concernee"),
        [("500", "46", True), ("500", "47", False), ("183", "47", True), ("183", "28", False), ("355", "46", False)],
    )
    def test_cp5_who_is_concerned(self, categorie, mode, concernee):
        vide = offre(categorie=categorie, mode_prise_en_charge=mode)
        assert etat("CP5", vide) is (Etat.ECART if concernee else None)
        dite = replace(vide, type_offre="1", temporalite_accueil="02")
        assert etat("CP5", dite) is (Etat.CONFORME if concernee else None)
        assert etat("CP5", replace(vide, type_offre="38")) is None

    def test_cp5_leads_to_the_field_that_is_typed_here(self):
        sans = offre(categorie="500", mode_prise_en_charge="46", type_offre="1")
        assert [c.champ for c in evaluer_offre(sans) if c.regle.code == "CP5"] == ["temporalite_accueil"]
        avec = replace(sans, type_offre="", temporalite_accueil="01")
        assert [c.champ for c in evaluer_offre(avec) if c.regle.code == "CP5"] == [""]

    @pytest.mark.parametrize(
        ("places", "attendu"), [(None, Etat.NON_EVALUABLE), (0, Etat.ECART), (1, Etat.CONFORME), (80, Etat.CONFORME)]
    )
    def test_cp6_asks_places(self, places, attendu):
        faits = offre(categorie="500", mode_prise_en_charge="47", places_installees=places)
        assert etat("CP6", faits) is attendu
        assert etat("CP6", replace(faits, type_offre="25")) is None
        assert etat("CP6", replace(faits, type_offre="38")) is None
        assert etat("CP6", replace(faits, categorie="355")) is None


class TestCO2:
    MATERNITE = offre(nom="Maternité", mode_prise_en_charge="28", activites=["100"], niveaux=frozenset({"01"}))
    NEONAT = offre(nom="Néonatalogie", mode_prise_en_charge="28", activites=["094"], niveaux=frozenset())
    INTENSIFS = offre(nom="Soins intensifs", mode_prise_en_charge="28", activites=["369"], niveaux=frozenset())
    REANIMATION = offre(nom="Réanimation", mode_prise_en_charge="28", activites=["128"], niveaux=frozenset())

    @pytest.mark.parametrize(
        ("niveau", "nombre", "autorisation"),
        [
            ("01", 0, Autorisation.OBSTETRIQUE),
            ("02", 1, Autorisation.NEONAT),
            ("03", 2, Autorisation.SOINS_INTENSIFS_NEONAT),
            ("04", 3, Autorisation.REANIMATION_NEONAT),
        ],
    )
    def test_each_type_asks_its_offers_and_its_authorisation(self, niveau, nombre, autorisation):
        autres = (self.NEONAT, self.INTENSIFS, self.REANIMATION)[:nombre]
        declaree = replace(self.MATERNITE, niveaux=frozenset({niveau}))
        complet = eg(declaree, *autres, autorisations=frozenset({autorisation}))
        assert etat("CO2", complet) is Etat.CONFORME
        assert etat("CO2", replace(complet, autorisations=None)) is Etat.NON_EVALUABLE
        assert etat("CO2", replace(complet, autorisations=frozenset())) is Etat.ECART
        autre = replace(self.MATERNITE, niveaux=frozenset({"04" if niveau != "04" else "01"}))
        assert etat("CO2", replace(complet, offres=(autre, *autres))) is Etat.ECART

    def test_without_the_type_the_rest_is_still_told(self):
        inconnue = replace(self.MATERNITE, niveaux=None)
        assert etat("CO2", eg(inconnue)) is Etat.NON_EVALUABLE
        assert "maternité" in message("CO2", eg(replace(inconnue, nom="Suites de couches")))
        assert etat("CO2", eg(inconnue, self.REANIMATION)) is Etat.ECART
        assert etat("CO2", eg(self.NEONAT)) is Etat.ECART

    def test_without_any_such_offer_it_is_not_concerned(self):
        assert etat("CO2", eg(offre(mode_prise_en_charge="28"), offre(activites=["100"]))) is None


class TestEtablissement:
    def test_ex12(self):
        assert etat("EX1.2", eg(categorie="500")) is Etat.CONFORME
        assert etat("EX1.2", eg(categorie="355")) is Etat.NON_EVALUABLE
        assert etat("EX1.2", eg(categorie="355", autorisations=frozenset({Autorisation.SMR}))) is Etat.CONFORME
        assert etat("EX1.2", eg(categorie="355", autorisations=frozenset())) is None
        assert etat("EX1.2", eg(numero_finess="", categorie="500")) is None

    @pytest.mark.parametrize(
        ("faits", "attendu"),
        [
            ({}, Etat.CONFORME),
            ({"recue": False}, Etat.NON_EVALUABLE),
            ({"etat_finess": "FINESS le dit fermé."}, Etat.ECART),
            ({"date_fermeture": HIER}, Etat.ECART),
            ({"date_fermeture": HIER, "fermee": True}, Etat.CONFORME),
            ({"date_fermeture": JOUR + timedelta(30)}, Etat.CONFORME),
        ],
    )
    def test_ex2(self, faits, attendu):
        assert etat("EX2", eg(**faits)) is attendu

    @pytest.mark.parametrize(
        ("code", "activite", "autorisation"),
        [
            ("EX3", "121", Autorisation.REANIMATION),
            ("EX4", "130", Autorisation.REANIMATION_PEDIATRIQUE),
            ("EX5", "128", Autorisation.REANIMATION_NEONAT),
        ],
    )
    def test_ex3_to_ex5(self, code, activite, autorisation):
        permis = frozenset({autorisation})
        assert etat(code, eg(categorie="355")) is Etat.NON_EVALUABLE
        assert etat(code, eg(categorie="500")) is None
        assert etat(code, eg(autorisations=frozenset())) is None
        assert etat(code, eg(autorisations=permis)) is Etat.ECART
        assert etat(code, eg(offre(activites=[activite]), autorisations=permis)) is Etat.CONFORME

    def test_st2_st3_co4(self):
        assert [etat(code, eg()) for code in ("ST2", "ST3", "CO4")] == [Etat.CONFORME] * 3
        assert etat("ST2", eg(ej_finess="Autre EJ.")) is Etat.ECART
        assert etat("CO4", eg(categorie_finess="Autre catégorie.")) is Etat.ECART
        assert etat("ST3", eg(doublons=1)) is Etat.ECART
        assert etat("ST3", eg(numero_finess="")) is Etat.NON_EVALUABLE
        assert etat("ST3", eg(numero_finess="", siret="26770012300019")) is Etat.CONFORME
        for code in ("ST2", "CO4"):
            assert etat(code, eg(recue=False)) is Etat.NON_EVALUABLE
            assert etat(code, eg(numero_finess="")) is None
        assert etat("CO4", eg(categorie="SA05", categorie_finess="Autre.")) is None


class TestRE12:
    @pytest.mark.parametrize(
        ("recentes", "total", "attendu"),
        [
            (0, 0, Etat.CONFORME),
            (0, 1, Etat.ECART),
            (1, 7, Etat.CONFORME),
            (0, 7, Etat.ECART),
            (1, 8, Etat.ECART),
            (2, 8, Etat.CONFORME),
            (24, 98, Etat.ECART),  # 0.2449 is rounded to 0.24
            (49, 200, Etat.CONFORME),  # 0.245 is rounded to 0.25
        ],
    )
    def test_the_share_of_the_official_query(self, recentes, total, attendu):
        offres = [offre(mise_a_jour=HIER if n < recentes else AN_DERNIER) for n in range(total)]
        assert etat("RE1.2", eg(*offres)) is attendu

    def test_closed_or_ville_is_not_concerned(self):
        assert etat("RE1.2", eg(offre(), fermee=True)) is None
        assert etat("RE1.2", eg(offre(), categorie="SA07")) is None
        assert etat("RE1.2", eg(offre())) is Etat.ECART  # never updated


codes = st.sampled_from(
    ["", "28", "33", "46", "47", "089", "100", "128", "157", "249", "0006", "25", "38", "500", "183"]
)
offres = st.builds(
    FaitsOffre,
    nom=st.one_of(st.text(max_size=30), st.sampled_from(["UHSA", "Urgences", "Maternité", "Unité sécurisée"])),
    nom_uf=st.text(max_size=10),
    categorie=codes,
    mode_prise_en_charge=codes,
    type_offre=codes,
    temporalite_accueil=codes,
    activites=st.frozensets(codes),
    actes=st.frozensets(codes),
    unite_sensible=st.booleans(),
    niveaux=st.none() | st.frozensets(st.sampled_from(["01", "02", "04", "26"])),
    places_installees=st.none() | st.integers(0, 500),
    mise_a_jour=st.none() | st.dates(date(2020, 1, 1), JOUR),
    autorisations=st.none() | st.frozensets(st.sampled_from(list(Autorisation))),
)


@given(offres)
def test_each_rule_speaks_once_of_fields_that_exist(faits):
    constats = evaluer_offre(faits)
    trouves = [c.regle.code for c in constats]
    assert len(trouves) == len(set(trouves))
    for constat in constats:
        assert constat.message
        assert constat.champ == "" or constat.champ in champs_de(Niveau.UO)
        assert constat.champ == "" or constat.etat is Etat.ECART
    ecarts = a_verifier(constats)
    assert {c.etat for c in ecarts} <= {Etat.ECART}
    assert sorted(ecarts, key=lambda c: not c.bloquant) == ecarts


@given(offres)
def test_answering_co3_the_other_way_settles_it(faits):
    if etat("CO3", faits) is Etat.ECART:
        assert etat("CO3", replace(faits, unite_sensible=not faits.unite_sensible)) is not Etat.ECART


@given(st.lists(offres, max_size=12), st.booleans())
def test_one_more_update_never_breaks_re12(liste, fermee):
    avant = eg(*liste, fermee=fermee)
    apres = replace(avant, offres=tuple(replace(o, mise_a_jour=JOUR) for o in liste))
    if etat("RE1.2", avant) is not None:
        assert etat("RE1.2", apres) is Etat.CONFORME


@given(st.lists(offres, max_size=6))
def test_without_authorisations_nothing_is_made_up(liste):
    """Neither kept nor broken on the strength of what is not known."""
    faits = eg(*(replace(o, autorisations=None) for o in liste), categorie="355")
    for code in ("EX1.2", "EX3", "EX4", "EX5"):
        assert etat(code, faits) is Etat.NON_EVALUABLE
