"""The key of a node of the Répertoire, which is also its id in the page and the address of its branch. Pure.

- `df-77`: a département; `df-77-12`: EJ n° 12 with its EG of that département only;
- `az-h`: the EJ whose name begins with H; `az-a-3`: the fourth page of a letter too long for one list;
- `n-12`: fiche n° 12, where it has one place only (by département, by EJ);
- `be-5`: grouping n° 5 of « Catégorie de Besoins », `fi-5` of « Filière », `te-5`: territoire de santé of code n° 5;
  0 is « non renseigné ». An establishment may be under several of them, so all that is below says where it is:
  `be-5-77`, `be-5-77-12` as above, then `be-5-n-34` for fiche n° 34;
- `fa-12`: a favourite; `fa-12-n-34`: a fiche below it.
"""

import re
from dataclasses import dataclass

AXES = ("be", "te", "fi")
"""Ways whose roots are values that an establishment may have several of."""

_NOMBRE = r"\d{1,18}"
_DEPARTEMENT = r"[0-9A-Z]{1,3}"
_CLE = re.compile(
    rf"(?P<df>df)-(?P<df_dep>{_DEPARTEMENT})(?:-(?P<df_ej>{_NOMBRE}))?"
    r"|(?P<az>az)-(?P<initiale>[a-z0])(?:-(?P<page>\d{1,4}))?"
    rf"|n-(?P<fiche>{_NOMBRE})"
    rf"|(?P<axe>be|te|fi)-(?P<valeur>{_NOMBRE})"
    rf"(?:-n-(?P<axe_fiche>{_NOMBRE})|-(?P<axe_dep>{_DEPARTEMENT})(?:-(?P<axe_ej>{_NOMBRE}))?)?"
    rf"|(?P<fa>fa)-(?P<favori>{_NOMBRE})(?:-n-(?P<fa_fiche>{_NOMBRE}))?"
)


@dataclass(frozen=True, slots=True)
class Cle:
    """A key that was read.

    Attributes:
        texte: the key.
        voie: df, az, n, be, te, fi or fa.
        valeur: département, initial, or number of the value or favourite of the first level; empty for `n-12`.
        departement: code; « 0 » for those without, None when the key names none.
        ej: EJ whose EG of this département are below, None otherwise.
        fiche: fiche whose children are below, None otherwise.
        page: page of a long letter, None otherwise.
    """

    texte: str
    voie: str
    valeur: str = ""
    departement: str | None = None
    ej: int | None = None
    fiche: int | None = None
    page: int | None = None

    @property
    def code(self) -> str:
        """The département as the fiches have it: empty for « 0 »."""
        return "" if self.departement in (None, "0") else str(self.departement)

    @property
    def prefixe(self) -> str:
        """What begins the key of the fiches below: « n », « be-5-n », « fa-12-n »."""
        return f"{self.voie}-{self.valeur}-n" if self.voie in (*AXES, "fa") else "n"


def lire(texte: str) -> Cle | None:
    """Returns the key written, None when it is none."""
    lu = _CLE.fullmatch(texte)
    if lu is None:
        return None
    if lu["df"]:
        return Cle(texte, "df", lu["df_dep"], lu["df_dep"], _entier(lu["df_ej"]))
    if lu["az"]:
        return Cle(texte, "az", lu["initiale"], page=_entier(lu["page"]))
    if lu["axe"]:
        return Cle(texte, lu["axe"], lu["valeur"], lu["axe_dep"], _entier(lu["axe_ej"]), _entier(lu["axe_fiche"]))
    if lu["fa"]:
        return Cle(texte, "fa", lu["favori"], fiche=int(lu["fa_fiche"] or lu["favori"]))
    return Cle(texte, "n", fiche=int(lu["fiche"]))


def fiche_de(cle: Cle) -> int | None:
    """Returns the fiche that the node shows: that of its branch, or the EJ whose EG are below it."""
    return cle.fiche if cle.fiche is not None else cle.ej


def dessus(cle: Cle) -> list[str]:
    """Returns the keys of the first levels that lead to a node that is no fiche, itself included."""
    parties = cle.texte.split("-")
    return ["-".join(parties[:rang]) for rang in range(2, len(parties) + 1)]


def _entier(texte: str | None) -> int | None:
    return None if texte is None else int(texte)
