"""The completeness of a fiche: weighted, explained, never flattering (B27)."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from pilotage import calcul
from pilotage.completude import poids_proposes
from pilotage.models import PoidsCompletude
from referentiel.champs import ZONES, champs_de
from referentiel.modeles_saisie import Modele, RegleChamp, SchemaUO
from referentiel.models import CodePorte, Contact, Lieu, Role, Telecom
from referentiel.niveaux import Niveau
from referentiel.qualite.completude import Critere, criteres_connus, evaluer_etablissement, evaluer_offre, noter
from tests.fabriques import EGFactory, HabilitationFactory, RegionFactory, UOFactory, UtilisateurFactory, code

POIDS = poids_proposes()
TELEPHONE = {
    "c": {"confidentialite": "1", "telecoms": [{"canal": "2", "adresse": "0199002715", "confidentialite": "1"}]}
}
VIDE = {"nom": "Unité d’hébergement", "age_min_unite": "a", "age_max_unite": "a", "unite_sensible": False}
PLEINE = {
    **{nom: "01" for nom in criteres_connus(Niveau.UO) if nom in champs_de(Niveau.UO)},
    ZONES[0]: ["77288"],
    "contacts": TELEPHONE,
    "mode_prise_en_charge": "46",
}


def noter_offre(valeurs, schema=None, **faits):
    reponses = {"adresse": False, "places": False, "relue": False, **faits}
    return evaluer_offre(valeurs, schema or SchemaUO(), POIDS, **reponses)


# ---------- the rule ----------


@pytest.mark.exigence("B27")
def test_a_fiche_that_nobody_described_has_nothing_whatever_finess_and_the_defaults_fill():
    assert noter_offre(VIDE).score == 0
    finess = {c.nom: "rempli" for c in champs_de(Niveau.EG).values() if c.finess}
    assert evaluer_etablissement({"nom": "EHPAD", **finess}, POIDS, groupe="MSS", lieu=False, scores=[]).score == 0


@pytest.mark.exigence("B27")
def test_a_nearly_empty_fiche_that_was_re_read_stays_far_from_the_thirty_one_per_cent_that_misled_others():
    presque_vide = {**VIDE, "age_min": 60, "age_max": 120, "champ_activite": "04"}
    assert noter_offre(presque_vide, relue=True).score < 25


@pytest.mark.exigence("B27")
def test_a_hundred_is_said_of_what_lacks_nothing_and_each_missing_thing_says_what_it_would_add():
    entiere = noter_offre(PLEINE, adresse=True, places=True, relue=True)
    assert (entiere.score, entiere.manques) == (100, ())
    sans_telephone = noter_offre(
        {**PLEINE, "contacts": {"c": {"confidentialite": "3"}}}, adresse=True, places=True, relue=True
    )
    (manque,) = sans_telephone.manques
    assert (manque.critere, manque.section, manque.points) == ("telephone", "contacts", 100 - sans_telephone.score)
    assert noter_offre(PLEINE, adresse=True, places=True).codes == ["fraicheur"]


@given(st.lists(st.tuples(st.integers(0, 100), st.floats(0, 1)), max_size=30))
def test_the_points_that_are_missing_and_the_score_make_a_hundred(parts):
    completude = noter(Critere(f"c{i}", "", "", "", poids, part) for i, (poids, part) in enumerate(parts))
    assert 0 <= completude.score <= 100
    if any(poids for poids, _ in parts):
        assert completude.score + sum(m.points for m in completude.manques) == 100
        assert (completude.score == 100) == (not completude.manques)


@given(st.sets(st.sampled_from(sorted(PLEINE))), st.sampled_from(sorted(PLEINE)))
def test_saying_more_never_lowers_the_score(dits, autre):
    avant = {**VIDE, **{nom: PLEINE[nom] for nom in dits if nom != "mode_prise_en_charge"}}
    if autre != "mode_prise_en_charge":  # it may ask for the number of beds
        assert noter_offre({**avant, autre: PLEINE[autre]}).score >= noter_offre(avant).score


def test_a_starred_field_counts_double_and_what_the_type_does_not_show_is_not_asked():
    def schema(*regles):
        return SchemaUO.de(Modele("M", "M", regles=regles))

    simple = noter_offre(VIDE, schema(RegleChamp("publics"), RegleChamp("activites")))
    etoile = noter_offre(VIDE, schema(RegleChamp("publics", obligatoire=True), RegleChamp("activites")))
    points = [{m.critere: m.points for m in completude.manques} for completude in (simple, etoile)]
    assert points[1]["publics"] > points[0]["publics"]
    assert "actes" not in points[0]
    assert "actes" in noter_offre(VIDE, schema(RegleChamp("actes"))).codes


def test_weights_may_differ_by_type():
    poids = {**POIDS, ("UO", "actes", "157"): 40}
    options = {"adresse": False, "places": False, "relue": False}
    actes = [
        next(
            m.points
            for m in evaluer_offre(VIDE, SchemaUO(), poids, type_offre=t, **options).manques
            if m.critere == "actes"
        )
        for t in ("157", "21")
    ]
    assert actes[0] > actes[1] * 5


# ---------- the fiche ----------


@pytest.fixture
def referente(client, db):
    RegionFactory()
    for valeur in ("2", "46"):
        code("JDV_J225", valeur)
    eg = EGFactory()
    offre = UOFactory(parent=eg, nom="Unité d’hébergement")
    client.force_login(HabilitationFactory(structure=eg).utilisateur)
    return eg, offre


def decrire(offre) -> None:
    """What the score weighs most."""
    lieu = Lieu.objects.create(
        etablissement=offre.parent, nom="Site", libelle_voie="DES LILAS", code_postal="77000", localite="MELUN"
    )
    offre.unite.lieux.add(lieu)
    CodePorte.objects.create(structure=offre, attribut="activites", code=code("JDV_J17", "285"))
    contact = Contact.objects.create(structure=offre, fonction=code("JDV_J220", "01"), confidentialite="1")
    Telecom.objects.create(contact=contact, canal="2", adresse="0199002715", confidentialite="1")


@pytest.mark.exigence("B27")
def test_each_missing_thing_of_an_offer_leads_to_its_field(client, referente):
    _, offre = referente
    page = client.get(f"/ror/fiche/{offre.pk}/").content.decode()
    assert "Complétude\u00a0: " in page
    for adresse in (
        f"/ror/fiche/{offre.pk}/contacts/modifier/#contact-ajouter",
        f"/ror/fiche/{offre.pk}/informations/modifier/#id_champ_activite",
        f"/ror/fiche/{offre.pk}/#diffusion",
    ):
        assert f'href="{adresse}"' in page
    decrire(offre)
    page = client.get(f"/ror/fiche/{offre.pk}/").content.decode()
    assert "Un téléphone que le public peut lire" not in page
    assert "Un lieu avec son adresse" not in page


@pytest.mark.exigence("B27")
def test_the_score_of_an_establishment_follows_its_offers_and_shows_the_least_complete_first(client, referente):
    eg, offre = referente
    autre = UOFactory(parent=eg, nom="Accueil de jour")
    decrire(offre)
    calcul.calculer([eg.pk])
    page = client.get(f"/ror/fiche/{eg.pk}/").content.decode()
    assert "Ses offres, de la moins à la plus complète" in page
    assert page.index(f"/ror/fiche/{autre.pk}/#completude") < page.index(f"/ror/fiche/{offre.pk}/#completude")
    assert "La description de ses offres" in page


def test_a_reader_sees_freshness_and_no_score(client, referente):
    eg, offre = referente
    client.force_login(UtilisateurFactory())
    for fiche in (eg, offre):
        assert "Complétude" not in client.get(f"/ror/fiche/{fiche.pk}/").content.decode()
    assert "Cette offre n’a jamais été relue" in client.get(f"/ror/fiche/{offre.pk}/").content.decode()


def test_the_fiche_of_an_establishment_costs_the_same_with_two_and_with_twelve_offers(client, referente):
    eg, _ = referente

    def compter() -> int:
        with CaptureQueriesContext(connection) as capture:
            assert client.get(f"/ror/fiche/{eg.pk}/").status_code == 200
        return len(capture)

    decrire(UOFactory(parent=eg))
    compter()
    deux = compter()
    for _ in range(10):
        decrire(UOFactory(parent=eg))
    assert compter() == deux


def test_the_weights_chosen_by_the_portal_replace_those_shipped(client, referente):
    _, offre = referente
    PoidsCompletude.objects.create(niveau="UO", critere="telephone", poids=0)
    assert "Un téléphone que le public peut lire" not in client.get(f"/ror/fiche/{offre.pk}/").content.decode()


# ---------- the weights ----------


@pytest.fixture
def administratrice(client, referente):
    client.force_login(HabilitationFactory(structure=None, role=Role.ADMINISTRATEUR).utilisateur)


@pytest.mark.exigence("B27")
def test_the_administrator_chooses_the_weights_for_all_offers_or_for_one_type(client, administratrice):
    code("TRE_R244", "157", "Gynécologie")
    page = client.get("/ror/tableau-de-bord/poids/?type=157").content.decode()
    assert "Un téléphone que le public peut lire" in page
    reponse = client.post("/ror/tableau-de-bord/poids/?type=157", {"telephone": "40", "horaires": "10"})
    assert reponse.status_code == 302
    assert list(PoidsCompletude.objects.values_list("critere", "type_offre", "poids")) == [("telephone", "157", 40)]
    client.post("/ror/tableau-de-bord/poids/?type=157", {"telephone": ""})
    assert not PoidsCompletude.objects.exists()


@pytest.mark.parametrize("valeur", ["101", "-1", "douze", "1,5", "99999999999999", "\x00"])
def test_a_weight_that_is_no_weight_is_told_and_nothing_typed_is_lost(client, administratrice, valeur):
    reponse = client.post("/ror/tableau-de-bord/poids/?niveau=EG", {"telephone": valeur, "lieux": "9"})
    assert reponse.status_code == 422
    page = reponse.content.decode()
    assert "Un poids est un nombre entier de 0 à 100." in page
    assert 'value="9"' in page
    assert not PoidsCompletude.objects.exists()


def test_an_unknown_type_is_told_and_who_may_not_reads_why(client, administratrice):
    assert client.post("/ror/tableau-de-bord/poids/?type=zzz", {"telephone": "3"}).status_code == 422
    client.force_login(UtilisateurFactory())
    refus = client.get("/ror/tableau-de-bord/poids/")
    assert refus.status_code == 403
    assert "régler les poids de la complétude" in refus.content.decode()
