"""Exports of the lists of the portal (B56): one mechanism for all.

A list that is exported says itself once, by `declarer`: its columns, and the rows that its page shows for the same
person and the same address. Everything else (buttons, files, what is prepared apart, keeping and purge) is common.
"""

from .registre import Colonne, Extrait, Liste, declarer, lire_structure, par_lots, trouver

__all__ = ["Colonne", "Extrait", "Liste", "declarer", "lire_structure", "par_lots", "trouver"]
