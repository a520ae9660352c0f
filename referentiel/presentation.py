"""A fiche as it is read: sections, lines, where each value comes from, contacts within what the reader may see."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from django.utils import timezone

from ror.commun import francais
from ror.commun.texte import sans_accent

from . import horaires
from .champs import SECTIONS, SUFFIXE_UNITE, UNITES_TEMPS, Champ, Saisie, champs_de, sections_de
from .changements import Valeur
from .confidentialite import TABLES, champ_lisible, lignes_lisibles
from .details import detail_de
from .fermeture import CHAMPS as CHAMPS_FERMETURE
from .formulaires.lues import NON_PREVU
from .libelles import CANAUX, CODES_CONTACT, Libelles, codes_de_lignes, libelles_codes, texte_de_valeur
from .modeles_saisie import SchemaUO
from .models import DemandeCorrection, Structure
from .niveaux import Niveau
from .telecoms import COURRIEL, TELEPHONE, lien_de

COLONNES_MAX = 7
PRECISIONS = "Précisions"
"""Of a wider table, the columns that a row may leave empty are read in one."""
MONTRES = 8
"""Values of a field shown at once; more are folded behind their count."""
_ADMINISTRATIVES = ("identification", "adresse")
_EN_TABLE = (Saisie.CONTACTS, Saisie.LIGNES)
_TOUJOURS = frozenset({"numero_finess", "raison_sociale", "siret", "siren"})
"""FINESS lines shown even when empty: their absence is itself to be corrected."""

_FORMATS: dict[str, Callable[[str], str]] = {
    "numero_finess": francais.finess_fr,
    "siret": francais.siret_fr,
    "siren": francais.siret_fr,
    "telephone": francais.telephone_fr,
    "telecopie": francais.telephone_fr,
}
_CANAUX_FINESS = {"telephone": TELEPHONE, "courriel": COURRIEL}
"""FINESS lines that call or write, and the channel that each is."""


@dataclass(frozen=True, slots=True)
class Ligne:
    """One line of a section.

    Attributes:
        champ: its field, also in the address of a request for correction.
        libelle: its label.
        texte: its value.
        note: what follows the text, small.
        corrigee_le: day the support corrected what FINESS says, None when the value is that of FINESS.
        elements: the values of a field that has several, in the order of the alphabet.
        compte: « 45 communes », when they are too many to be read at a glance.
        lien: the address that calls or writes, empty when there is none.
    """

    champ: str
    libelle: str
    texte: str
    note: str = ""
    corrigee_le: date | None = None
    elements: tuple[str, ...] = ()
    compte: str = ""
    lien: str = ""

    @property
    def premiers(self) -> str:
        """The first values of a long list, in one text."""
        return ", ".join(self.elements[:MONTRES])


@dataclass(frozen=True, slots=True)
class Coordonnee:
    canal: str
    adresse: str
    usage: str
    lien: str = ""


@dataclass(frozen=True, slots=True)
class ContactLu:
    """A contact as it is shown: `titre` is the name, else the function or the nature."""

    titre: str
    precisions: str
    visibilite: str
    coordonnees: tuple[Coordonnee, ...]


@dataclass(frozen=True, slots=True)
class Tableau:
    """A table of rows as it is read; columns that no row fills are left out.

    Attributes:
        champ: name of the field.
        libelle: its caption.
        colonnes: headings.
        rangs: texts, row by row.
        dates: when each row last changed, and whether that is too long ago; empty when it is not said.
    """

    champ: str
    libelle: str
    colonnes: tuple[str, ...]
    rangs: tuple[tuple[str, ...], ...]
    dates: tuple[tuple[datetime, bool], ...] = ()

    @property
    def entetes(self) -> str:
        """The headings as the component « tableau » wants them."""
        return "|".join([*self.colonnes, *(["Mis à jour"] if self.dates else [])])

    @property
    def cellules(self) -> list[tuple[list[tuple[str, str]], tuple[datetime, bool] | None]]:
        """Row by row, (heading, text) of each column, then its date."""
        dates = self.dates or [None] * len(self.rangs)
        return [(list(zip(self.colonnes, r, strict=True)), d) for r, d in zip(self.rangs, dates, strict=True)]


@dataclass(frozen=True, slots=True)
class Section:
    """A section that référents edit.

    Attributes:
        cle: key of `champs.SECTIONS`.
        titre: its title.
        lignes: what it says.
        contacts: for the section of contacts.
        tableaux: its tables of rows.
        modifiable: something in it may be typed for this kind of offer.
    """

    cle: str
    titre: str
    lignes: tuple[Ligne, ...]
    contacts: tuple[ContactLu, ...]
    tableaux: tuple[Tableau, ...] = ()
    modifiable: bool = True

    @property
    def vide(self) -> bool:
        return not self.contacts and not self.tableaux and not any(ligne.texte for ligne in self.lignes)


class Fiche:
    """The reading of one fiche.

    Args:
        structure: the node.
        detail: its detail row.
        valeurs: its published values.
        niveaux_lisibles: levels of confidentiality of contacts (J222) the reader sees.
        schema: the rules of this offer; a field it leaves out is read only when it holds something.
        corrigees: field → day the support corrected it.
        libelles: the labels of its codes, when the caller read those of several fiches; see `lire_fiches`.
    """

    def __init__(
        self,
        structure: Structure,
        detail,
        valeurs: Mapping[str, Valeur],
        niveaux_lisibles: Collection[str],
        schema: SchemaUO | None = None,
        corrigees: Mapping[str, date] | None = None,
        libelles: Libelles | None = None,
    ) -> None:
        self.structure, self.detail = structure, detail
        self.schema = schema or SchemaUO()
        self.corrigees = corrigees or {}
        connus = champs_de(structure.type_niveau)
        self.champs = {nom: champ for nom, champ in connus.items() if champ_lisible(nom, niveaux_lisibles)}
        self.valeurs = {
            nom: lignes_lisibles(valeurs.get(nom), niveaux_lisibles) if nom in TABLES else valeurs.get(nom)
            for nom in self.champs
        }
        self.contacts_lisibles = [
            ligne
            for ligne in (valeurs.get("contacts") or {}).values()
            if (ligne.get("confidentialite") or "1") in niveaux_lisibles
        ]
        self.niveaux_lisibles = niveaux_lisibles
        self.libelles = libelles_codes(self.codes_demandes()) if libelles is None else libelles

    @property
    def recue_le(self):
        """Day of the last FINESS record of this entity, None when FINESS does not know it."""
        return getattr(self.detail, "finess_recu_le", None)

    def administratives(self) -> list[Ligne]:
        """Lines owned by FINESS (S91–S94), the address in one; empty ones are left out but for identifiers."""
        sections = sections_de(self.structure.type_niveau)
        lignes = [
            replace(self._ligne(champ), corrigee_le=self.corrigees.get(champ.nom))
            for champ in sections.get("identification", ())
        ]
        lignes = [ligne for ligne in lignes if ligne.texte or ligne.champ in _TOUJOURS]
        if "adresse" in sections:
            jours = [self.corrigees[c.nom] for c in sections["adresse"] if c.nom in self.corrigees]
            texte = ", ".join(self.detail.lignes_adresse)
            lignes.append(Ligne(DemandeCorrection.ADRESSE, "Adresse", texte, corrigee_le=max(jours, default=None)))
        return lignes

    def sections(self) -> list[Section]:
        """The sections that people edit, in the order of the fiche."""
        sections = [
            Section(
                cle,
                SECTIONS[cle],
                tuple(self._lignes(champs)),
                tuple(self._contact(c) for c in self._contacts_tries()) if cle == "contacts" else (),
                tuple(t for c in champs if (t := lire_tableau(c, self.valeurs.get(c.nom), self.libelles))),
                any(self.schema.modifiable(c) for c in champs),
            )
            for cle, champs in self._champs_par_section().items()
            if cle not in _ADMINISTRATIVES
        ]
        return [section for section in sections if section.modifiable or not section.vide]

    def _champs_par_section(self) -> dict[str, list[Champ]]:
        """The fields that the reader may read, section by section; a section without any is left out."""
        resultat: dict[str, list[Champ]] = {}
        for champ in self.champs.values():
            resultat.setdefault(champ.section, []).append(champ)
        return resultat

    def texte(self, champ: str) -> str:
        """The present text of a line of `administratives`, by the name of its field."""
        return next((ligne.texte for ligne in self.administratives() if ligne.champ == champ), "")

    def categorie(self) -> str:
        """Label of the category of an EG."""
        return self._ligne(self.champs["categorie"]).texte if self.structure.niveau == Niveau.EG else ""

    def _lignes(self, champs: Collection[Champ]) -> Iterator[Ligne]:
        """The fields of the model in its order, then what the fiche holds besides."""
        for champ in self.schema.ordonner(champs):
            if not self._a_sa_ligne(champ):
                continue
            ligne = self._ligne(champ)
            if self.schema.visible(champ):
                yield ligne
            elif ligne.texte and self.valeurs.get(champ.nom) is not False:
                yield replace(ligne, note=NON_PREVU)

    def _ligne(self, champ: Champ) -> Ligne:
        valeur = self.valeurs.get(champ.nom)
        if valeur is None or valeur in ("", [], {}):
            return Ligne(champ.nom, champ.libelle, "")
        if champ.saisie is Saisie.HORAIRES:
            texte = horaires.phrase(horaires.depuis_table(valeur), timezone.localdate())
        elif isinstance(valeur, list):
            return self._ligne_de_plusieurs(champ, valeur)
        else:
            texte = texte_de_valeur(champ.nom, champ, valeur, self.libelles)
        lien = lien_de(_CANAUX_FINESS.get(champ.nom, ""), texte)
        return Ligne(champ.nom, champ.libelle, _FORMATS.get(champ.nom, str)(texte) + self._unite(champ), lien=lien)

    def _a_sa_ligne(self, champ: Champ) -> bool:
        """Tables are shown as such, a unit with its number, the closing as an announcement above the fiche."""
        return not (champ.saisie in _EN_TABLE or self._est_unite(champ) or champ.nom in CHAMPS_FERMETURE)

    def _ligne_de_plusieurs(self, champ: Champ, valeurs: list) -> Ligne:
        textes = (texte_de_valeur(champ.nom, champ, v, self.libelles) for v in valeurs)
        elements = tuple(sorted(textes, key=sans_accent))
        compte = francais.pluriel(len(elements), champ.singulier or "valeur") if len(elements) > MONTRES else ""
        return Ligne(champ.nom, champ.libelle, ", ".join(elements), elements=elements, compte=compte)

    def _est_unite(self, champ: Champ) -> bool:
        return champ.nom.endswith(SUFFIXE_UNITE) and champ.nom.removesuffix(SUFFIXE_UNITE) in self.champs

    def _unite(self, champ: Champ) -> str:
        """« ans » after an age (S73)."""
        if champ.nom + SUFFIXE_UNITE not in self.champs:
            return ""
        mot = UNITES_TEMPS.get(str(self.valeurs.get(champ.nom + SUFFIXE_UNITE)), "")
        seul = self.valeurs.get(champ.nom) == 1 and mot != "mois"
        return f"\u00a0{mot.removesuffix('s') if seul else mot}" if mot else ""

    def _contacts_tries(self) -> list[dict]:
        return sorted(self.contacts_lisibles, key=lambda ligne: ligne.get("rang") or 0)

    def _contact(self, ligne: dict) -> ContactLu:
        fonction, nature = self._code("fonction", ligne), self._code("nature", ligne)
        titre, *reste = [mot for mot in (ligne.get("nom"), fonction, nature) if mot] or ["Contact"]
        return ContactLu(
            titre,
            " · ".join([*reste, *filter(None, [ligne.get("description")])]),
            "" if (ligne.get("confidentialite") or "1") == "1" else self._code("confidentialite", ligne),
            tuple(
                Coordonnee(
                    self.libelles.get((CANAUX, t.get("canal", "")), ""),
                    francais.telephone_fr(t.get("adresse")),
                    t.get("usage") or "",
                    lien_de(t.get("canal") or "", t.get("adresse") or ""),
                )
                for t in ligne.get("telecoms") or []
                if (t.get("confidentialite") or "1") in self.niveaux_lisibles
            ),
        )

    def _code(self, colonne: str, ligne: dict) -> str:
        code = ligne.get(colonne)
        return self.libelles.get((CODES_CONTACT[colonne], code), code) if code else ""

    def codes_demandes(self) -> dict[str, set[str]]:
        """List → codes of the fiche whose labels are read."""
        demandes: dict[str, set[str]] = defaultdict(set)
        for nom, champ in self.champs.items():
            valeur = self.valeurs.get(nom)
            if champ.nomenclature and valeur:
                demandes[champ.nomenclature].update(valeur if isinstance(valeur, list) else [valeur])
            elif champ.saisie is Saisie.LIGNES:
                codes_de_lignes(champ, valeur, demandes)
        for ligne in self.contacts_lisibles:
            for colonne, nomenclature in CODES_CONTACT.items():
                if ligne.get(colonne):
                    demandes[nomenclature].add(ligne[colonne])
            demandes[CANAUX].update(t["canal"] for t in ligne.get("telecoms") or [] if t.get("canal"))
        return demandes


def lire_fiches(
    lues: Iterable[tuple[Structure, Mapping[str, Valeur], SchemaUO]], niveaux_lisibles: Collection[str]
) -> list[Fiche]:
    """Returns the reading of fiches given as (node, published values, rules), in as many queries as for one."""
    fiches = [Fiche(s, detail_de(s), valeurs, niveaux_lisibles, schema, libelles={}) for s, valeurs, schema in lues]
    demandes: dict[str, set[str]] = defaultdict(set)
    for fiche in fiches:
        for liste, codes in fiche.codes_demandes().items():
            demandes[liste] |= codes
    libelles = libelles_codes(demandes)
    for fiche in fiches:
        fiche.libelles = libelles
    return fiches


def lire_tableau(
    champ: Champ, table: Valeur, libelles: Libelles, dates: Sequence[tuple[datetime, bool]] = ()
) -> Tableau | None:
    """Returns a table of rows as texts, with their `dates` if given; None when it has no row or is none."""
    if champ.saisie is not Saisie.LIGNES or not isinstance(table, dict) or not table:
        return None
    remplies = [c for c in champ.colonnes if any(_rempli(ligne, c) for ligne in table.values())]
    pliees = [c for c in remplies if not c.obligatoire] if len(remplies) > COLONNES_MAX else []
    montrees = [c for c in remplies if c not in pliees]

    def texte(ligne: dict, colonne: Champ) -> str:
        return texte_de_valeur(colonne.nom, colonne, ligne[colonne.nom], libelles) if _rempli(ligne, colonne) else ""

    return Tableau(
        champ.nom,
        champ.libelle,
        (*(c.libelle for c in montrees), *([PRECISIONS] if pliees else [])),
        tuple(
            (
                *(texte(ligne, c) for c in montrees),
                *([_precisions([(c.libelle, texte(ligne, c)) for c in pliees])] if pliees else []),
            )
            for ligne in table.values()
        ),
        tuple(dates),
    )


def _rempli(ligne: dict, colonne: Champ) -> bool:
    return ligne.get(colonne.nom) not in (None, "", [])


def _precisions(paires: list[tuple[str, str]]) -> str:
    """« Type d’habitation : Chambre simple ; temporalité d’accueil : Permanent »."""
    return "\u00a0; ".join(f"{libelle}\u00a0: {texte}" for libelle, texte in paires if texte)
