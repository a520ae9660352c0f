"""When the demonstration is loaded, and when it is refused."""

import pytest
from django.core.management import CommandError, call_command

from referentiel.demonstration import charger
from referentiel.models import Structure
from ror.comptes.models import Utilisateur
from tests.fabriques import UtilisateurFactory

pytestmark = pytest.mark.django_db


@pytest.mark.usefixtures("nomenclatures_livrees")
class TestAvecLesNomenclatures:
    def test_the_password_comes_from_the_environment(self, monkeypatch, capsys):
        monkeypatch.setenv("ROR_MOT_DE_PASSE_DEMO", "Autre-Phrase-77")
        call_command("charger_demonstration")
        assert Utilisateur.objects.get(identifiant="camilledemo").check_password("Autre-Phrase-77")
        assert "Autre-Phrase-77" in capsys.readouterr().out

    def test_real_accounts_keep_their_database(self, capsys):
        UtilisateurFactory()
        call_command("charger_demonstration")
        assert "ses propres comptes" in capsys.readouterr().out
        assert not Structure.objects.exists()
        charger(mot_de_passe="Demonstration-2026", forcer=True)
        assert Structure.objects.exists()


def test_production_and_missing_code_lists_are_refused(settings):
    with pytest.raises(CommandError, match="nomenclatures"):
        call_command("charger_demonstration")
    settings.SETTINGS_MODULE = "ror.settings.prod"
    with pytest.raises(CommandError, match="production"):
        call_command("charger_demonstration")
    assert not Utilisateur.objects.exists()
