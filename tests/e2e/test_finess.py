"""The screens of the synchronisation in a real browser: accessible, usable with the keyboard and on a small screen."""

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from finess_sync import regles
from finess_sync.models import Ecart, Execution, Garde, RegleEcart, Rejet, Temoin
from tests.fabriques import EGFactory, HabilitationFactory, RegionFactory

from .accessibilite import violations_axe

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.navigateur]


@pytest.fixture
def support(page: Page, live_server: LiveServer, client) -> Page:
    """The page of a person of the support, two écarts waiting."""
    RegionFactory()
    regles.semer(RegleEcart, Garde, Temoin)
    execution = Execution.objects.create(
        source="finess-structures-journalier-20261119.json.gz",
        fichier="finess-structures-journalier-20261119.json.gz",
        etat=Execution.Etat.REUSSI,
        simulation=False,
        fin=timezone.now(),
        declenchee_par="Planification",
        compteurs={"eg_lues": 174_681, "appliques": 271, "a_relire": 2},
        gardes=[{"code": "absents", "libelle": "Absents", "passe": True, "message": "Aucun absent."}],
    )
    Rejet.objects.create(execution=execution, ligne=12, raison="SIRET trop long", contenu="structureet;…")
    for nom in ("EHPAD TEST", "CH de Valmont"):
        eg = EGFactory(nom=nom)
        Ecart.objects.create(
            execution=execution,
            structure=eg,
            numero_finess=eg.numero_finess,
            niveau="EG",
            nature="raison_sociale_changee",
            champ="raison_sociale",
            avant=eg.entite_geographique.raison_sociale,
            apres="CENTRE INTERCOMMUNAL",
        )
    client.force_login(HabilitationFactory(role="administrateur", structure=None).utilisateur)
    page.context.add_cookies(
        [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}]
    )
    return page


@pytest.mark.exigence("B34")
def test_an_ecart_is_chosen_and_applied_with_the_keyboard(support: Page):
    support.goto("/ror/finess/")
    support.get_by_role("checkbox", name="Raison sociale de CH de Valmont").focus()
    support.keyboard.press("Space")
    support.get_by_role("button", name="Appliquer la sélection…").focus()
    support.keyboard.press("Enter")
    expect(support.get_by_role("heading", level=1)).to_contain_text("Appliquer")
    expect(support.get_by_text("CENTRE INTERCOMMUNAL")).to_be_visible()
    support.get_by_role("button", name="Appliquer", exact=True).focus()
    support.keyboard.press("Enter")
    expect(support.get_by_text("1 écart appliqué.")).to_be_visible()
    expect(support.get_by_role("link", name="CENTRE INTERCOMMUNAL")).to_have_count(0)


@pytest.mark.parametrize("largeur", [1280, 390])
def test_the_pages_are_accessible_and_fit_the_screen(support: Page, largeur: int):
    support.set_viewport_size({"width": largeur, "height": 800})
    passage = Execution.objects.get().pk
    for adresse in ("/ror/finess/", f"/ror/finess/passages/{passage}/", "/ror/finess/regles/"):
        support.goto(adresse)
        assert violations_axe(support) == []
        assert support.evaluate("document.documentElement.scrollWidth") <= largeur


def test_the_run_of_now_follows_itself_to_its_end(support: Page):
    from finess_sync.execution import clore, verrou

    execution = Execution.objects.create(
        source="x", declenchee_par="Test", simulation=False, etape="comparaison", fait=62, total=100
    )
    with verrou():
        support.goto("/ror/finess/")
        barre = support.get_by_role("progressbar")
        expect(barre).to_have_attribute("value", "62")
        Execution.objects.filter(pk=execution.pk).update(fait=80)
        expect(barre).to_have_attribute("value", "80")
    execution.refresh_from_db()
    clore(execution, Execution.Etat.REUSSI)
    expect(support.get_by_role("heading", name="Dernier passage")).to_be_visible()
    expect(support.get_by_role("progressbar")).to_have_count(0)
