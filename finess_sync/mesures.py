"""What the guards look at, counted in the staging tables against what is known."""

from collections.abc import Collection, Mapping
from datetime import date

from django.db import connection

from referentiel.champs import champs_de
from referentiel.niveaux import Niveau

from .correspondance import COLONNES, DETAILS
from .gardes import Mesures
from .models import Empreinte, Temoin
from .preparation import TABLES

_DEPLACEMENT = 500  # metres

# Flat earth between two near points, in metres: exact enough to tell 500 m.
_DISTANCE = """sqrt(power((r.latitude - d.latitude) * 111195, 2)
    + power((r.longitude - d.longitude) * 111195 * cos(radians(d.latitude)), 2))"""

_SURVEILLES = {
    Niveau.EJ: ("siren", "statut_juridique", "libelle_voie", "code_postal", "commune_cog", "telephone"),
    Niveau.EG: ("siret", "categorie", "libelle_voie", "code_postal", "commune_cog", "telephone", "latitude"),
}
"""Fields whose sudden disappearance tells a changed layout (M14)."""


def mesurer(
    *,
    structures: Mapping[Niveau, int],
    rejetees: int,
    absentes: int,
    vues: Collection[str],
    champs: Mapping[Niveau, Collection[str]],
    date_donnees: date | None,
    date_connue: date | None,
) -> Mesures:
    """Returns the measures of one file; a dozen queries whatever its size."""
    principal = Niveau.EG if Niveau.EG in champs else Niveau.EJ
    fermees, deplacees = _fermees(champs), _deplacees(champs)
    temoins = Temoin.objects.values_list("numero_finess", "nom") if Niveau.EG in champs else ()
    niveaux = [niveau.value for niveau in champs]
    return Mesures(
        nom_niveau="entités géographiques" if principal is Niveau.EG else "entités juridiques",
        lues=structures[principal],
        lignes=sum(structures.values()) + rejetees,
        malformees=rejetees,
        connues=Empreinte.objects.filter(niveau__in=niveaux).count(),
        absentes=absentes,
        ouvertes=_ouvertes(niveaux),
        fermees=fermees,
        positions=structures[Niveau.EG],
        deplacees=deplacees,
        vides=_champs_vides(champs, sum(structures.values())),
        temoins_absents=tuple(f"{numero} ({nom})" for numero, nom in temoins if numero not in vues),
        date_donnees=date_donnees,
        date_connue=date_connue,
    )


def _jointure(niveau: Niveau) -> str:
    return (
        f"{TABLES[niveau]} r JOIN referentiel_structure s ON s.numero_finess = r.finess AND NOT s.provisoire"
        f" JOIN {DETAILS[niveau]._meta.db_table} d ON d.structure_id = s.id"
    )


def _compter(sql: str, parametres: Collection = ()) -> tuple[int, ...]:
    with connection.cursor() as curseur:
        curseur.execute(sql, list(parametres))
        return curseur.fetchone()


def _ouvertes(niveaux: list[str]) -> int:
    return _compter(
        "SELECT count(*) FROM referentiel_structure WHERE origine = 'FINESS' AND etat <> 'DEF' AND niveau = ANY(%s)",
        [niveaux],
    )[0]


def _fermees(champs: Mapping[Niveau, Collection[str]]) -> int:
    return sum(
        _compter(f"SELECT count(*) FROM {_jointure(niveau)} WHERE NOT r.ouvert AND s.etat <> 'DEF'")[0]
        for niveau in champs
    )


def _deplacees(champs: Mapping[Niveau, Collection[str]]) -> int:
    if "latitude" not in champs.get(Niveau.EG, ()):
        return 0
    return _compter(f"SELECT count(*) FROM {_jointure(Niveau.EG)} WHERE {_DISTANCE} > {_DEPLACEMENT}")[0]


def _champs_vides(champs: Mapping[Niveau, Collection[str]], lues: int) -> dict[str, tuple[int, int]]:
    """Label of each watched field emptied by more than 1 % of the lines → (filled in the ROR, of which now empty)."""
    resultat: dict[str, tuple[int, int]] = {}
    for niveau, fournis in champs.items():
        surveilles = [champ for champ in _SURVEILLES[niveau] if champ in fournis]
        if not surveilles:
            continue
        colonnes = ", ".join(
            f"count(*) FILTER (WHERE {_rempli('d', niveau, champ)} AND NOT {_rempli('r', None, champ)})"
            for champ in surveilles
        )
        vides = _compter(f"SELECT {colonnes} FROM {_jointure(niveau)}")
        for champ, vide in zip(surveilles, vides, strict=True):
            if 100 * vide > lues:
                registre = champs_de(niveau).get(COLONNES[niveau][champ])
                nom = f"{registre.libelle if registre else 'Position géographique'} ({niveau.value})"
                resultat[nom] = (_remplis(niveau, champ), vide)
    return resultat


def _remplis(niveau: Niveau, champ: str) -> int:
    return _compter(
        f"SELECT count(*) FROM {DETAILS[niveau]._meta.db_table} d JOIN referentiel_structure s"
        f" ON s.id = d.structure_id AND s.origine = 'FINESS' WHERE {_rempli('d', niveau, champ)}"
    )[0]


def _rempli(table: str, niveau: Niveau | None, champ: str) -> str:
    colonne = COLONNES[niveau][champ] if niveau else champ
    return f"{table}.{colonne} IS NOT NULL" if champ == "latitude" else f"{table}.{colonne} <> ''"
