from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("referentiel", "0004_demande_acces_etablissement")]

    operations = [
        migrations.AddField(
            model_name="nomenclature",
            name="empreinte",
            field=models.CharField(
                blank=True, default="", max_length=64, verbose_name="SHA-256 du fichier livré chargé en dernier"
            ),
            preserve_default=False,
        ),
    ]
