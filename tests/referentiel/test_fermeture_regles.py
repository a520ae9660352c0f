"""The pure rules of a closing: the state day by day, what contradicts itself, what is told, the hours under it."""

import itertools
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from referentiel.fermeture import (
    CHAMPS,
    EtatOffre,
    Fermeture,
    etat_au,
    jour_sur_place,
    ouverture_compte_tenu,
    verifier,
    verifier_dates,
)
from referentiel.horaires import EtatOuverture
from referentiel.models.structure import Etat

PARIS = ZoneInfo("Europe/Paris")
LUNDI = date(2026, 12, 21)
jours = st.dates(date(2026, 1, 1), date(2028, 12, 31))
fermetures = st.builds(
    Fermeture,
    type=st.sampled_from(["", "DEF", "PRO"]),
    du=st.none() | jours,
    reouverture=st.none() | jours,
    previsionnelle=st.booleans(),
)


def coherentes() -> st.SearchStrategy[Fermeture]:
    """A closing that `verifier` accepts."""

    def fermer(du: date, duree: int | None, annoncee: bool) -> Fermeture:
        return Fermeture("PRO", du, duree and du + timedelta(days=duree), annoncee)

    provisoires = st.builds(fermer, jours, st.none() | st.integers(1, 500), st.booleans())
    return st.just(Fermeture()) | st.builds(Fermeture, st.just("DEF"), jours) | provisoires


def test_the_states_are_those_of_a_structure():
    assert [etat.value for etat in EtatOffre] == [Etat.OUVERTE, Etat.FERMEE_PROVISOIREMENT, Etat.FERMEE]


@given(coherentes(), jours)
def test_day_by_day_an_offer_closes_once_and_reopens_at_most_once(fermeture, debut):
    etats = [fermeture.etat_au(debut + timedelta(days=n)) for n in range(0, 1200)]
    changements = [(a, b) for a, b in itertools.pairwise(etats) if a != b]
    assert len(changements) <= 2
    for avant, apres in changements:
        assert EtatOffre.OUVERTE in (avant, apres)
        assert avant is not EtatOffre.DEFINITIVE


@given(coherentes())
def test_closed_from_its_date_until_its_reopening_and_not_a_day_more(fermeture):
    if not fermeture.type:
        assert fermeture.etat_au(LUNDI) is EtatOffre.OUVERTE
        return
    veille = timedelta(days=1)
    assert fermeture.etat_au(fermeture.du - veille) is EtatOffre.OUVERTE
    assert fermeture.etat_au(fermeture.du) == fermeture.type
    if fermeture.reouverture:
        assert fermeture.etat_au(fermeture.reouverture - veille) is EtatOffre.PROVISOIRE
        assert fermeture.etat_au(fermeture.reouverture) is EtatOffre.OUVERTE
        assert fermeture.echue(fermeture.reouverture)
        assert not fermeture.echue(fermeture.reouverture - veille)


@given(coherentes(), jours)
def test_what_is_told_agrees_with_the_state(fermeture, jour):
    annonce, etat = fermeture.annonce(jour), fermeture.etat_au(jour)
    assert annonce.startswith("Fermée") == (etat is not EtatOffre.OUVERTE)
    assert annonce.startswith("Fermera") == fermeture.a_venir(jour)
    assert ("définitivement" in annonce) <= (fermeture.type == "DEF")


@given(coherentes())
def test_a_coherent_closing_is_accepted(fermeture):
    assert verifier(fermeture) == {}


@given(fermetures)
def test_whatever_is_refused_is_refused_beside_one_of_its_fields(fermeture):
    assert verifier(fermeture).keys() <= set(CHAMPS)


@pytest.mark.parametrize(
    ("fermeture", "champ", "mot"),
    [
        (Fermeture(du=LUNDI), "type_fermeture", "choisissez le type"),
        (Fermeture(message="Travaux"), "type_fermeture", "choisissez le type"),
        (Fermeture("XXX", LUNDI), "type_fermeture", "dans la liste"),
        (Fermeture("PRO"), "date_fermeture", "une date est attendue"),
        (Fermeture("DEF", LUNDI, LUNDI + timedelta(days=1)), "date_reouverture_prevue", "n’a pas de réouverture"),
        (Fermeture("PRO", LUNDI, LUNDI), "date_reouverture_prevue", "doit suivre la fermeture du 21\u00a0décembre"),
    ],
)
def test_what_contradicts_itself_is_told_beside_its_field(fermeture, champ, mot):
    assert mot in verifier(fermeture)[champ]


def test_what_is_typed_too_late_or_with_a_slipped_year_is_refused():
    passee = Fermeture("PRO", LUNDI, LUNDI + timedelta(days=5))
    assert verifier_dates(passee, LUNDI) == {}
    assert "passée" in verifier_dates(passee, LUNDI + timedelta(days=5))["date_reouverture_prevue"]
    annoncee = replace(passee, previsionnelle=True)
    assert verifier_dates(annoncee, LUNDI - timedelta(days=1)) == {}
    assert "à venir" in verifier_dates(annoncee, LUNDI)["date_fermeture"]
    assert "l’année" in verifier_dates(Fermeture("PRO", date(226, 12, 21)), LUNDI)["date_fermeture"]


def test_the_day_is_that_of_the_place():
    instant = datetime(2026, 12, 20, 21, tzinfo=UTC)
    assert jour_sur_place(instant, "77") == date(2026, 12, 20)
    assert jour_sur_place(instant, "974") == LUNDI


def toujours(moment: datetime) -> EtatOuverture:
    return EtatOuverture(True)


def de_9_a_17(moment: datetime) -> EtatOuverture:
    """Open every day from 9 to 17."""
    ouverture, fin = (moment.replace(hour=h, minute=0, second=0, microsecond=0) for h in (9, 17))
    if ouverture <= moment < fin:
        return EtatOuverture(True, jusqu_a=fin)
    suivante = ouverture if moment < ouverture else ouverture + timedelta(days=1)
    return EtatOuverture(False, prochaine_ouverture=suivante)


@given(
    coherentes(),
    st.builds(datetime.combine, jours, st.times(), tzinfo=st.just(PARIS)),
    st.sampled_from([toujours, de_9_a_17]),
)
def test_nothing_is_ever_open_while_closed(fermeture, instant, heures):
    etat = ouverture_compte_tenu(fermeture, heures, instant)
    if fermeture.etat_au(instant.date()) is not EtatOffre.OUVERTE:
        assert etat.ouvert is False
    if etat.prochaine_ouverture:
        assert fermeture.etat_au(etat.prochaine_ouverture.date()) is EtatOffre.OUVERTE
        assert heures(etat.prochaine_ouverture).ouvert
    if etat.jusqu_a:
        assert fermeture.etat_au((etat.jusqu_a - timedelta(minutes=1)).date()) is EtatOffre.OUVERTE


def test_an_offer_open_day_and_night_is_open_until_the_midnight_of_its_closing():
    etat = ouverture_compte_tenu(Fermeture("PRO", LUNDI), toujours, datetime(2026, 12, 18, 12, tzinfo=PARIS))
    assert etat.jusqu_a == datetime(2026, 12, 21, tzinfo=PARIS)


def test_the_state_needs_no_object():
    assert etat_au(LUNDI, "PRO", LUNDI, None) is EtatOffre.PROVISOIRE
