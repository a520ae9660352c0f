"""Copying hours, as pure rules: before the week those in place, from it on those copied, nothing else touched."""

from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from referentiel.copie_horaires import copier
from referentiel.horaires import Exception_, Feries, Horaires, Periode, Plage, depuis_table, en_table, tranches_du_jour

LUNDI = date(2026, 12, 7)
DEBUT = LUNDI - timedelta(days=120)


@st.composite
def semaines(draw) -> Horaires:
    """An ordinary week, perhaps dated ones, one that alternates, exceptions."""

    def plages() -> tuple[Plage, ...]:
        jours = draw(st.lists(st.integers(1, 8), max_size=3, unique=True))
        return tuple(Plage(jour, 60 * draw(st.integers(6, 11)), 60 * draw(st.integers(12, 20))) for jour in jours)

    periodes = [Periode("p1", plages=plages(), feries=draw(st.sampled_from(Feries)))]
    for n in range(draw(st.integers(0, 2))):
        du = DEBUT + timedelta(days=draw(st.integers(0, 240)))
        au = draw(st.none() | st.integers(0, 120))
        periodes.append(Periode(f"p{n + 2}", du, None if au is None else du + timedelta(days=au), plages=plages()))
    if draw(st.booleans()):
        du = DEBUT + timedelta(days=draw(st.integers(0, 240)))
        periodes.append(Periode("p9", du, plages=plages(), toutes_les=draw(st.integers(2, 3))))
    exceptions = []
    for n in range(draw(st.integers(0, 2))):
        du = DEBUT + timedelta(days=draw(st.integers(0, 240)))
        exceptions.append(Exception_(f"x:{n}", du, du + timedelta(days=draw(st.integers(0, 5)))))
    return Horaires(tuple(periodes), tuple(exceptions))


def jours():
    return [DEBUT + timedelta(days=n) for n in range(0, 300)]


def lire(horaires: Horaires, jour: date):
    return tranches_du_jour(horaires, jour, lambda j: None)


@settings(deadline=None)
@given(semaines(), semaines())
def test_from_the_week_on_the_hours_are_those_copied_and_before_it_those_in_place(de, vers):
    copie = depuis_table(copier(en_table(de), en_table(vers), lundi=LUNDI))
    de, vers = Horaires(de.periodes, vers.exceptions), Horaires(vers.periodes, vers.exceptions)
    for jour in jours():
        assert lire(copie, jour) == lire(vers if jour < LUNDI else de, jour)


@given(semaines(), semaines())
def test_without_a_week_they_take_the_place_of_all_but_the_exceptions(de, vers):
    copie = depuis_table(copier(en_table(de), en_table(vers)))
    assert copie.periodes == depuis_table(en_table(de)).periodes
    assert copie.exceptions == depuis_table(en_table(vers)).exceptions


@given(semaines(), semaines(), st.none() | st.just(LUNDI))
def test_copied_twice_is_copied_once(de, vers, lundi):
    table = copier(en_table(de), en_table(vers), lundi=lundi, exceptions=True)
    if lundi is None:
        assert copier(en_table(de), table, lundi=lundi, exceptions=True) == table == en_table(de)
    else:
        assert len(depuis_table(copier(en_table(de), table, lundi=lundi)).periodes) == len(depuis_table(table).periodes)


@given(semaines(), semaines())
def test_the_exceptions_that_begin_later_are_replaced_when_asked(de, vers):
    copie = depuis_table(copier(en_table(de), en_table(vers), lundi=LUNDI, exceptions=True))
    dates = sorted((e.du, e.au) for e in copie.exceptions)
    attendues = [e for e in vers.exceptions if e.du < LUNDI] + [e for e in de.exceptions if e.du >= LUNDI]
    assert dates == sorted((e.du, e.au) for e in attendues)
