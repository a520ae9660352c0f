from django.apps import AppConfig


class ComptesConfig(AppConfig):
    name = "ror.comptes"
    label = "comptes"
    verbose_name = "Comptes"
