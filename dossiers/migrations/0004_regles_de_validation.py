"""The three routes of the guides, and what happens without any (S163–S169)."""

from django.db import migrations

REGLES = [
    ("Sanitaire", ["MCO", "PSY", "SSR", "SLD", "SMA"], [], ["direction", "gestionnaire"], 10),
    ("Médico-social et ville", ["MSS", "VIL"], [], ["gestionnaire"], 10),
    ("Handicap", ["MSS"], ["MSPH"], ["tutelle"], 20),
]


def semer(apps, schema_editor):
    RegleValidation = apps.get_model("dossiers", "RegleValidation")
    for nom, groupes, disciplines, etapes, poids in REGLES:
        RegleValidation.objects.get_or_create(
            nom=nom, defaults={"groupes": groupes, "disciplines": disciplines, "etapes": etapes, "poids": poids}
        )


class Migration(migrations.Migration):
    dependencies = [("dossiers", "0003_circuit_et_organisation")]
    operations = [migrations.RunPython(semer, migrations.RunPython.noop)]
