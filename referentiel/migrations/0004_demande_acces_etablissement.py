"""Keep the establishment as the applicant typed it, and the account a request led to (S11)."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("referentiel", "0003_recherche_structure"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="demandeacces",
            name="etablissement",
            field=models.CharField(blank=True, help_text="Tel qu’il a été saisi.", max_length=200, verbose_name="établissement (nom ou n° FINESS)"),
        ),
        migrations.AddField(
            model_name="demandeacces",
            name="utilisateur",
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="demandes_acceptees", to=settings.AUTH_USER_MODEL),
        ),
    ]
