from django.apps import AppConfig


class FinessSyncConfig(AppConfig):
    name = "finess_sync"
    verbose_name = "Synchronisation FINESS"
