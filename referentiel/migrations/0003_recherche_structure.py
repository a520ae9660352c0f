"""Read the Répertoire in alphabetical order, and find a fiche by the first letters of any word of its name."""

import django.contrib.postgres.indexes
import django.contrib.postgres.search
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('referentiel', '0002_demande_correction'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='structure',
            index=models.Index(fields=['niveau', 'nom_recherche', 'id'], name='structure_alphabetique'),
        ),
        migrations.AddIndex(
            model_name='structure',
            index=django.contrib.postgres.indexes.GinIndex(django.contrib.postgres.search.SearchVector('nom_recherche', config='simple'), name='structure_mots'),
        ),
    ]
