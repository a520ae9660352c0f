"""What reviewers have read; the word of a dossier that is not retained."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('dossiers', '0004_regles_de_validation'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name='dossier',
            name='etat',
            field=models.CharField(choices=[('brouillon', 'Brouillon'), ('a_corriger', 'À corriger'), ('direction', 'En attente de la Direction'), ('gestionnaire', 'En cours de validation par un gestionnaire'), ('tutelle', 'En attente de l’autorité de tutelle'), ('approuve', 'Approuvé'), ('publie', 'Publié'), ('refuse', 'Non retenu'), ('abandonne', 'Abandonné'), ('annule', 'Publication annulée')], default='brouillon', max_length=12, verbose_name='état'),
        ),
        migrations.CreateModel(
            name='Lecture',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('lus', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=16), blank=True, default=list, size=None)),
                ('modifiee_le', models.DateTimeField(auto_now=True, verbose_name='modifiée le')),
                ('dossier', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='lectures', to='dossiers.dossier')),
                ('lecteur', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'lecture de dossier',
                'verbose_name_plural': 'lectures de dossier',
                'constraints': [models.UniqueConstraint(fields=('dossier', 'lecteur'), name='une_lecture_par_personne')],
            },
        ),
    ]
