"""Every state × act × role through the screens, against a table written here; then the pure rules of the states."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dossiers.etats import ETAPES, Champ, Etat, Regle, apres_edition, est_derniere, route_de, suivante
from dossiers.models import Dossier, RegleValidation
from tests.dossiers.circuit import ROLES, mener, monde, vu
from tests.fabriques import UtilisateurFactory

# For each act: who may do it (the others who see the dossier are refused 403), the states where it is possible (409
# elsewhere), and where it leads. « lecteur » and « autre » do not see the dossier: 404. « anonyme » is sent to sign in.
EDITEURS = {"referent", "direction", "gestionnaire", "support"}
INVISIBLE = {"lecteur", "autre"}
ETATS = [
    "brouillon", "a_corriger", "direction", "gestionnaire", "tutelle", "approuve", "publie", "refuse", "abandonne",
    "annule",
]  # fmt: skip
OUVERTS = {"brouillon", "a_corriger", "direction", "gestionnaire", "tutelle", "approuve"}
EN_VALIDATION = {"direction", "gestionnaire", "tutelle"}
VALIDEURS = {"direction": {"direction"}, "gestionnaire": {"gestionnaire"}, "tutelle": {"tutelle"}}
"""Who validates in each waiting state; in the others, the three are told by the state (409)."""

GESTES = {
    "envoyer": (EDITEURS, {"brouillon", "a_corriger"}),
    "retirer": (EDITEURS, EN_VALIDATION | {"approuve"}),
    "abandonner": (EDITEURS, OUVERTS),
    "accepter": (None, EN_VALIDATION),
    "corriger": (None, EN_VALIDATION),
    "refuser": (None, EN_VALIDATION),
    "commenter": (EDITEURS | {"tutelle"}, OUVERTS),
    "lus": (EDITEURS | {"tutelle"}, OUVERTS),
    "annuler": ("dernier", {"publie"}),
}
TOUS_VALIDEURS = {"direction", "gestionnaire", "tutelle"}
DERNIER = {"brouillon": TOUS_VALIDEURS, "abandonne": TOUS_VALIDEURS, "tutelle": {"tutelle"}}
"""Who validates last: the manager, on the route of the hospital; any of the three while there is no route."""


def attendu(geste: str, etat: str, role: str) -> int:
    """The status that the table above wants."""
    qui, etats = GESTES[geste]
    if role == "anonyme":
        return 302
    if role in INVISIBLE:
        return 404
    if qui is None:
        qui = VALIDEURS.get(etat, TOUS_VALIDEURS)
    elif qui == "dernier":
        qui = DERNIER.get(etat, {"gestionnaire"})
    if role not in qui:
        return 403
    return 200 if etat in etats else 409


def demander(client, dossier: Dossier, geste: str):
    """Posts an act as its form would."""
    adresse, v = f"/ror/dossiers/{dossier.pk}/", {"vu": vu(dossier)}
    corps = {
        "envoyer": ("envoyer/", {**v, "message": "", "corrections_faites": "on"}),
        "retirer": ("retirer-de-la-validation/", v),
        "abandonner": ("abandonner/", v),
        "accepter": ("relecture/", {**v, "date_effet": "2999-01-01", "sans_tout_lire": "on"}),
        "corriger": (
            "corrections/",
            {
                **v,
                "c-TOTAL_FORMS": "1",
                "c-INITIAL_FORMS": "0",
                "c-0-fiche": "",
                "c-0-nature": "maj",
                "c-0-message": "x",
            },
        ),
        "refuser": ("ne-pas-retenir/", {**v, "motif": "Non"}),
        "commenter": ("commenter/", {"texte": "Bonjour"}),
        "lus": ("lus/", {"lus": []}),
        "annuler": ("annuler-la-publication/", {**v, "motif": "Erreur"}),
    }
    if geste == "accepter":
        from django.utils import timezone

        corps["accepter"][1]["date_effet"] = timezone.localdate().isoformat()
    suite, donnees = corps[geste]
    return client.post(adresse + suite, donnees)


@pytest.mark.django_db
@pytest.mark.exigence("S164", "S168", "S169", "S172", "B8")
@pytest.mark.parametrize("etat", ETATS)
def test_every_act_of_every_role_in_a_state(etat):
    """One dossier per state, each cell in its own savepoint: what is refused changes nothing, what is done does."""
    from django.db import transaction

    m = monde()
    dossier = mener(m, etat)
    ecarts = []
    for geste in GESTES:
        for role in ROLES:
            client = m.client(role)
            point = transaction.savepoint()
            statut = demander(client, dossier, geste).status_code
            apres = Dossier.objects.get(pk=dossier.pk).etat
            transaction.savepoint_rollback(point)
            voulu = attendu(geste, etat, role)
            fait = statut in (200, 302) if voulu == 200 else statut == voulu
            inchange = voulu == 200 or apres == etat
            if not (fait and inchange):
                ecarts.append(f"{geste} by {role}: {statut} → {apres}, wanted {voulu}")
    assert ecarts == []


PAGES = {
    "": set(ETATS), "relecture/": set(ETATS), "suivi/": set(ETATS), "repertoire/": set(ETATS), "simulation/": OUVERTS,
}  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize("etat", ETATS)
def test_the_pages_of_every_state_open_for_whoever_sees_the_dossier_and_for_nobody_else(etat):
    m = monde()
    dossier = mener(m, etat)
    ecarts = []
    for role in ROLES:
        client = m.client(role)
        for page, etats in PAGES.items():
            statut = client.get(f"/ror/dossiers/{dossier.pk}/{page}").status_code
            voulu = 302 if role == "anonyme" else 404 if role in INVISIBLE else 200 if etat in etats else 409
            if statut != voulu:
                ecarts.append(f"{page} by {role}: {statut}, wanted {voulu}")
        for geste, page in (
            ("envoyer", "envoyer/"), ("retirer", "retirer-de-la-validation/"), ("corriger", "corrections/"),
            ("refuser", "ne-pas-retenir/"), ("annuler", "annuler-la-publication/"),
        ):  # fmt: skip
            statut = client.get(f"/ror/dossiers/{dossier.pk}/{page}").status_code
            voulu = attendu(geste, etat, role)
            if statut != voulu:
                ecarts.append(f"GET {page} by {role}: {statut}, wanted {voulu}")
    assert ecarts == []
    assert Dossier.objects.get(pk=dossier.pk).modifie_le == dossier.modifie_le


# --- pure rules ---

lent = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""The machine that runs the tests may be busy: nothing is timed."""

etapes = st.lists(st.sampled_from(ETAPES), unique=True, min_size=1).map(lambda e: tuple(x for x in ETAPES if x in e))
groupes = st.sampled_from(["MCO", "MSS", "PSY", "SSR"])
champs = st.builds(
    Champ,
    groupe=groupes,
    discipline=st.sampled_from(["", "MCO", "MSPA", "MSPH"]),
    departement=st.sampled_from(["77", "2A", "971"]),
    categorie=st.sampled_from(["", "500", "183"]),
)
regles = st.builds(
    Regle,
    groupes=st.frozensets(groupes, max_size=2),
    disciplines=st.frozensets(st.sampled_from(["MCO", "MSPH"]), max_size=1),
    departements=st.frozensets(st.sampled_from(["77", "2A"]), max_size=1),
    categories=st.frozensets(st.sampled_from(["500", "183"]), max_size=1),
    etapes=etapes,
    poids=st.integers(0, 30),
)


@lent
@given(st.lists(regles, max_size=6), st.lists(champs, max_size=6))
def test_a_route_is_never_empty_ordered_and_without_doubles(rs, cs):
    route = route_de(rs, cs)
    assert route
    assert list(route) == [e for e in ETAPES if e in route]


@lent
@given(st.lists(regles, max_size=6), st.lists(champs, max_size=6), champs)
def test_one_more_fiche_never_takes_a_step_away(rs, cs, c):
    assert not cs or set(route_de(rs, cs)) <= set(route_de(rs, [*cs, c]))


@lent
@given(st.lists(regles, max_size=6), champs)
def test_the_heaviest_rule_that_admits_a_fiche_decides(rs, c):
    lourde = Regle(etapes=(Etat.TUTELLE,), poids=31)
    assert route_de([*rs, lourde], [c]) == (Etat.TUTELLE,)
    ailleurs = Regle(departements=frozenset({"75"}), etapes=(Etat.TUTELLE,), poids=31)
    assert route_de([*rs, ailleurs], [c]) == route_de(rs, [c])


@lent
@given(etapes)
def test_a_route_is_walked_to_its_end(route):
    etat, vus = route[0], []
    while etat is not Etat.APPROUVE:
        vus.append(etat)
        assert est_derniere(route, etat) == (etat is route[-1])
        etat = suivante(route, etat)
    assert tuple(vus) == route


@pytest.mark.exigence("B4")
@lent
@given(etapes, st.sampled_from(list(Etat)), st.booleans())
def test_an_edit_never_leaves_a_validation_given(route, etat, finalisees):
    apres = apres_edition(route, etat, toutes_finalisees=finalisees)
    if etat in (*ETAPES, Etat.APPROUVE):
        assert apres is (route[0] if finalisees else Etat.BROUILLON)
    else:
        assert apres is etat


# --- routes as data ---


@pytest.fixture
def administratrice(client):
    client.force_login(UtilisateurFactory(is_superuser=True))
    return client


@pytest.mark.django_db
@pytest.mark.exigence("B6", "S165")
def test_the_routes_of_the_guides_are_rows_that_an_administrator_changes(administratrice):
    m = monde(groupe="MCO")
    page = administratrice.get("/ror/dossiers/regles/").content.decode()
    for nom in ("Sanitaire", "Médico-social et ville", "Handicap"):
        assert nom in page
    assert "Direction, puis SESAN" in page
    regle = RegleValidation.objects.get(nom="Sanitaire")
    adresse = f"/ror/dossiers/regles/{regle.pk}/"
    from tests.formulaires import lire_formulaire

    envoi = lire_formulaire(administratrice.get(adresse).content.decode(), "")
    reponse = administratrice.post(adresse, {**envoi, "etapes": ["tutelle"], "delai_jours": "3"})
    assert reponse.url == "/ror/dossiers/regles/"
    assert mener(m, "direction").route == ["tutelle"]
    perimee = administratrice.post(adresse, {**envoi, "poids": "50"})
    assert perimee.status_code == 409
    assert "a changé depuis l’affichage" in perimee.content.decode()
    for faux, motif in (
        ({"etapes": ["roi"]}, "Sélectionnez un choix valide"),
        ({"etapes": []}, "au moins une étape"),
        ({"departements": "77, 999"}, "Département inconnu"),
        ({"categories": "ABC"}, "3 ou 4 chiffres"),
        ({"poids": "99999999999"}, "inférieure ou égale"),
        ({"nom": "Handicap"}, "déjà ce nom"),
        ({"nom": "x" * 121}, "120"),
    ):
        frais = lire_formulaire(administratrice.get(adresse).content.decode(), "")
        refuse = administratrice.post(adresse, {**frais, **faux})
        assert refuse.status_code == 422, faux
        assert motif in refuse.content.decode(), faux


@pytest.mark.django_db
@pytest.mark.exigence("B6")
def test_a_rule_is_added_then_switched_off_and_only_by_who_administers(administratrice):
    m = monde(groupe="MCO")
    ajout = "/ror/dossiers/regles/ajouter/"
    valeurs = {
        "nom": "Valmont", "departements": "77", "etapes": ["direction", "tutelle"], "poids": "90", "delai_jours": "2",
        "active": "on",
    }  # fmt: skip
    for role in ("referent", "gestionnaire", "support"):
        assert m.client(role).post(ajout, valeurs).status_code == 403
        assert m.client(role).get("/ror/dossiers/regles/").status_code == 403
    administratrice.post(ajout, valeurs)
    regle = RegleValidation.objects.get(nom="Valmont")
    assert mener(m, "direction").route == ["direction", "tutelle"]
    from dossiers import actions
    from tests.formulaires import lire_formulaire

    actions.retirer_de_la_validation(dossier_id=Dossier.objects.get().pk, auteur=m.referent)
    adresse = f"/ror/dossiers/regles/{regle.pk}/"
    envoi = lire_formulaire(administratrice.get(adresse).content.decode(), "")
    envoi.pop("active")
    administratrice.post(adresse, envoi)
    envoye = actions.envoyer(dossier_id=Dossier.objects.get().pk, auteur=m.referent)
    assert envoye.route == ["direction", "gestionnaire"]
