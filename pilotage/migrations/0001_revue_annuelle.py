"""The yearly review: reminders and their outbox, what persons put off, how they want to be told."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('comptes', '0003_autre_porte'),
        ('referentiel', '0017_unites_sensibles'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='PreferenceRelecture',
            fields=[
                ('utilisateur', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='preference_relecture', serialize=False, to=settings.AUTH_USER_MODEL)),
                ('hebdomadaire', models.BooleanField(default=False, verbose_name='un courriel par semaine au plus')),
            ],
            options={
                'verbose_name': 'préférence de relecture',
            },
        ),
        migrations.CreateModel(
            name='PreparationRappels',
            fields=[
                ('jour', models.DateField(primary_key=True, serialize=False)),
                ('fini_le', models.DateTimeField(auto_now_add=True, verbose_name='finie le')),
            ],
            options={
                'verbose_name': 'préparation des rappels',
                'verbose_name_plural': 'préparations des rappels',
            },
        ),
        migrations.CreateModel(
            name='CourrielRelecture',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('jour', models.DateField()),
                ('cree_le', models.DateTimeField(auto_now_add=True, verbose_name='créé le')),
                ('clos_le', models.DateTimeField(blank=True, help_text='Envoyé, ou sans objet', null=True, verbose_name='clos le')),
                ('envoye_le', models.DateTimeField(blank=True, null=True, verbose_name='envoyé le')),
                ('essais', models.PositiveSmallIntegerField(default=0)),
                ('erreur', models.CharField(blank=True, max_length=255)),
                ('destinataire', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='courriels_relecture', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'courriel de relecture',
                'verbose_name_plural': 'courriels de relecture',
            },
        ),
        migrations.CreateModel(
            name='RappelRelecture',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('echeance', models.DateField(verbose_name='échéance')),
                ('palier', models.SmallIntegerField(choices=[(-60, '60 jours avant l’échéance'), (-30, '30 jours avant l’échéance'), (0, 'à l’échéance'), (30, '30 jours après l’échéance'), (999, 'rappel demandé')])),
                ('du', models.DateField(help_text='Premier jour du palier, ou jour du rappel demandé')),
                ('qualite', models.CharField(choices=[('referent', 'Référent'), ('direction', 'Direction, sans référent actif'), ('escalade', 'Direction, après 30 jours de retard'), ('gestionnaire', 'Gestionnaire, sans référent actif')], max_length=12, verbose_name='qualité')),
                ('version', models.PositiveIntegerField(blank=True, null=True)),
                ('relue_le', models.DateTimeField(blank=True, null=True)),
                ('courriel', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='rappels', to='pilotage.courrielrelecture')),
                ('destinataire', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('offre', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='rappels_relecture', to='referentiel.structure')),
            ],
            options={
                'verbose_name': 'rappel de relecture',
                'verbose_name_plural': 'rappels de relecture',
            },
        ),
        migrations.CreateModel(
            name='ReportRelecture',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('echeance', models.DateField(verbose_name='échéance')),
                ('au', models.DateField(verbose_name='rappel le')),
                ('cree_le', models.DateTimeField(auto_now_add=True, verbose_name='créé le')),
                ('offre', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='reports_relecture', to='referentiel.structure')),
                ('utilisateur', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'relecture remise à plus tard',
                'verbose_name_plural': 'relectures remises à plus tard',
            },
        ),
        migrations.AddIndex(
            model_name='courrielrelecture',
            index=models.Index(condition=models.Q(('clos_le', None)), fields=['jour'], name='courriel_relecture_a_envoyer'),
        ),
        migrations.AddConstraint(
            model_name='courrielrelecture',
            constraint=models.UniqueConstraint(fields=('destinataire', 'jour'), name='un_courriel_relecture_par_jour'),
        ),
        migrations.AddConstraint(
            model_name='rappelrelecture',
            constraint=models.UniqueConstraint(fields=('offre', 'echeance', 'palier', 'du', 'destinataire'), name='un_rappel_relecture_par_palier'),
        ),
        migrations.AddConstraint(
            model_name='reportrelecture',
            constraint=models.UniqueConstraint(fields=('offre', 'utilisateur'), name='un_report_par_offre_et_personne'),
        ),
    ]
