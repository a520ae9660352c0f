"""The rules, thresholds and canaries every portal starts with; they are then edited in the screens."""

from django.db import migrations

from finess_sync.regles import GARDES, REGLES, TEMOINS


def semer(apps, schema_editor):
    apps.get_model("finess_sync", "RegleEcart").objects.bulk_create(
        [
            apps.get_model("finess_sync", "RegleEcart")(
                ordre=ordre, nature=nature, champ=champ, seuil=seuil, action=action
            )
            for ordre, nature, champ, seuil, action in REGLES
        ]
    )
    apps.get_model("finess_sync", "Garde").objects.bulk_create(
        [
            apps.get_model("finess_sync", "Garde")(
                code=code, libelle=libelle, seuil=seuil, unite=unite, ordre=ordre * 10
            )
            for ordre, (code, libelle, seuil, unite) in enumerate(GARDES, 1)
        ]
    )
    apps.get_model("finess_sync", "Temoin").objects.bulk_create(
        [apps.get_model("finess_sync", "Temoin")(numero_finess=numero, nom=nom) for numero, nom in TEMOINS]
    )


class Migration(migrations.Migration):
    dependencies = [("finess_sync", "0001_initial")]

    operations = [migrations.RunPython(semer, migrations.RunPython.noop)]
