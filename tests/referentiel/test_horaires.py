"""Opening hours: storage, typing, sentence, warnings, and « ouvert maintenant » against a minute-by-minute clock."""

import json
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from referentiel.changements import Changement, Genre, fusionner
from referentiel.changements import normaliser as normaliser_valeur
from referentiel.horaires import (
    JOUR_FERIE,
    TOUS_LES_JOURS,
    Exception_,
    Feries,
    FinAvantDebut,
    HeureIllisible,
    Horaires,
    Periode,
    Plage,
    depuis_table,
    en_table,
    etat,
    fuseau_de,
    jours_feries,
    lire_heure,
    lire_plage,
    normaliser,
    phrase,
    tranches_du_jour,
    verifier,
)

LUNDI = date(2026, 3, 23)  # the clock goes forward on Sunday 29 March 2026, back on 25 October
dates = st.dates(date(2026, 3, 20), date(2026, 4, 10)) | st.dates(date(2026, 10, 20), date(2026, 11, 5))
autres = st.sampled_from([{}, {}, {"futur": 1}])


@st.composite
def plages_de(draw, jours):
    debut = draw(st.integers(0, 95)) * 15
    fin = draw(st.integers(debut // 15 + 1, 191)) * 15
    type_plage = draw(st.sampled_from([None, None, "01", "03", "08", "99"]))
    return Plage(draw(jours), debut, fin, type_plage, draw(autres))


def listes(jours, taille=5):
    return st.lists(plages_de(jours), max_size=taille).map(lambda p: tuple(sorted(p, key=lambda x: x.jour)))


periodes = st.builds(
    Periode,
    cle=st.just("p1"),
    du=st.none() | dates,
    au=st.none() | dates,
    libelle=st.sampled_from(["", "Été"]),
    feries=st.sampled_from(Feries),
    plages=listes(st.integers(1, 8), 8),
    toutes_les=st.integers(1, 3),
    autres=autres,
)
exceptions = st.builds(
    Exception_,
    cle=st.just("x:1"),
    du=dates,
    au=dates,
    plages=listes(st.just(TOUS_LES_JOURS), 2),
    libelle=st.sampled_from(["", "Travaux"]),
    autres=autres,
)


@st.composite
def tous_horaires(draw):
    p = draw(st.lists(periodes, max_size=2))
    x = draw(st.lists(exceptions, max_size=2))
    return Horaires(
        tuple(Periode(f"p{i}", *_valeurs(v)) for i, v in enumerate(p)),
        tuple(Exception_(f"x:{i}", *_valeurs(v)) for i, v in enumerate(x)),
    )


def _valeurs(objet):
    return [getattr(objet, nom) for nom in objet.__dataclass_fields__ if nom != "cle"]


def pas_ferie(jour):
    return None


def une_semaine(*plages, **options):
    return Horaires((Periode("p1", plages=tuple(plages), **options),))


def ouvrables(*tranches, jours=range(1, 6)):
    return [Plage(jour, debut, fin) for jour in jours for debut, fin in tranches]


# --- storage ---


@given(tous_horaires())
def test_aller_et_retour_par_la_table(horaires):
    table = json.loads(json.dumps(en_table(horaires)))
    assert depuis_table(table) == horaires
    assert normaliser_valeur(table, Genre.TABLE) == table


valeurs_quelconques = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 3000) | st.sampled_from(["", "2026-12-25", "20261225", "ferme", "z"]),
    lambda v: (
        st.lists(v, max_size=2)
        | st.dictionaries(st.sampled_from(["debut", "fin", "du", "au", "feries", "libelle", "plages", "zz"]), v)
    ),
    max_leaves=6,
)


def contenu_dans(petit, grand):
    if isinstance(petit, dict):
        return isinstance(grand, dict) and all(contenu_dans(v, grand.get(k)) for k, v in petit.items() if v != "")
    if isinstance(petit, list):
        grand = grand or []
        return len(petit) == len(grand) and all(contenu_dans(p, g) for p, g in zip(petit, grand, strict=True))
    return petit in (None, "") or petit == grand


@given(st.dictionaries(st.sampled_from(["p1", "p1/1", "p1/8", "p1/9", "p2/1", "x:1", "zz"]), valeurs_quelconques))
def test_rien_de_ce_qui_est_stocke_n_est_perdu(table):
    rendue = en_table(depuis_table(table))
    assert contenu_dans(normaliser_valeur(table, Genre.TABLE), rendue)


def test_deux_jours_modifies_par_deux_personnes_fusionnent():
    depart = en_table(une_semaine(*ouvrables((540, 720))))
    lundi = en_table(une_semaine(Plage(1, 480, 720), *ouvrables((540, 720), jours=range(2, 6))))
    mardi = en_table(une_semaine(*ouvrables((540, 720), jours=[1, 3, 4, 5])))
    fusion = fusionner(Changement("horaires", depart, lundi), mardi, Genre.TABLE)
    assert not fusion.conflits
    (periode,) = depuis_table(fusion.resultat).periodes
    assert [(p.jour, p.debut) for p in periode.plages] == [(1, 480), (3, 540), (4, 540), (5, 540)]


def test_un_jour_sans_sa_periode_est_garde_et_signale():
    horaires = depuis_table({"p9/1": [{"debut": 0, "fin": 60}]})
    assert horaires.periodes == ()
    assert [avis.code for avis in verifier(horaires)] == ["incompris"]


@pytest.mark.parametrize(
    "fautif",
    [
        lambda: Plage(9, 0, 60),
        lambda: Plage(1, 600, 540),
        lambda: Plage(1, 1440, 1500),
        lambda: Periode("x"),
        lambda: Periode("p1", plages=(Plage(TOUS_LES_JOURS, 0, 60),)),
        lambda: Exception_("1", LUNDI, LUNDI),
        lambda: Exception_("x:1", LUNDI, LUNDI, (Plage(1, 0, 60),)),
    ],
)
def test_un_modele_impossible_est_refuse(fautif):
    with pytest.raises(ValueError, match=r".+"):
        fautif()


# --- typing ---


@pytest.mark.parametrize(
    ("texte", "minutes"),
    [
        ("9", 540),
        ("9h", 540),
        ("9H30", 570),
        (" 9 h 30 ", 570),
        ("9\u00a0h\u00a030", 570),
        ("9:30", 570),
        ("0930", 570),
        ("930", 570),
        ("24h", 1440),
        ("0", 0),
        ("23.59", 1439),
    ],
)
def test_lire_heure(texte, minutes):
    assert lire_heure(texte) == minutes


@pytest.mark.parametrize("texte", ["", "  ", "25h", "24h01", "9h60", "9h5", "neuf heures", "-1", "9:30:00", "12345"])
def test_une_heure_illisible_dit_quoi_ecrire(texte):
    with pytest.raises(HeureIllisible, match="écrivez par exemple 9h, 9h30 ou 14:00"):
        lire_heure(texte)


@given(st.integers(0, 1440))
def test_les_heures_ecrites_se_relisent(minutes):
    heures, reste = divmod(minutes, 60)
    assert {lire_heure(f"{heures}h{reste:02d}"), lire_heure(f"{heures:02d}{reste:02d}")} == {minutes}


def test_fin_avant_debut_propose_la_nuit():
    with pytest.raises(FinAvantDebut, match="ouvert la nuit, jusqu’à 6\u00a0h le lendemain") as refus:
        lire_plage(1, "22h", "6h")
    assert refus.value.proposition == Plage(1, 1320, 1800)
    assert lire_plage(2, "0", "24h") == lire_plage(2, "0h", "0h") == Plage(2, 0, 1440)
    assert lire_plage(2, "18", "0") == Plage(2, 1080, 1440)


# --- normalisation ---


def minutes(plages):
    return {(p.jour, p.type_plage, minute) for p in plages for minute in range(p.debut, p.fin, 15)}


@given(listes(st.integers(1, 3), 8))
def test_normaliser_ne_laisse_ni_recouvrement_ni_contact(plages):
    rangees = normaliser(plages)
    assert minutes(rangees) == minutes(plages)
    assert normaliser(rangees) == rangees
    simples = [p for p in rangees if not p.autres]
    for i, a in enumerate(simples):
        for b in simples[i + 1 :]:
            assert (a.jour, a.type_plage) != (b.jour, b.type_plage) or a.fin < b.debut or b.fin < a.debut


# --- sentence ---

N = "\u00a0"
MATIN_APRES_MIDI = ouvrables((540, 720), (840, 1080))


@pytest.mark.parametrize(
    ("horaires", "attendu"),
    [
        (Horaires(), "Horaires non renseignés."),
        (une_semaine(), "Fermé toute la semaine."),
        (
            une_semaine(*MATIN_APRES_MIDI, Plage(6, 540, 720)),
            "Ouvert du lundi au vendredi de 9_h à 12_h et de 14_h à 18_h, le samedi de 9_h à 12_h. "
            "Fermé le dimanche et les jours fériés.",
        ),
        (
            une_semaine(*ouvrables((570, 1440), jours=[1, 2, 4]), feries=Feries.COMME_SEMAINE),
            "Ouvert le lundi, le mardi et le jeudi de 9_h_30 à minuit. "
            "Fermé le mercredi et du vendredi au dimanche. Ouvert les jours fériés aux mêmes heures.",
        ),
        (
            une_semaine(*ouvrables((0, 1440), jours=range(1, 8)), feries=Feries.COMME_SEMAINE),
            "Ouvert 24_h/24 et 7_j/7, jours fériés compris.",
        ),
        (
            une_semaine(*ouvrables((0, 1440), jours=range(1, 8))),
            "Ouvert 24_h/24 et 7_j/7, sauf les jours fériés.",
        ),
        (
            une_semaine(Plage(5, 1320, 1800), Plage(JOUR_FERIE, 600, 720), feries=Feries.OUVERT),
            "Ouvert le vendredi de 22_h à 6_h le lendemain. Fermé du lundi au jeudi, le samedi et le dimanche. "
            "Ouvert les jours fériés de 10_h à 12_h.",
        ),
        (
            une_semaine(Plage(1, 540, 720, "07"), du=LUNDI, toutes_les=2),
            "Consultations sur rendez-vous_: le lundi de 9_h à 12_h. Ces horaires valent une semaine sur 2.",
        ),
        (
            Horaires(exceptions=(Exception_("x:1", LUNDI, LUNDI + timedelta(days=9), libelle="travaux"),)),
            "Horaires non renseignés. Exceptionnellement fermé du 23_mars_2026 au 1er_avril_2026 (travaux).",
        ),
        (
            Horaires(exceptions=(Exception_("x:1", LUNDI, LUNDI, (Plage(0, 540, 720),)),)),
            "Horaires non renseignés. Exceptionnellement ouvert le 23_mars_2026 de 9_h à 12_h.",
        ),
    ],
)
def test_phrase(horaires, attendu):
    assert phrase(horaires, LUNDI) == attendu.replace("_", N)


@given(tous_horaires(), dates)
def test_il_y_a_toujours_une_phrase(horaires, le):
    texte = phrase(horaires, le)
    assert texte.endswith(".")
    assert "None" not in texte
    assert "  " not in texte


# --- which hours rule ---


def test_une_periode_datee_l_emporte_sur_la_semaine_type_et_une_exception_sur_tout():
    horaires = Horaires(
        (
            Periode("p1", plages=(Plage(1, 540, 720),)),
            Periode("p2", du=LUNDI, plages=(Plage(1, 600, 720),)),
            Periode("p3", du=LUNDI - timedelta(days=30), au=LUNDI + timedelta(days=7), plages=(Plage(1, 660, 720),)),
        ),
        (Exception_("x:1", LUNDI, LUNDI, (Plage(0, 0, 60),)),),
    )

    def debut(semaines):
        return tranches_du_jour(horaires, LUNDI + timedelta(weeks=semaines), pas_ferie)[0][0]

    assert [debut(n) for n in (-6, -1, 0, 1, 2)] == [540, 660, 0, 660, 600]


def test_une_semaine_sur_deux():
    horaires = Horaires(
        (
            Periode("p1", plages=(Plage(3, 540, 720),)),
            Periode("p2", du=LUNDI + timedelta(days=2), toutes_les=2, plages=(Plage(3, 600, 720),)),
        )
    )
    mercredis = [LUNDI + timedelta(days=2, weeks=n) for n in range(4)]
    assert [tranches_du_jour(horaires, j, pas_ferie)[0][0] for j in mercredis] == [600, 540, 600, 540]


def test_les_plages_de_fermeture_se_retranchent():
    horaires = une_semaine(Plage(1, 540, 1080), Plage(1, 720, 780, "08"), Plage(1, 0, 1440, "03"))
    assert tranches_du_jour(horaires, LUNDI, pas_ferie) == ((540, 720), (780, 1080))


@pytest.mark.parametrize(
    ("feries", "attendu"), [(Feries.FERME, ()), (Feries.OUVERT, ((600, 660),)), (Feries.COMME_SEMAINE, ((540, 720),))]
)
def test_jours_feries_de_la_periode(feries, attendu):
    horaires = une_semaine(*ouvrables((540, 720)), Plage(JOUR_FERIE, 600, 660), feries=feries)
    assert tranches_du_jour(horaires, date(2026, 5, 1), jours_feries("75")) == attendu


# --- open now ---


def a_l_horloge(horaires, instant, zone, feries):
    """Open by the clock on the wall, with nothing but the hours of that day and of the day before."""
    local = instant.astimezone(zone)
    minute = local.hour * 60 + local.minute
    veille = tranches_du_jour(horaires, local.date() - timedelta(days=1), feries) or ()
    if any(d <= minute + 1440 < f for d, f in veille):
        return True
    tranches = tranches_du_jour(horaires, local.date(), feries)
    return None if tranches is None else any(d <= minute < f for d, f in tranches)


@given(
    tous_horaires(),
    st.sampled_from(
        [
            datetime(2026, 3, 28, 20, tzinfo=UTC),
            datetime(2026, 10, 24, 20, tzinfo=UTC),
            datetime(2026, 10, 31, 20, tzinfo=UTC),
            datetime(2026, 4, 4, 3, tzinfo=UTC),
        ]
    ),
    st.integers(0, 400),
    st.sampled_from(["75", "975", "988"]),
)
def test_etat_comme_a_l_horloge(horaires, depart, minutes, departement):
    feries, fuseau = jours_feries(departement), fuseau_de(departement)
    zone = ZoneInfo(fuseau)
    instant = depart + timedelta(minutes=minutes)
    obtenu = etat(horaires, instant, fuseau, feries)
    assert obtenu.ouvert == a_l_horloge(horaires, instant, zone, feries)
    assert obtenu.jusqu_a is None or obtenu.ouvert is True
    assert obtenu.prochaine_ouverture is None or obtenu.ouvert is not True
    suite = obtenu.jusqu_a or obtenu.prochaine_ouverture
    moment = instant.replace(second=0) + timedelta(minutes=1)
    while moment < instant + timedelta(hours=14):
        change = (a_l_horloge(horaires, moment, zone, feries) is True) != (obtenu.ouvert is True)
        if change:
            break
        moment += timedelta(minutes=1)
    if change:
        assert suite == moment
    else:
        assert suite is None or suite >= moment


def le(texte, fuseau="Europe/Paris"):
    return datetime.fromisoformat(texte).replace(tzinfo=ZoneInfo(fuseau))


def test_etat_aux_bornes():
    horaires = une_semaine(*ouvrables((540, 720)))
    feries = jours_feries("75")
    assert etat(horaires, le("2026-03-23T08:59:59"), "Europe/Paris", feries).prochaine_ouverture == le(
        "2026-03-23T09:00"
    )
    assert etat(horaires, le("2026-03-23T09:00"), "Europe/Paris", feries).jusqu_a == le("2026-03-23T12:00")
    assert etat(horaires, le("2026-03-23T12:00"), "Europe/Paris", feries).prochaine_ouverture == le("2026-03-24T09:00")
    premier_mai = etat(horaires, le("2026-05-01T10:00"), "Europe/Paris", feries)
    assert (premier_mai.ouvert, premier_mai.motif) == (False, "Jour férié\u00a0: Fête du Travail")
    assert premier_mai.prochaine_ouverture == le("2026-05-04T09:00")


def test_etat_d_une_nuit_et_du_fuseau():
    horaires = une_semaine(Plage(7, 1320, 1800))
    nuit = etat(horaires, le("2026-03-30T05:59"), "Europe/Paris", pas_ferie)
    assert (nuit.ouvert, nuit.jusqu_a) == (True, le("2026-03-30T06:00"))
    assert etat(horaires, le("2026-03-30T05:59"), "Indian/Reunion", pas_ferie).ouvert is False
    assert etat(horaires, le("2026-03-30T23:00", "Pacific/Noumea"), "America/Guadeloupe", pas_ferie).ouvert is False


def test_changements_d_heure():
    horaires = une_semaine(Plage(7, 150, 240))
    printemps = etat(horaires, le("2026-03-29T01:30"), "Europe/Paris", pas_ferie)
    assert printemps.prochaine_ouverture.astimezone(UTC) == datetime(2026, 3, 29, 1, tzinfo=UTC)
    automne = etat(horaires, datetime(2026, 10, 25, 0, 45, tzinfo=UTC), "Europe/Paris", pas_ferie)
    assert automne.jusqu_a.astimezone(UTC) == datetime(2026, 10, 25, 1, tzinfo=UTC)


def test_sans_horaires_ou_sans_fin():
    inconnu = etat(Horaires(), le("2026-03-23T09:00"), "Europe/Paris", pas_ferie)
    assert (inconnu.ouvert, inconnu.prochaine_ouverture, inconnu.motif) == (None, None, "")
    toujours = une_semaine(*ouvrables((0, 1440), jours=range(1, 8)), feries=Feries.COMME_SEMAINE)
    assert etat(toujours, le("2026-03-23T09:00"), "Europe/Paris", pas_ferie).jusqu_a is None
    ferme = Horaires(toujours.periodes, (Exception_("x:1", LUNDI, LUNDI, libelle="travaux"),))
    assert etat(ferme, le("2026-03-23T09:00"), "Europe/Paris", pas_ferie).motif == "travaux"
    with pytest.raises(ValueError, match="naive"):
        etat(toujours, datetime(2026, 3, 23), "Europe/Paris", pas_ferie)  # noqa: DTZ001


# --- territories ---


@pytest.mark.parametrize(
    ("departement", "jour"),
    [
        ("67", date(2026, 12, 26)),
        ("68", date(2026, 4, 3)),
        ("57", date(2026, 12, 26)),
        ("971", date(2026, 5, 27)),
        ("972", date(2026, 5, 22)),
        ("973", date(2026, 6, 10)),
        ("974", date(2026, 12, 20)),
        ("976", date(2026, 4, 27)),
        ("988", date(2026, 9, 24)),
    ],
)
def test_jours_feries_des_territoires(departement, jour):
    assert jours_feries(departement)(jour)
    assert jours_feries("75")(jour) is None


def test_les_noms_des_jours_feries_sont_en_francais():
    assert jours_feries("2A")(date(2026, 12, 25)) == "Noël"
    assert jours_feries("13") is jours_feries("13")


def test_fuseaux():
    codes = ["75", "2B", "971", "972", "973", "974", "975", "976", "977", "978", "986", "987", "988"]
    fuseaux = [fuseau_de(code) for code in codes]
    assert fuseaux[:3] == ["Europe/Paris", "Europe/Paris", "America/Guadeloupe"]
    assert len(set(fuseaux)) == 12
    assert all(ZoneInfo(fuseau) for fuseau in fuseaux)


# --- warnings ---


@pytest.mark.parametrize(
    ("horaires", "codes"),
    [
        (une_semaine(*MATIN_APRES_MIDI), []),
        (une_semaine(*ouvrables((0, 1440), jours=range(1, 8))), []),
        (une_semaine(Plage(1, 540, 720), Plage(1, 735, 900)), [("pause", "p1/1")]),
        (une_semaine(Plage(1, 540, 720), Plage(1, 700, 900)), [("recouvrement", "p1/1")]),
        (une_semaine(Plage(JOUR_FERIE, 300, 1430)), [("longue", "p1/8")]),
        (une_semaine(Plage(7, 1320, 1800), Plage(1, 300, 600)), [("recouvrement", "p1/1")]),
        (une_semaine(du=LUNDI, au=LUNDI - timedelta(days=1)), [("dates", "p1")]),
        (une_semaine(toutes_les=2), [("rythme", "p1"), ("alternance", "p1")]),
        (Horaires((Periode("p1"), Periode("p2", du=LUNDI, toutes_les=2))), []),
        (une_semaine(Plage(1, 540, 555), Plage(3, 0, 360)), [("courte", "p1/1")]),
        (une_semaine(Plage(2, 120, 360)), [("matin", "p1/2")]),
        (Horaires((Periode("p1"), Periode("p2", du=LUNDI), Periode("p3", du=LUNDI, au=LUNDI))), []),
        (Horaires((Periode("p1", du=LUNDI), Periode("p2", du=LUNDI))), [("recouvrement", "p1")]),
        (
            Horaires(
                (Periode("p1", au=LUNDI), Periode("p2", du=LUNDI + timedelta(days=3))),
                (Exception_("x:1", LUNDI, LUNDI), Exception_("x:2", LUNDI, LUNDI)),
            ),
            [("recouvrement", "x:2"), ("trou", "p2")],
        ),
        (Horaires(exceptions=(Exception_("x:1", LUNDI, LUNDI - timedelta(days=1)),)), [("dates", "x:1")]),
    ],
)
def test_avis(horaires, codes):
    assert [(avis.code, avis.cle) for avis in verifier(horaires)] == codes


@given(tous_horaires())
def test_verifier_repond_toujours(horaires):
    assert all(avis.message.endswith((".", "?")) for avis in verifier(horaires))
