"""How the establishments of the demonstration are written down: short declarations, real codes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from referentiel.champs import Saisie, champs_de
from referentiel.niveaux import Niveau

_CHAMPS_UO = champs_de(Niveau.UO)


@dataclass(frozen=True, slots=True)
class Noeud:
    """A fiche to create, with what hangs below it.

    Attributes:
        niveau: « EJ », « EG », « P », « S », « UF », « UO ».
        valeurs: fields of `referentiel.champs`, but contacts and hours.
        contacts: rows as `contact` makes them.
        tables: name of a table of rows (« tarifs ») → its rows.
        horaires: name of `semaines`.
        lieux: places of an EG (name → columns), or names of those where an offer is given.
        type_offre: code of TRE_R244 (offers).
        relue: days since the last re-reading; None: never.
        fermee: days until a provisional closure ends; None: open.
    """

    niveau: str
    nom: str
    enfants: tuple["Noeud", ...] = ()
    valeurs: Mapping[str, Any] = field(default_factory=dict)
    contacts: tuple[dict, ...] = ()
    tables: Mapping[str, tuple[dict, ...]] = field(default_factory=dict)
    horaires: str = ""
    lieux: Any = ()
    numero_finess: str | None = None
    groupe: str = ""
    type_offre: str = ""
    relue: int | None = None
    fermee: int | None = None


def contact(nom: str, fonction: str | None, nature: str | None, *telecoms: tuple[str, ...], niveau: str = "1") -> dict:
    """Returns a row of contacts.

    Args:
        nom: person or desk.
        fonction: code of JDV_J220.
        nature: code of JDV_J221.
        telecoms: (channel JDV_J225, address) or (channel, address, own level of confidentiality).
        niveau: level of confidentiality JDV_J222 (1 everybody, 2 professionals, 3 regulation and crisis).
    """
    return {
        "nom": nom,
        "fonction": fonction,
        "nature": nature,
        "confidentialite": niveau,
        "telecoms": [{"canal": c, "adresse": a, "confidentialite": n[0] if n else niveau} for c, a, *n in telecoms],
    }


def uo(nom: str, type_offre: str, activites: str, mode: str, horaires: str, **autres) -> Noeud:
    """Returns an offer; the fields of several codes are given as codes separated by spaces."""
    noeud = {c: autres.pop(c) for c in ("contacts", "tables", "lieux", "relue", "fermee") if c in autres}
    groupe = autres.pop("groupe", "MCO")
    valeurs = {
        "champ_activite": {"MSS": "04", "SSR": "02"}.get(groupe, "01"),
        "mode_prise_en_charge": mode,
        "activites": activites.split(),
        "age_min": 18,
        **{c: v.split() if _CHAMPS_UO[c].saisie is Saisie.CODES else v for c, v in autres.items()},
    }
    return Noeud(
        "UO", nom, valeurs=valeurs, horaires=horaires, groupe=groupe, type_offre=type_offre, **{"relue": 90, **noeud}
    )
