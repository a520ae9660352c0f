"""A skill is looked for among the words of the codes: an index instead of a vector made of each label."""

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("referentiel", "0023_index_de_recherche_sans_longue_attente")]

    operations = [
        migrations.AddIndex(
            model_name="code",
            index=GinIndex(SearchVector("libelle_recherche", config="simple"), name="code_par_mots"),
        ),
    ]
