"""A country of 500 000 fiches, always the same: 48 000 EJ, 96 000 EG, then pôles, services, UF and UO.

Offers have a type, two EG in three a territoire de santé, and establishments are classed by needs and lines of care.
"""

import io
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from django.contrib.postgres.fields import ArrayField
from django.db import connection, models, transaction

from bancs.mesures import chronometrer
from referentiel import arbre, nomenclatures, regroupements
from referentiel.fiches import DETAILS
from referentiel.models import Classement, Habilitation, Role, Structure
from ror.commun.texte import normaliser
from ror.comptes.models import Utilisateur


@dataclass(frozen=True, slots=True)
class Taille:
    """How many fiches, among them EJ, EG, EG that are hospitals of 112 fiches below them, and EG of one association."""

    noeuds: int = 500_000
    ej: int = 48_000
    eg: int = 96_000
    hopitaux: int = 2_900
    association: int = 1_400


NATIONALE = Taille()
DROITS = {"undroit": 1, "mildroits": 1_400}
"""identifiant → number of EG granted to this référent."""

ASSOCIATION = 2
"""Key of the EJ that has the most EG."""

_DEPARTEMENTS = [f"{n:02d}" for n in range(1, 96) if n != 20] + ["2A", "2B", "971", "972", "973", "974", "976"]
_COLONNES = (
    "id, parent_id, niveau, nom, nom_recherche, departement, groupe, numero_finess, etat, origine, provisoire,"
    " version, cree_le, modifie_le, tree_id, lft, rght, level"
)
_SPECIALITES = ("cardiologie", "gériatrie", "pédiatrie", "chirurgie", "médecine", "réadaptation", "imagerie")


def peupler(taille: Taille = NATIONALE) -> float | None:
    """Fills the database unless it is filled already.

    Returns:
        Seconds that numbering all the trees took, None when the database was already there.
    """
    personnes = Utilisateur.objects.filter(identifiant__in=DROITS)
    if Structure.objects.count() == taille.noeuds and personnes.count() == len(DROITS):
        if not Classement.objects.exists():
            _coder()
        return None
    with transaction.atomic(), connection.cursor() as curseur:
        curseur.execute("TRUNCATE referentiel_structure, comptes_utilisateur CASCADE")
        tampon = io.StringIO("".join("\t".join(ligne) + "\n" for ligne in _lignes(taille)))
        curseur.copy_expert(f"COPY referentiel_structure ({_COLONNES}) FROM STDIN", tampon)
        curseur.execute("SELECT setval(pg_get_serial_sequence('referentiel_structure', 'id'), %s)", [taille.noeuds])
        for niveau, modele in DETAILS.items():
            curseur.execute(_sql_details(modele), [niveau.value])
        duree = chronometrer(lambda: arbre.renumeroter(range(1, taille.ej + 1))) / 1000
        _accorder(taille)
    _coder()
    with connection.cursor() as curseur:
        curseur.execute("VACUUM ANALYZE")
    return duree


def _lignes(taille: Taille) -> Iterator[tuple[str, ...]]:
    """The rows of COPY; numbers are in order of arrival in each tree, `arbre.renumeroter` gives the right ones."""
    hasard = random.Random(1975)
    places = [0] * (taille.ej + 1)
    jour = date(2026, 1, 1).isoformat()
    pk = 0

    def ligne(niveau: str, nom: str, parent: int | None, arbre_: int, rang: int, departement: str, groupe: str):
        nonlocal pk
        pk += 1
        gauche = places[arbre_] * 2 + 1
        places[arbre_] += 1
        finess = f"{departement[:2]}{pk:07d}" if niveau in ("EJ", "EG") else r"\N"
        return (
            *(str(pk), str(parent or r"\N"), niveau, nom, normaliser(nom), departement, groupe, finess),
            *("OUV", "FINESS", "f", "1", jour, jour, str(arbre_), str(gauche), str(gauche + 1), str(rang)),
        )

    poids = [1 + 6 / (rang + 1) for rang in range(len(_DEPARTEMENTS))]
    departements = hasard.choices(_DEPARTEMENTS, poids, k=taille.ej)
    for rang, departement in enumerate(departements, 1):
        yield ligne("EJ", f"Organisme {hasard.choice(_SPECIALITES)} {rang}", None, rang, 0, departement, "")
    eg: list[tuple[int, int, str]] = []
    for rang in range(taille.eg):
        ej = _ej_de(rang, taille, hasard)
        groupe = "MCO" if rang < taille.hopitaux else hasard.choice(("MSS", "MSS", "VIL"))
        yield ligne("EG", f"Établissement {rang}", ej, ej, 1, departements[ej - 1], groupe)
        eg.append((pk, ej, groupe))
    for parent, ej, _ in eg[: taille.hopitaux]:
        dep = departements[ej - 1]
        for p in range(4):
            yield ligne("P", f"Pôle {_SPECIALITES[p]}", parent, ej, 2, dep, "")
            pole = pk
            for s in range(3):
                yield ligne("S", f"Service de {_SPECIALITES[s]}", pole, ej, 3, dep, "")
                service = pk
                for u in range(2):
                    yield ligne("UF", f"UF {p}{s}{u}", service, ej, 4, dep, "")
                    uf = pk
                    for o in range(3):
                        yield ligne("UO", f"Unité de {_SPECIALITES[s]} {o}", uf, ej, 5, dep, "MCO")
    autres = [e for e in eg[taille.hopitaux :] if e[2] == "MSS"]
    while pk < taille.noeuds:
        parent, ej, groupe = hasard.choice(autres)
        yield ligne("UO", f"Unité d’accueil {pk}", parent, ej, 2, departements[ej - 1], groupe)


def _ej_de(rang: int, taille: Taille, hasard: random.Random) -> int:
    """As in FINESS: one EJ has a hundred hospitals, nearly all have one EG, a few associations hundreds or more."""
    if rang < 100:
        return 1
    if rang >= taille.eg - taille.association:
        return ASSOCIATION
    return rang + 1 if rang < taille.ej else 1 + int(taille.ej * hasard.random() ** 2.5)


def _coder() -> None:
    """Gives a type to each offer, unevenly, a territoire to two EG in three, and classes the establishments."""
    nomenclatures.charger_livrees()
    regroupements.charger_livres()
    with connection.cursor() as curseur:
        curseur.execute(_SQL_TYPES)
        curseur.execute(_SQL_TERRITOIRES)
    regroupements.classer()


_SQL_TYPES = """
WITH types AS (
    SELECT array_agg(code.id ORDER BY code.code) AS ids FROM referentiel_code code
    JOIN referentiel_nomenclature liste ON liste.id = code.nomenclature_id AND liste.identifiant = 'TRE_R244'
)
UPDATE referentiel_uniteoperationnelle unite
SET type_offre_id = types.ids[1 + floor(array_length(types.ids, 1) * power((structure_id * 7919 % 10007) / 10007.0, 2))]
FROM types
"""

_SQL_TERRITOIRES = """
WITH codes AS (
    SELECT array_agg(code.id ORDER BY code.code) AS ids FROM referentiel_code code
    JOIN referentiel_nomenclature liste ON liste.id = code.nomenclature_id AND liste.identifiant = 'JDV_J249'
)
INSERT INTO referentiel_codeporte (structure_id, attribut, code_id)
SELECT eg.id, 'territoires_sante', codes.ids[1 + floor(array_length(codes.ids, 1) * power((eg.id % 997) / 997.0, 2))]
FROM referentiel_structure eg, codes WHERE eg.niveau = 'EG' AND eg.id % 3 > 0
"""


def _sql_details(modele: type[models.Model]) -> str:
    """INSERT of one empty detail row per node of a level: every column at its default."""
    colonnes = [c for c in modele._meta.concrete_fields if not c.primary_key]
    valeurs = ", ".join(_valeur_vide(c) for c in colonnes)
    noms = ", ".join(connection.ops.quote_name(c.column) for c in colonnes)
    return (
        f"INSERT INTO {modele._meta.db_table} (structure_id, {noms})"
        f" SELECT id, {valeurs} FROM referentiel_structure WHERE niveau = %s"
    )


def _valeur_vide(champ: models.Field) -> str:
    if isinstance(champ, ArrayField):
        return "'{}'"
    if champ.null:
        return "NULL"
    defaut = champ.get_default()
    return str(defaut).lower() if isinstance(defaut, bool | int) else f"'{defaut}'"


def _accorder(taille: Taille) -> None:
    """One référent with one EG, one with 1 400, both holding the same hospital."""
    eg = list(Structure.objects.filter(niveau="EG").order_by("pk").values_list("pk", flat=True))
    hopital = eg[0]
    disperses = random.Random(7).sample(eg[taille.hopitaux :], max(DROITS.values()))
    for identifiant, nombre in DROITS.items():
        personne = Utilisateur.objects.create_user(identifiant, nom=identifiant, doit_changer_mot_de_passe=False)
        Habilitation.objects.bulk_create(
            Habilitation(utilisateur=personne, role=Role.REFERENT, structure_id=noeud)
            for noeud in [hopital, *disperses][:nombre]
        )
