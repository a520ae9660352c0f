"""Forms of a fiche, made from `champs`: any level, any section. They shape what is typed; rules are in the actions."""

from .formulaire import COMPOSITES, FormulaireFiche
from .horaires import HorairesSaisis
from .jeton import FormulaireIllisible, ouvrir, sceller

__all__ = ["COMPOSITES", "FormulaireFiche", "FormulaireIllisible", "HorairesSaisis", "ouvrir", "sceller"]
