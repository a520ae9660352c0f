"""Addresses of the screens of rights."""

from django.urls import path

from .views import demandes, mon_compte, personnes, regions, structures

urlpatterns = [
    path("demande-acces/", demandes.demande_acces, name="demande-acces"),
    path("demande-acces/structures/", structures.demande_acces_structures, name="demande-acces-structures"),
    path("demande-acces/envoyee/", demandes.demande_acces_envoyee, name="demande-acces-envoyee"),
    path("mon-compte/", mon_compte.mon_compte, name="mon-compte"),
    path("comptes/", personnes.comptes, name="comptes"),
    path("comptes/ouvrir/", personnes.compte_ouvrir, name="compte-ouvrir"),
    path("comptes/structures/", structures.comptes_structures, name="comptes-structures"),
    path("comptes/<int:pk>/", personnes.compte, name="compte"),
    path("comptes/<int:pk>/modifier/", personnes.compte_modifier, name="compte-modifier"),
    path("comptes/<int:pk>/droit/", personnes.compte_droit, name="compte-droit"),
    path("comptes/<int:pk>/inviter/", personnes.compte_inviter, name="compte-inviter"),
    path("comptes/<int:pk>/relancer/", personnes.compte_relancer, name="compte-relancer"),
    path("comptes/<int:pk>/desactiver/", personnes.compte_desactiver, name="compte-desactiver"),
    path("comptes/<int:pk>/reactiver/", personnes.compte_reactiver, name="compte-reactiver"),
    path("droits/<int:pk>/terminer/", personnes.droit_terminer, name="droit-terminer"),
    path("demandes-acces/", demandes.demandes_acces, name="demandes-acces"),
    path("demandes-acces/<int:pk>/", demandes.demande_acces_detail, name="demande-acces-detail"),
    path("demandes-acces/<int:pk>/accepter/", demandes.demande_acces_accepter, name="demande-acces-accepter"),
    path("demandes-acces/<int:pk>/ecarter/", demandes.demande_acces_ecarter, name="demande-acces-ecarter"),
    path("textes/", regions.textes_regions, name="textes-regions"),
    path("textes/<int:pk>/", regions.textes_region, name="textes-region"),
    path("textes/cgu/", regions.cgu_publier, name="cgu-publier"),
]
