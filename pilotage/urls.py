"""Addresses of what keeps the Répertoire fresh: home, yearly review, quality."""

urlpatterns: list = []
