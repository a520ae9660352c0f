"""What a form of creation is known by: sent twice, it creates once."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('dossiers', '0005_lectures'),
    ]

    operations = [
        migrations.AddField(
            model_name='fichedossier',
            name='demande',
            field=models.UUIDField(blank=True, editable=False, help_text='Création : l’envoi dont elle vient, qui ne crée qu’une fois', null=True),
        ),
    ]
