"""A fiche as plain values (`Mapping[str, Valeur]`), read from and written to its rows. The engine knows nothing else.

Reading an offer costs a constant number of queries whatever it holds; labels of codes are looked up per code list.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from copy import copy
from datetime import date
from uuid import UUID

from django.core.exceptions import ObjectDoesNotExist

from . import horaires
from .champs import Champ, Saisie, Stockage, champs_de
from .changements import Changement, Conflit, DescriptionChamp, Genre, Libelleur, Valeur, decrire, normaliser
from .libelles import CANAUX, CODES_CONTACT, Libelles, libelles_codes, texte_de_valeur
from .models import (
    Code,
    CodePorte,
    Contact,
    EntiteGeographique,
    EntiteJuridique,
    LigneHoraire,
    OrganisationInterne,
    Structure,
    Telecom,
    UniteOperationnelle,
)
from .niveaux import Niveau

DETAILS = {
    Niveau.EJ: EntiteJuridique,
    Niveau.EG: EntiteGeographique,
    Niveau.P: OrganisationInterne,
    Niveau.S: OrganisationInterne,
    Niveau.UF: OrganisationInterne,
    Niveau.UO: UniteOperationnelle,
}
"""The detail table of each level."""


def genres_de(niveau: Niveau) -> dict[str, Genre]:
    """Returns name → kind, as the engine wants them."""
    return {nom: champ.genre for nom, champ in champs_de(niveau).items()}


def detail_de(structure: Structure):
    """Returns the detail row of a node, an unsaved empty one when there is none yet."""
    modele = DETAILS[structure.type_niveau]
    relation = modele._meta.get_field("structure").remote_field.related_name
    try:
        return getattr(structure, relation)
    except ObjectDoesNotExist:
        return modele(structure=structure)


def detail_comme(structure: Structure, valeurs: Mapping[str, Valeur]):
    """Returns an unsaved copy of the detail row that holds the plain texts of `valeurs`: another state, to be read."""
    detail = copy(detail_de(structure))
    for nom, champ in champs_de(structure.type_niveau).items():
        if champ.stockage is Stockage.DETAIL and champ.saisie is Saisie.TEXTE:
            setattr(detail, nom, valeurs.get(nom) or "")
    return detail


def lire(structure: Structure, noms: Collection[str] | None = None) -> dict[str, Valeur]:
    """Returns the published values of a fiche, normalised; of the fields `noms` only, when given."""
    champs = {nom: champ for nom, champ in champs_de(structure.type_niveau).items() if noms is None or nom in noms}
    detail = detail_de(structure)
    stockages = {champ.stockage for champ in champs.values()}
    ensembles = _codes_portes(structure) if Stockage.CODES in stockages else {}
    valeurs: dict[str, Valeur] = {}
    for nom, champ in champs.items():
        if champ.stockage is Stockage.STRUCTURE:
            valeur = getattr(structure, nom)
        elif champ.stockage is Stockage.CODES:
            valeur = ensembles.get(nom, [])
        elif champ.stockage is Stockage.CONTACTS:
            valeur = _lire_contacts(structure)
        elif champ.stockage is Stockage.HORAIRES:
            valeur = {ligne.cle: ligne.valeur for ligne in structure.lignes_horaires.all()}
        else:
            valeur = lire_colonne(detail, champ)
        valeurs[nom] = normaliser(valeur, champ.genre)
    return valeurs


def ecrire(structure: Structure, valeurs: Mapping[str, Valeur]) -> None:
    """Writes the given fields to their rows; the caller has locked the node and saves it.

    Raises:
        Code.DoesNotExist: a code that its list does not know.
    """
    champs = champs_de(structure.type_niveau)
    detail, detail_touche = None, False
    for nom, valeur in valeurs.items():
        champ = champs[nom]
        if champ.stockage is Stockage.STRUCTURE:
            setattr(structure, nom, valeur or "")
        elif champ.stockage is Stockage.CODES:
            _ecrire_codes(structure, champ, valeur or [])
        elif champ.stockage is Stockage.CONTACTS:
            _ecrire_contacts(structure, valeur or {})
        elif champ.stockage is Stockage.HORAIRES:
            _ecrire_horaires(structure, valeur or {})
        else:
            detail = detail or detail_de(structure)
            ecrire_colonne(detail, champ, valeur)
            detail_touche = True
    if detail_touche:
        detail.save()


def phrases(structure: Structure, changements: Iterable[Changement]) -> list[str]:
    """Returns the French sentences of these changes, for the screen, the journal and the mails."""
    return phrases_par_lot(structure, [tuple(changements)])[0]


def phrases_par_lot(structure: Structure, lots: Sequence[Sequence[Changement]]) -> list[list[str]]:
    """Returns the sentences of several sets of changes of one fiche; all their labels are read in one query."""
    return raconter(champs_de(structure.type_niveau), lots)


def raconter(champs: Mapping[str, Champ], lots: Sequence[Sequence[Changement]]) -> list[list[str]]:
    """Returns the sentences of several sets of changes of these fields; all their labels are read in one query."""
    return raconter_ensemble([(champs, lot) for lot in lots])


def raconter_ensemble(lots: Sequence[tuple[Mapping[str, Champ], Sequence[Changement]]]) -> list[list[str]]:
    """Returns the sentences of sets of changes, each with its own fields: those of fiches of several levels."""
    libelles = libelles_utiles([(champs[c.champ], c) for champs, lot in lots for c in lot])

    def libelleur(champs: Mapping[str, Champ]) -> Libelleur:
        return lambda nom, valeur: texte_de_valeur(nom, champs.get(nom), valeur, libelles)

    return [
        [phrase for c in lot for phrase in decrire(c, description_de(champs[c.champ], libelles), libelleur(champs))]
        for champs, lot in lots
    ]


def libelles_utiles(changements: Iterable[tuple[Champ, Changement]]) -> Libelles:
    """Returns the labels of all the codes met in these changes, read in one query."""
    demandes: dict[str, set[str]] = defaultdict(set)
    for champ, changement in changements:
        for valeur in (changement.base, changement.propose):
            if champ.nomenclature:
                demandes[champ.nomenclature].update(valeur if isinstance(valeur, list) else [valeur] if valeur else [])
            elif champ.saisie is Saisie.CONTACTS:
                for ligne in (valeur or {}).values():
                    for colonne, nomenclature in CODES_CONTACT.items():
                        demandes[nomenclature].add(ligne.get(colonne))
                    for telecom in ligne.get("telecoms") or []:
                        demandes[CANAUX].add(telecom.get("canal"))
                        demandes[CODES_CONTACT["confidentialite"]].add(telecom.get("confidentialite"))
    return libelles_codes(demandes)


def description_de(champ: Champ, libelles: Libelles) -> DescriptionChamp:
    """Returns what the engine's sentences need of a field."""
    if champ.saisie is Saisie.CONTACTS:
        return DescriptionChamp(
            champ.nom, champ.libelle, champ.genre, lambda cle, ligne: _nommer_contact(ligne, libelles), COLONNES_CONTACT
        )
    if champ.saisie is Saisie.HORAIRES:
        return DescriptionChamp(champ.nom, champ.libelle, champ.genre, horaires.nommer_ligne, horaires.COLONNES)
    return DescriptionChamp(champ.nom, champ.libelle, champ.genre)


COLONNES_CONTACT = {
    "nom": "nom",
    "fonction": "fonction",
    "nature": "nature",
    "description": "précision",
    "confidentialite": "visible par",
    "telecoms": "coordonnées",
}


def _nommer_contact(ligne: Valeur, libelles: Libelles) -> str:
    ligne = ligne if isinstance(ligne, dict) else {}
    nom = ligne.get("nom") or next(
        (
            libelles.get((nomenclature, ligne[colonne]), ligne[colonne])
            for colonne, nomenclature in CODES_CONTACT.items()
            if colonne != "confidentialite" and ligne.get(colonne)
        ),
        "",
    )
    return f"Contact «\u00a0{nom}\u00a0»" if nom else "Contact"


def _codes_portes(structure: Structure) -> dict[str, list[str]]:
    resultat: dict[str, list[str]] = defaultdict(list)
    for porte in structure.codes_portes.all().select_related("code"):
        resultat[porte.attribut].append(porte.code.code)
    return resultat


def lire_colonne(detail, champ: Champ) -> Valeur:
    """Returns the plain value of a field kept in a column of `detail`."""
    valeur = getattr(detail, champ.nom)
    if isinstance(valeur, Code):
        return valeur.code
    if isinstance(valeur, date):
        return valeur.isoformat()
    return valeur


def ecrire_colonne(detail, champ: Champ, valeur: Valeur) -> None:
    """Sets the column of a field; the caller saves `detail`."""
    colonne = detail._meta.get_field(champ.nom)
    if colonne.is_relation:
        setattr(detail, champ.nom, None if valeur is None else _code(champ.nomenclature, valeur))
    elif champ.saisie is Saisie.DATE:
        setattr(detail, champ.nom, date.fromisoformat(valeur) if valeur else None)
    elif valeur is None and not colonne.null:
        setattr(detail, champ.nom, colonne.get_default())
    else:
        setattr(detail, champ.nom, valeur)


def _code(nomenclature: str | None, valeur: Valeur) -> Code:
    """Returns a code of a list; of several systems that share it, the one still offered."""
    codes = Code.objects.filter(nomenclature__identifiant=nomenclature, code=valeur).order_by("-actif", "pk")
    code = codes.first()
    if code is None:
        raise Code.DoesNotExist(f"{nomenclature} : {valeur}")
    return code


def _ecrire_codes(structure: Structure, champ: Champ, codes: list[str]) -> None:
    voulus = {c.code: c for c in Code.objects.filter(nomenclature__identifiant=champ.nomenclature, code__in=codes)}
    manquants = set(codes) - voulus.keys()
    if manquants:
        raise Code.DoesNotExist(f"{champ.nomenclature} : {', '.join(sorted(manquants))}")
    portes = structure.codes_portes.filter(attribut=champ.nom)
    portes.exclude(code__in=voulus.values()).delete()
    deja = set(portes.values_list("code_id", flat=True))
    CodePorte.objects.bulk_create(
        CodePorte(structure=structure, attribut=champ.nom, code=code) for code in voulus.values() if code.pk not in deja
    )


def _ecrire_horaires(structure: Structure, table: dict) -> None:
    structure.lignes_horaires.exclude(cle__in=table).delete()
    LigneHoraire.objects.bulk_create(
        [LigneHoraire(structure=structure, cle=cle, valeur=valeur) for cle, valeur in table.items()],
        update_conflicts=True,
        unique_fields=["structure", "cle"],
        update_fields=["valeur"],
    )


def _lire_contacts(structure: Structure) -> dict[str, Valeur]:
    contacts = structure.contacts.select_related("fonction", "nature").prefetch_related("telecoms")
    return {
        str(contact.cle): {
            "rang": contact.rang,
            "nom": contact.nom,
            "fonction": contact.fonction.code if contact.fonction else None,
            "nature": contact.nature.code if contact.nature else None,
            "description": contact.description,
            "confidentialite": contact.confidentialite,
            "telecoms": [
                {"canal": t.canal, "adresse": t.adresse, "usage": t.usage, "confidentialite": t.confidentialite}
                for t in contact.telecoms.all()
            ],
        }
        for contact in contacts
    }


def _ecrire_contacts(structure: Structure, table: dict[str, dict]) -> None:
    structure.contacts.exclude(cle__in=[UUID(cle) for cle in table]).delete()
    fonctions = _codes_par_code("JDV_J220", [ligne.get("fonction") for ligne in table.values()])
    natures = _codes_par_code("JDV_J221", [ligne.get("nature") for ligne in table.values()])
    for rang, (cle, ligne) in enumerate(table.items()):
        contact, _ = Contact.objects.update_or_create(
            cle=UUID(cle),
            structure=structure,
            defaults={
                "rang": ligne.get("rang", rang),
                "nom": ligne.get("nom") or "",
                "fonction": fonctions.get(ligne.get("fonction")),
                "nature": natures.get(ligne.get("nature")),
                "description": ligne.get("description") or "",
                "confidentialite": ligne.get("confidentialite") or "1",
            },
        )
        contact.telecoms.all().delete()
        Telecom.objects.bulk_create(
            Telecom(
                contact=contact,
                rang=i,
                **{c: t.get(c) or "" for c in ("canal", "adresse", "usage")},
                confidentialite=t.get("confidentialite") or "1",
            )
            for i, t in enumerate(ligne.get("telecoms") or [])
        )


def _codes_par_code(nomenclature: str, codes: list[str | None]) -> dict[str, Code]:
    voulus = [code for code in codes if code]
    if not voulus:
        return {}
    return {c.code: c for c in Code.objects.filter(nomenclature__identifiant=nomenclature, code__in=voulus)}


def textes_de_conflits(
    champs: Mapping[str, Champ], conflits: Sequence[Conflit], fiche: Mapping[str, Valeur]
) -> list[tuple[str, str, str]]:
    """Returns for each conflict: what it is about, the present value, the proposed one, as full French texts.

    Args:
        champs: the fields, by name.
        conflits: what the merge reported.
        fiche: the present values, which name the rows.
    """
    valeurs = [Changement(c.champ, *_portes(champs[c.champ], c)) for c in conflits]
    libelles = libelles_utiles([(champs[c.champ], c) for c in valeurs])
    return [_texte_de_conflit(champs[c.champ], c, fiche.get(c.champ), libelles) for c in conflits]


def _portes(champ: Champ, conflit: Conflit) -> tuple[Valeur, Valeur]:
    """Both values of a conflict, in the shape of the whole field, so that their codes are found."""
    if conflit.cle is None:
        return conflit.actuel, conflit.propose
    actuel, propose = (
        {conflit.colonne: v} if conflit.colonne else v if isinstance(v, dict) else {}
        for v in (conflit.actuel, conflit.propose)
    )
    return {"a": actuel}, {"a": propose}


def _texte_de_conflit(champ: Champ, conflit: Conflit, table: Valeur, libelles: Libelles) -> tuple[str, str, str]:
    description = description_de(champ, libelles)

    def texte(valeur: Valeur) -> str:
        if valeur in (None, "", [], {}):
            return ""
        if isinstance(valeur, dict):
            colonnes = {c: libelle for c, libelle in description.colonnes.items() if valeur.get(c)}
            textes = {c: texte_de_valeur(f"{champ.nom}.{c}", champ, valeur[c], libelles) for c in colonnes}
            return "\n".join(f"{libelle.capitalize()} : {textes[c]}" for c, libelle in colonnes.items())
        nom = f"{champ.nom}.{conflit.colonne or ''}" if conflit.cle else champ.nom
        return texte_de_valeur(nom, champ, valeur, libelles)

    sujet = champ.libelle
    if conflit.cle is not None:
        lignes = ((table or {}).get(conflit.cle), conflit.propose, conflit.actuel, conflit.base)
        ligne = next((v for v in lignes if isinstance(v, dict)), {})
        sujet = description.decrire_ligne(conflit.cle, ligne)
    if conflit.colonne is not None:
        sujet += f", {description.colonnes.get(conflit.colonne, conflit.colonne)}"
    return sujet, texte(conflit.actuel), texte(conflit.propose)
