"""Computing the figures of each fiche: all of them at night, and within a minute those of what was edited (B53).

The unit is the establishment with all its offers: a lieu, a moved unit, a closed offer change them together. Everything
is read and written by lots, in a number of queries that follows neither the establishments nor the offers of a lot.
"""

import logging
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta

from django.db import connection, transaction
from django.db.models import Max
from django.utils import timezone

from referentiel.models import EntreeJournal, Structure
from referentiel.models.structure import Etat
from referentiel.niveaux import GROUPES_SANITAIRES, Niveau
from referentiel.qualite.constats import derniere_mise_a_jour
from referentiel.qualite.faits import CATEGORIES_MEDICO_SOCIALES, FaitsEtablissement, FaitsOffre
from referentiel.qualite.faits import Etat as EtatRegle
from referentiel.qualite.lecture import situations_de
from referentiel.qualite.peuplement import Peuplement
from referentiel.qualite.regles_etablissement import REGLES_ETABLISSEMENT
from referentiel.relecture import un_an_apres
from ror.commun.ecriture_en_masse import inserer_lignes

from .completude import completudes_etablissements, completudes_offres
from .models import BilanEtablissement, BilanOffre, CalculBilans

journal = logging.getLogger(__name__)

LOT = 200
"""Establishments computed in one transaction."""

RETARD = timedelta(minutes=1)
"""An edit may be written this long before it can be seen: what was computed in between is computed again."""

_VERROU = 7_466_101
_RE12 = dict(REGLES_ETABLISSEMENT)["RE1.2"]


def calculer_tout() -> int | None:
    """Computes every establishment. Returns how many fiches, None when another run is at work."""
    return _executer(CalculBilans.Genre.COMPLET, _tous)


def suivre_les_modifications() -> int | None:
    """Computes the establishments edited since they were computed; all of them when that was never done.

    What FINESS writes waits for the night: it touches thousands of fiches, and fills nothing that a score counts.

    Returns:
        How many fiches were computed, None when another run is at work.
    """
    complet = CalculBilans.objects.filter(genre=CalculBilans.Genre.COMPLET, termine_le__isnull=False).first()
    if complet is None:
        return calculer_tout()
    suivi = CalculBilans.objects.filter(genre=CalculBilans.Genre.SUIVI, termine_le__isnull=False).first()
    depuis = max(calcul.commence_le for calcul in (complet, suivi) if calcul is not None)
    return _executer(CalculBilans.Genre.SUIVI, lambda: _par_lots(_edites(depuis - RETARD)))


def calculer(etablissements: Collection[int]) -> int:
    """Computes these establishments and their offers; one closed for good has no figures. Returns how many fiches."""
    with transaction.atomic():
        presents = _retenir(etablissements)
        egs = {
            eg.pk: eg
            for eg in Structure.objects.filter(pk__in=presents, niveau=Niveau.EG)
            .exclude(etat=Etat.FERMEE)
            .select_related("entite_geographique")
            .order_by("pk")
        }
        places = _offres_de(egs)
        offres = list(
            Structure.objects.filter(pk__in=places)
            .select_related("unite__type_offre")
            .annotate(mise_a_jour=derniere_mise_a_jour())
            .order_by("pk")
        )
        lignes = _lignes_offres(offres, {pk: egs[eg] for pk, eg in places.items()})
        BilanOffre.objects.filter(etablissement__in=etablissements).exclude(pk__in=places).delete()
        BilanEtablissement.objects.filter(pk__in=etablissements).exclude(pk__in=egs).delete()
        inserer_lignes(BilanOffre, lignes, uniques=("structure_id",))
        inserer_lignes(BilanEtablissement, _lignes_etablissements(egs, lignes), uniques=("structure_id",))
    return len(egs) + len(lignes)


def _executer(genre: str, acte) -> int | None:
    """Runs one computation, alone, and dates it."""
    with connection.cursor() as curseur:
        curseur.execute("SELECT pg_try_advisory_lock(%s)", [_VERROU])
        if not curseur.fetchone()[0]:
            return None
        try:
            commence = timezone.now()
            nombre = acte()
            CalculBilans.objects.update_or_create(
                genre=genre, defaults={"commence_le": commence, "termine_le": timezone.now(), "fiches": nombre}
            )
            return nombre
        finally:
            curseur.execute("SELECT pg_advisory_unlock(%s)", [_VERROU])


def _tous() -> int:
    return sum(_calculer_lot(lot) for lot in _lots_de_tous())


def _calculer_lot(lot: Sequence[int]) -> int:
    """Computes a lot; when it fails, its establishments one by one, so that a single one keeps its former figures."""
    try:
        return calculer(lot)
    except Exception:  # which establishment it was is found by computing each alone
        journal.exception("Bilans : lot à reprendre un par un, %s à %s", lot[0], lot[-1])
    nombre = 0
    for etablissement in lot:
        try:
            nombre += calculer([etablissement])
        except Exception:  # one that cannot be computed must not hold back the others: it is logged
            journal.exception("Bilans : établissement %s non calculé", etablissement)
    return nombre


def _lots_de_tous() -> Iterator[list[int]]:
    """The keys of all the EG, read by lots as they are needed."""
    derniere = 0
    while True:
        egs = Structure.objects.filter(niveau=Niveau.EG, pk__gt=derniere).order_by("pk")
        lot = list(egs.values_list("pk", flat=True)[:LOT])
        if not lot:
            return
        yield lot
        derniere = lot[-1]


def _par_lots(etablissements: Sequence[int]) -> int:
    return sum(_calculer_lot(etablissements[rang : rang + LOT]) for rang in range(0, len(etablissements), LOT))


def _edites(depuis: datetime) -> list[int]:
    """The EG in which something was written since, unless they were computed later than that."""
    entrees = EntreeJournal.objects.filter(le__gt=depuis).exclude(origine=EntreeJournal.Origine.FINESS)
    editees = dict(entrees.order_by().values_list("structure").annotate(le=Max("le")))
    if not editees:
        return []
    au_dessus = Structure.objects.filter(pk__in=editees, niveau__in=[Niveau.EG, *_SOUS_EG])
    with connection.cursor() as curseur:
        curseur.execute(_EG_DE, [list(au_dessus.values_list("pk", flat=True))])
        lieux = curseur.fetchall()
    dernieres: dict[int, datetime] = {}
    for fiche, eg in lieux:
        dernieres[eg] = max(editees[fiche], dernieres.get(eg, editees[fiche]))
    calcules = dict(BilanEtablissement.objects.filter(pk__in=dernieres).values_list("pk", "calcule_le"))
    return sorted(eg for eg, le in dernieres.items() if eg not in calcules or le > calcules[eg] - RETARD)


_SOUS_EG = (Niveau.P, Niveau.S, Niveau.UF, Niveau.UO)

_EG_DE = """
SELECT dessous.id, eg.id FROM referentiel_structure dessous
JOIN referentiel_structure eg ON eg.tree_id = dessous.tree_id AND eg.niveau = 'EG'
    AND dessous.lft BETWEEN eg.lft AND eg.rght
WHERE dessous.id = ANY(%s)
"""

_OFFRES_DE = """
SELECT offre.id, eg.id FROM referentiel_structure eg
JOIN referentiel_structure offre ON offre.tree_id = eg.tree_id AND offre.lft > eg.lft AND offre.rght < eg.rght
WHERE eg.id = ANY(%s) AND offre.niveau = 'UO' AND offre.etat <> 'DEF'
ORDER BY offre.id FOR KEY SHARE OF offre
"""


def _retenir(etablissements: Collection[int]) -> list[int]:
    """Returns those of these nodes that exist, which nobody may delete until the figures are written."""
    with connection.cursor() as curseur:
        curseur.execute(
            "SELECT id FROM referentiel_structure WHERE id = ANY(%s) ORDER BY id FOR KEY SHARE", [list(etablissements)]
        )
        return [ligne[0] for ligne in curseur.fetchall()]


def _offres_de(etablissements: Iterable[int]) -> dict[int, int]:
    """Offer → its EG, for the offers not closed for good."""
    with connection.cursor() as curseur:
        curseur.execute(_OFFRES_DE, [list(etablissements)])
        return dict(curseur.fetchall())


def _lignes_offres(offres: Sequence[Structure], etablissements: Mapping[int, Structure]) -> list[dict]:
    completudes = completudes_offres(offres)
    situations = situations_de({pk: eg.entite_geographique for pk, eg in etablissements.items()}) if offres else {}
    maintenant = timezone.now()
    return [
        {
            "structure_id": offre.pk,
            "etablissement_id": etablissements[offre.pk].pk,
            "departement": etablissements[offre.pk].departement,
            "groupe": etablissements[offre.pk].groupe,
            "nom_recherche": offre.nom_recherche,
            "score": completudes[offre.pk].score,
            "manques": completudes[offre.pk].codes,
            "finalisee": situations[offre.pk] == Peuplement.FINALISE,
            "relue_le": offre.unite.relue_le and timezone.localdate(offre.unite.relue_le),
            "mise_a_jour": timezone.localdate(offre.mise_a_jour),
            "calcule_le": maintenant,
        }
        for offre in offres
    ]


def _lignes_etablissements(egs: Mapping[int, Structure], offres: Iterable[dict]) -> list[dict]:
    par_eg: dict[int, list[dict]] = defaultdict(list)
    for ligne in offres:
        par_eg[ligne["etablissement_id"]].append(ligne)
    scores = {pk: [ligne["score"] for ligne in par_eg[pk]] for pk in egs}
    completudes = completudes_etablissements(list(egs.values()), scores)
    maintenant, jour = timezone.now(), timezone.localdate()
    return [
        {
            "structure_id": eg.pk,
            "ej_id": eg.parent_id,
            "departement": eg.departement,
            "groupe": eg.groupe,
            "nom_recherche": eg.nom_recherche,
            "attendu": attendu(eg),
            "offres": len(par_eg[eg.pk]),
            "finalisees": sum(ligne["finalisee"] for ligne in par_eg[eg.pk]),
            "relues": sum(_a_jour(ligne["relue_le"], jour) for ligne in par_eg[eg.pk]),
            "somme_scores": sum(scores[eg.pk]),
            "score": completudes[eg.pk].score,
            "peuple": bool(par_eg[eg.pk]) and all(ligne["finalisee"] for ligne in par_eg[eg.pk]),
            "re12": _re12(eg, par_eg[eg.pk], jour),
            "calcule_le": maintenant,
        }
        for eg in egs.values()
    ]


def attendu(etablissement: Structure) -> bool:
    """Tells whether the rate of « peuplement » counts an EG: sanitaire, or of the médico-social perimeter (EX1.2)."""
    categorie = etablissement.entite_geographique.categorie
    return etablissement.groupe in GROUPES_SANITAIRES or categorie in CATEGORIES_MEDICO_SOCIALES


def _a_jour(relue_le: date | None, jour: date) -> bool:
    return relue_le is not None and un_an_apres(relue_le) > jour


def _re12(etablissement: Structure, offres: Iterable[dict], jour: date) -> bool | None:
    """What the national rule says of the freshness of an EG, None when it does not concern it."""
    faits = FaitsEtablissement(
        jour=jour,
        categorie=etablissement.entite_geographique.categorie,
        offres=tuple(FaitsOffre(nom="", mise_a_jour=ligne["mise_a_jour"]) for ligne in offres),
    )
    trouve = _RE12(faits)
    return None if trouve is None else trouve[0] is EtatRegle.CONFORME
