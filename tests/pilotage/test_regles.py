"""The pure rules of the yearly review: days, paliers, signals, labels, and the two yearly rules."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilotage.signaux import Faits, a_verifier, signaux
from referentiel.qualite.fraicheur import Fraicheur, compter
from referentiel.relecture import (
    PALIERS,
    REPORT_MAX,
    dire_fraicheur,
    echeance_de,
    limite_de_relecture,
    palier_du,
    report_au,
    un_an_apres,
)

JOURS = st.integers(0, 7_600).map(lambda n: date(2020, 1, 1) + timedelta(days=n))
JOUR = date(2026, 11, 27)


# ---------- days ----------


@given(JOURS, JOURS)
def test_la_limite_de_relecture_garde_les_offres_dues_et_elles_seules(relue, echeance):
    assert (relue <= limite_de_relecture(echeance)) == (un_an_apres(relue) <= echeance)


@given(JOURS, st.integers(-400, 800))
def test_un_seul_palier_a_la_fois_et_jamais_avant_son_jour(echeance, ecart):
    palier = palier_du(echeance, echeance + timedelta(days=ecart))
    assert palier == (None if ecart < -60 else -60 if ecart < -30 else -30 if ecart < 0 else 0 if ecart < 30 else 30)
    assert palier is None or palier in PALIERS


@pytest.mark.exigence("B28")
@given(JOURS, st.integers(-60, 60), st.sampled_from([7, 30]))
def test_un_report_avance_et_ne_passe_jamais_trente_jours_de_retard(echeance, ecart, jours):
    jour = echeance + timedelta(days=ecart)
    au = report_au(echeance, jour, jours)
    assert au is None if ecart >= 30 else jour < au <= min(echeance + REPORT_MAX, jour + timedelta(days=jours))


def test_une_offre_jamais_relue_est_due_un_an_apres_sa_creation():
    assert echeance_de(None, date(2026, 3, 1)) == date(2027, 3, 1)
    assert echeance_de(date(2026, 5, 1), date(2020, 1, 1)) == date(2027, 5, 1)


# ---------- what is said of an old offer (B30) ----------


@pytest.mark.exigence("B30")
@pytest.mark.parametrize(
    ("relue", "mot", "ancienne"),
    [
        (date(2025, 9, 20), "Non vérifiée depuis 14\u00a0mois", True),
        (date(2023, 1, 1), "Non vérifiée depuis 3\u00a0ans", True),
        (date(2025, 11, 26), "Non vérifiée depuis 12\u00a0mois", True),
        (date(2025, 11, 27), "Non vérifiée depuis 12\u00a0mois", True),
        (date(2025, 11, 28), "Vérifiée le 28\u00a0nov. 2025", False),
        (JOUR, "Vérifiée le 27\u00a0nov. 2026", False),
        (None, "Jamais vérifiée", True),
    ],
)
def test_l_age_d_une_offre_se_dit(relue, mot, ancienne):
    dite = dire_fraicheur(relue, JOUR)
    assert (dite.mot, dite.ancienne) == (mot, ancienne)


# ---------- the two yearly rules (RE1.2) ----------


@pytest.mark.exigence("S66")
@pytest.mark.parametrize(
    ("offres", "recentes", "re12"),
    [
        (0, 0, True),
        (1, 0, False),
        (1, 1, True),
        (7, 1, True),
        (8, 1, False),
        (8, 2, True),
        (100, 24, False),
        (100, 25, True),
    ],
)
def test_re12_demande_une_offre_puis_un_quart(offres, recentes, re12):
    fraicheur = Fraicheur(offres, 0, recentes)
    assert fraicheur.re12 is re12
    assert fraicheur.annuelle is (offres == 0)


def test_une_mise_a_jour_ne_vaut_pas_une_relecture():
    fraicheur = compter([(None, JOUR), (date(2026, 1, 1), JOUR), (date(2025, 1, 1), date(2025, 1, 1))], JOUR)
    assert (fraicheur.offres, fraicheur.relues, fraicheur.mises_a_jour) == (3, 1, 2)
    assert (fraicheur.re12, fraicheur.annuelle) == (True, False)


# ---------- signals (M17) ----------

TELEPHONE = {"c1": {"telecoms": [{"canal": "2", "adresse": "0160000001"}]}}


def faits(**autres) -> Faits:
    return Faits(
        **{"jour": JOUR, "relue_le": date(2026, 1, 5), "creee_le": date(2020, 1, 1), "contacts": TELEPHONE} | autres
    )


def forts(**autres) -> list[str]:
    return [s.code for s in signaux(faits(**autres)) if s.fort]


@pytest.mark.exigence("M17")
def test_une_offre_saine_n_a_pas_de_signal_fort():
    assert signaux(faits()) == []
    assert not a_verifier(signaux(faits(situation="Dans 14 jours")), due=True)


@pytest.mark.exigence("M17")
@pytest.mark.parametrize(
    ("autres", "attendus"),
    [
        ({"en_attente": True}, ["attente"]),
        ({"horaires": False}, ["horaires"]),
        ({"avis_horaires": ["Doute 1", "Doute 2"]}, ["horaires"]),
        ({"contacts": {}}, ["contact"]),
        ({"contacts": {"c": {"telecoms": [{"canal": "4", "adresse": "https://x.example"}]}}}, ["contact"]),
        ({"contacts": {"c": {"telecoms": [{"canal": "2", "adresse": "01 60"}]}}}, ["contact"]),
        ({"contacts": {"c": {"telecoms": [{"canal": "3", "adresse": "accueil(at)x"}]}}}, ["contact"]),
        ({"ecarts": [("CP5", "Il manque la temporalité.", "accueil")]}, ["regle"]),
        ({"conseils": [("RE1.2", "Conseil.", "")]}, []),
        ({"fermee": True}, ["fermeture"]),
        ({"fermee": True, "reouverture": JOUR}, ["fermeture"]),
        ({"fermee": True, "reouverture": JOUR + timedelta(days=9)}, []),
        ({"relue_le": date(2024, 11, 27)}, ["age"]),
        ({"relue_le": date(2025, 1, 1), "situation": "En retard de 300 jours"}, []),
        ({"relue_le": None}, ["jamais"]),
        ({"relue_le": None, "creee_le": date(2026, 10, 1)}, []),
        ({"finess": [(date(2026, 5, 1), frozenset({"localite"}))], "adresse_de_l_eg": True}, ["finess"]),
        ({"finess": [(date(2026, 5, 1), frozenset({"localite"}))]}, []),
        ({"finess": [(date(2025, 5, 1), frozenset({"localite"}))], "adresse_de_l_eg": True}, []),
        ({"finess": [(date(2026, 5, 1), frozenset({"categorie"}))], "adresse_de_l_eg": True}, []),
        ({"ailleurs": (date(2026, 5, 1), "support")}, []),
    ],
)
def test_ce_qui_fait_regarder_une_offre_seule(autres, attendus):
    assert forts(**autres) == attendus


def test_une_offre_a_jour_n_est_redemandee_que_pour_ce_qui_est_arrive_depuis():
    assert not a_verifier(signaux(faits(horaires=False)), due=False)
    depuis = signaux(faits(finess=[(date(2026, 5, 1), frozenset({"localite"}))], adresse_de_l_eg=True))
    assert a_verifier(depuis, due=False)
