"""The rules, thresholds and canaries every portal starts with; they are then edited in the screens."""

from django.db import migrations

from finess_sync import regles


def semer(apps, schema_editor):
    regles.semer(*(apps.get_model("finess_sync", nom) for nom in ("RegleEcart", "Garde", "Temoin")))


class Migration(migrations.Migration):
    dependencies = [("finess_sync", "0001_initial")]

    operations = [migrations.RunPython(semer, migrations.RunPython.noop)]
