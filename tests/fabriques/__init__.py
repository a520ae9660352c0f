"""Factories of test data. Nodes go through `referentiel.arbre`, like everything that writes the tree."""

from .comptes import RegionFactory, UtilisateurFactory
from .structures import (
    EGFactory,
    EJFactory,
    HabilitationFactory,
    PoleFactory,
    ServiceFactory,
    UFFactory,
    UOFactory,
    code,
)

__all__ = [
    "EGFactory",
    "EJFactory",
    "HabilitationFactory",
    "PoleFactory",
    "RegionFactory",
    "ServiceFactory",
    "UFFactory",
    "UOFactory",
    "UtilisateurFactory",
    "code",
]
