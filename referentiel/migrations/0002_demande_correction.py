"""Keep what people ask the support to correct on a fiche (S91–S94)."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('referentiel', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='DemandeCorrection',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('champ', models.CharField(max_length=40)),
                ('valeur_actuelle', models.TextField(blank=True, verbose_name='valeur actuelle')),
                ('valeur_proposee', models.TextField(blank=True, verbose_name='valeur proposée')),
                ('message', models.TextField(blank=True)),
                ('creee_le', models.DateTimeField(auto_now_add=True, verbose_name='créée le')),
                ('etat', models.CharField(choices=[('nouvelle', 'À traiter'), ('traitee', 'Traitée'), ('sanssuite', 'Sans suite')], default='nouvelle', max_length=9, verbose_name='état')),
                ('reponse', models.TextField(blank=True, verbose_name='réponse')),
                ('traitee_le', models.DateTimeField(blank=True, null=True, verbose_name='traitée le')),
            ],
            options={
                'verbose_name': 'demande de correction',
                'verbose_name_plural': 'demandes de correction',
            },
        ),
        migrations.AddField(
            model_name='demandecorrection',
            name='auteur',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='demandecorrection',
            name='structure',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='demandes', to='referentiel.structure'),
        ),
        migrations.AddField(
            model_name='demandecorrection',
            name='traitee_par',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddIndex(
            model_name='demandecorrection',
            index=models.Index(fields=['etat', 'creee_le'], name='demande_par_etat'),
        ),
        migrations.AddConstraint(
            model_name='demandecorrection',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('etat', 'nouvelle'), ('traitee_le', None), ('traitee_par', None)), models.Q(models.Q(('etat', 'nouvelle'), _negated=True), ('traitee_le__isnull', False), ('traitee_par__isnull', False)), _connector='OR'), name='demande_correction_traitee_datee', violation_error_message='Une demande traitée porte la date et l’auteur de la réponse.'),
        ),
    ]
