"""What waits to enter the indexes of words is read whole by each search: at most 512 kB of it, instead of 4 MB."""

import django.contrib.postgres.indexes
from django.db import migrations, models

REGLER = "ALTER INDEX {} SET (gin_pending_list_limit = 512)"
DEREGLER = "ALTER INDEX {} RESET (gin_pending_list_limit)"


def _regler(nom: str, **quoi) -> migrations.SeparateDatabaseAndState:
    """A setting: the index need not be made again."""
    index = django.contrib.postgres.indexes.GinIndex(name=nom, gin_pending_list_limit=512, **quoi)
    return migrations.SeparateDatabaseAndState(
        database_operations=[migrations.RunSQL(REGLER.format(nom), DEREGLER.format(nom))],
        state_operations=[
            migrations.RemoveIndex(model_name="ficherecherche", name=nom),
            migrations.AddIndex(model_name="ficherecherche", index=index),
        ],
    )


class Migration(migrations.Migration):
    dependencies = [("referentiel", "0022_repertoire_par_six_voies")]

    operations = [
        _regler("recherche_mots", fields=["mots"]),
        _regler(
            "recherche_professionnels",
            fields=["professionnels"],
            condition=models.Q(("professionnels__isnull", False)),
        ),
        migrations.RunSQL("SELECT gin_clean_pending_list('recherche_mots')", migrations.RunSQL.noop),
        migrations.RunSQL("SELECT gin_clean_pending_list('recherche_professionnels')", migrations.RunSQL.noop),
    ]
