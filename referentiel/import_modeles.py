"""Loading the modèles de saisie: those shipped with the portal, and official Questionnaires.

Nothing that an offer carries is removed: a field or a code that a model drops stays on the fiches that have it.
"""

import hashlib
import logging
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from django.db import transaction

from ror.commun.erreurs import ErreurMetier

from .champs import champs_de
from .lecture_modeles import ModeleLu, lire_modele
from .modeles_saisie import Modele, RegleChamp, Statut, champs_inconnus
from .models import ChampModele, Code, ModeleSaisie, UniteOperationnelle
from .niveaux import Niveau

LIVRES = Path(__file__).parent / "donnees" / "modeles_saisie"
TYPES_OFFRE = "TRE_R244"

journal = logging.getLogger(__name__)


class ModeleRefuse(ErreurMetier):
    """The model read is older than the one loaded; nothing was applied."""

    statut = 409


@dataclass(frozen=True, slots=True)
class BilanModele:
    """What a model changes, or changed, in French sentences.

    Attributes:
        identifiant, titre: of the model.
        avant: version loaded before, empty when the model is new.
        version: version of the file.
        statut: of the model once loaded.
        changements: what differs from the loaded one, field by field.
        ignores: what of the file has no effect here, and why.
        offres: offers of its types.
    """

    identifiant: str
    titre: str
    avant: str
    version: str
    statut: Statut
    changements: tuple[str, ...]
    ignores: tuple[str, ...]
    offres: int


def charger_modeles_livres() -> list[BilanModele]:
    """Loads every model shipped with the portal that is not loaded yet. Repeatable.

    A model already there may have been corrected, retired or replaced by a person: it is left alone, but for one
    shipped in a later version that nobody replaced.
    """
    bilans = []
    connus = ModeleSaisie.objects.in_bulk(field_name="identifiant")
    for fichier in sorted(LIVRES.glob("*.json")):
        contenu = fichier.read_bytes()
        connu = connus.get(fichier.stem)
        if connu is None or (
            connu.empreinte and _empreinte(contenu) != connu.empreinte and _plus_recent(contenu, connu)
        ):
            lu = lire_modele(contenu)
            for nom in champs_inconnus(lu.modele, champs_de(Niveau.UO)):
                journal.info("%s : le champ %s n’existe pas encore dans le portail.", lu.modele.identifiant, nom)
            bilans.append(_appliquer(lu, _empreinte(contenu)))
    return bilans


def importer(*, contenu: bytes, simuler: bool = False, forcer: bool = False) -> BilanModele:
    """Loads a model from a file, in one transaction; the former version of the same model is replaced.

    Args:
        contenu: Questionnaire FHIR R4 in JSON, or the portal's own JSON.
        simuler: say what would change and write nothing.
        forcer: accept an older version.

    Raises:
        ModeleIllisible: the file cannot be read.
        ModeleRefuse: older than the loaded one.
    """
    return _appliquer(lire_modele(contenu), _empreinte(contenu), simuler=simuler, forcer=forcer)


@transaction.atomic
def _appliquer(lu: ModeleLu, empreinte: str, *, simuler: bool = False, forcer: bool = True) -> BilanModele:
    modele = lu.modele
    ligne = ModeleSaisie.objects.select_for_update().filter(identifiant=modele.identifiant).first()
    if ligne and not forcer and _rang(modele.version) < _rang(ligne.version):
        raise ModeleRefuse(
            f"{modele.identifiant}\u00a0: la version {modele.version or 'sans numéro'} est plus ancienne que celle "
            f"chargée ({ligne.version}). Demandez-le expressément pour revenir en arrière."
        )
    bilan = BilanModele(
        identifiant=modele.identifiant,
        titre=modele.titre,
        avant=ligne.version if ligne else "",
        version=modele.version,
        statut=modele.statut,
        changements=tuple(_comparer(ligne.decrit() if ligne else None, modele)),
        ignores=(*lu.ignores, *_sans_effet(modele)),
        offres=UniteOperationnelle.objects.filter(type_offre__code__in=modele.types).count(),
    )
    if not simuler:
        _ecrire(ligne or ModeleSaisie(identifiant=modele.identifiant), modele, empreinte)
    return bilan


def _ecrire(ligne: ModeleSaisie, modele: Modele, empreinte: str) -> None:
    ligne.titre, ligne.version, ligne.empreinte = modele.titre, modele.version, empreinte
    ligne.statut, ligne.origine = modele.statut.value, modele.origine.value
    ligne.types, ligne.categories = sorted(modele.types), sorted(modele.categories)
    ligne.champs_activite = sorted(modele.champs_activite)
    ligne.save()
    ligne.champs.all().delete()
    ChampModele.objects.bulk_create(
        ChampModele(
            modele=ligne,
            champ=r.champ,
            ordre=r.ordre,
            visible=r.visible,
            obligatoire=r.obligatoire,
            repetable=r.repetable,
            lecture_seule=r.lecture_seule,
            codes=list(r.codes),
            defaut=r.defaut,
        )
        for r in modele.regles
    )


def _comparer(avant: Modele | None, apres: Modele) -> Iterable[str]:
    """Yields one sentence per difference."""
    anciennes = {r.champ: r for r in avant.regles} if avant else {}
    nouvelles = {r.champ: r for r in apres.regles}
    for nom, regle in nouvelles.items():
        ancienne = anciennes.get(nom)
        if ancienne is None:
            yield f"{nommer(nom)}\u00a0: champ ajouté ({', '.join(dire(regle))})."
        elif dire(ancienne) != dire(regle) or set(ancienne.codes) != set(regle.codes):
            ajoutes, retires = len(set(regle.codes) - set(ancienne.codes)), len(set(ancienne.codes) - set(regle.codes))
            yield f"{nommer(nom)}\u00a0: {', '.join(dire(regle))} ({ajoutes} codes ajoutés, {retires} retirés)."
    for nom in anciennes.keys() - nouvelles.keys():
        yield f"{nommer(nom)}\u00a0: n’est plus prévu\u00a0; les offres qui le portent le gardent."


def dire(regle: RegleChamp) -> list[str]:
    """Returns the words of a rule: « obligatoire », « 16 codes »."""
    codes = f"{len(regle.codes)}\u00a0code{'s' if len(regle.codes) > 1 else ''}" if regle.codes else ""
    mots = [
        "affiché" if regle.visible else "masqué",
        "obligatoire" if regle.obligatoire else "",
        "lecture seule" if regle.lecture_seule else "",
        codes,
    ]
    return [mot for mot in mots if mot]


def nommer(nom: str) -> str:
    """Returns the label of a field, its name when the portal does not have it yet."""
    champ = champs_de(Niveau.UO).get(nom)
    return champ.libelle if champ else nom


def _sans_effet(modele: Modele) -> Iterable[str]:
    """Yields what the model names and the portal does not know: fields to come, codes absent from their lists."""
    champs = champs_de(Niveau.UO)
    for nom in champs_inconnus(modele, champs):
        yield f"«\u00a0{nom}\u00a0»\u00a0: ce champ n’existe pas encore ici\u00a0; il sera pris dès qu’il existera."
    demandes = {TYPES_OFFRE: set(modele.types)}
    for regle in modele.regles:
        champ = champs.get(regle.champ)
        if champ and champ.nomenclature and regle.codes:
            demandes.setdefault(champ.nomenclature, set()).update(regle.codes)
    connus = Code.objects.filter(nomenclature__identifiant__in=demandes, actif=True)
    offerts = set(connus.values_list("nomenclature__identifiant", "code"))
    for liste, codes in demandes.items():
        absents = sorted(code for code in codes if (liste, code) not in offerts)
        if absents:
            yield f"{liste}\u00a0: {', '.join(absents)} — codes absents de la liste chargée, non proposés."


def _empreinte(contenu: bytes) -> str:
    return hashlib.sha256(contenu).hexdigest()


def _plus_recent(contenu: bytes, connu: ModeleSaisie) -> bool:
    return _rang(lire_modele(contenu).modele.version) > _rang(connu.version)


def _rang(version: str) -> tuple[int, str]:
    """Sort key of a version: « 2 » after « 1 », « 10 » after « 9 »."""
    chiffres = "".join(c for c in version if c.isdigit())
    return int(chiffres or 0), version
