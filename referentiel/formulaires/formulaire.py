"""The form of a section or of a whole fiche: simple fields, contacts and hours together."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from zoneinfo import ZoneInfo

from django.forms import BoundField, Form
from django.http import QueryDict
from django.utils import timezone

from ror.commun.francais import pluriel

from ..champs import LISTE_LIEUX, SECTIONS, SUFFIXE_UNITE, Champ, Saisie
from ..changements import Fiche, Valeur, normaliser
from ..controles import CANAUX
from ..fermeture import CHAMPS as CHAMPS_FERMETURE
from ..horaires import fuseau_de
from ..libelles import CODES_CONTACT, codes_de_lignes
from ..lieux import lieux_de
from ..modeles_saisie import SchemaUO
from ..models import Structure
from ..telecoms import est_mssante
from .contacts import ContactsSaisis
from .fermeture import FermetureSaisie
from .horaires import HorairesSaisis
from .jeton import sceller
from .lignes import LignesSaisies
from .lues import ValeurLue, valeurs_lues
from .simples import codes_envoyes, codes_portes, formulaire_simple, options_de, typee, valeurs_saisies
from .vastes import ListeVaste

COMPOSITES = (Saisie.CONTACTS, Saisie.HORAIRES, Saisie.LIGNES)
AIDE_VISIBILITES = {
    "1": "Tout le monde, y compris le grand public sur santé.fr.",
    "2": "Les professionnels connectés au portail, jamais le grand public.",
    "3": "La régulation (Samu), la gestion de crise et les personnes qui modifient cette fiche, personne d’autre.",
}
"""One sentence per level of confidentiality (J222)."""
CODES_GESTES = ("codes-ajouter", "codes-retirer", "codes-vider")
PAQUET = 100
"""Codes sent in one hidden input, beyond as many: a form has a limited number of inputs."""


@dataclass(frozen=True, slots=True)
class ListeCodes:
    """A field of several codes: those retained, and those that may be added; a long list is searched (`vaste`)."""

    champ: Champ
    lie: BoundField
    retenus: list[tuple[str, str]]
    proposes: list[tuple[str, str]]
    requis: bool = False
    vaste: ListeVaste | None = None
    ouverte: bool = False

    @property
    def paquets(self) -> list[str]:
        """The values of the hidden inputs when codes are too many to have one each."""
        codes = [code for code, _ in self.retenus]
        if len(codes) <= PAQUET:
            return []
        return [" ".join(codes[i : i + PAQUET]) for i in range(0, len(codes), PAQUET)]

    @property
    def compte(self) -> str:
        """« 45 communes »."""
        return pluriel(len(self.retenus), self.champ.singulier or "élément")


@dataclass(frozen=True, slots=True)
class Entree:
    """One thing to fill in: `sorte` names the part of the template that shows it."""

    sorte: str
    contenu: object
    unite: object = None


@dataclass(frozen=True, slots=True)
class SectionSaisie:
    cle: str
    titre: str
    entrees: list[Entree]
    lues: list[ValeurLue]


class FormulaireFiche:
    """The form of some fields of a fiche.

    Args:
        quoi: what is edited (« fiche:12 »), for the seal of the values shown.
        champs: the fields offered; those of FINESS are left out.
        vues: the values she saw: what she saves is compared and merged with them.
        montrees: what the fields show, when it is not `vues` (her typing carried over newer values).
        data: what was sent, None when the form is opened.
        jour: today.
        structure: the node, for the fields whose choices depend on where it is.
        schema: the rules of this offer: which fields, in which order, starred, with which codes.
        lues: all the present values, to show those that the schema does not let type; none is hidden in silence.
        departement: where the fiche is, for its clock and its public holidays.
    """

    def __init__(
        self,
        *,
        quoi: str,
        champs: Iterable[Champ],
        vues: Fiche,
        montrees: Fiche | None = None,
        data: QueryDict | None = None,
        jour: date | None = None,
        structure: Structure | None = None,
        schema: SchemaUO | None = None,
        lues: Fiche | None = None,
        departement: str = "",
    ) -> None:
        self.quoi, self.data, self.structure = quoi, data, structure
        self.schema = schema or SchemaUO()
        offerts = self.schema.ordonner(champ for champ in champs if not champ.finess)
        self.champs = [champ for champ in offerts if self.schema.modifiable(champ)]
        self.lues = valeurs_lues([champ for champ in offerts if champ not in self.champs], self.schema, lues or {})
        self.vues = {champ.nom: normaliser(vues.get(champ.nom), champ.genre) for champ in self.champs}
        self.montrees = {**self.vues, **(montrees or {})}
        self.simples = [
            champ for champ in self.champs if champ.saisie not in COMPOSITES and not _de_la_fermeture(champ)
        ]
        self.generales: list[str] = []
        self.refus: dict[str, str] = {}
        self.etoiles = {champ.nom for champ in self.champs if self.schema.obligatoire(champ)}
        self.form = self._simple()
        saisies = {champ.saisie for champ in self.champs}
        self.contacts = ContactsSaisis(self.montrees["contacts"], data) if Saisie.CONTACTS in saisies else None
        jour = jour or timezone.localdate(timezone=ZoneInfo(fuseau_de(departement)))
        self.horaires = None
        if Saisie.HORAIRES in saisies:
            self.horaires = HorairesSaisis(self.montrees["horaires"], jour, data, departement)
        fermable = any(map(_de_la_fermeture, self.champs))
        self.fermeture = FermetureSaisie(self.montrees, jour, data) if fermable else None
        self.ouverte = ""
        self.vastes = {
            champ.nom: ListeVaste(champ, self.options, data) for champ in self.simples if self._est_vaste(champ)
        }
        self.tables = {
            champ.nom: LignesSaisies(champ, self.montrees[champ.nom], self.options, data)
            for champ in self.champs
            if champ.saisie is Saisie.LIGNES
        }

    @cached_property
    def options(self) -> Mapping[str, list[tuple[str, str]]]:
        """The codes of all the lists of the form, in one query."""
        demandes = codes_portes(self.simples, self.vues)
        if any(champ.saisie is Saisie.CONTACTS for champ in self.champs):
            contacts = (self.vues["contacts"] or {}).values()  # type: ignore[union-attr]
            for colonne, liste in CODES_CONTACT.items():
                demandes[liste] = {ligne[colonne] for ligne in contacts if ligne.get(colonne)}
            demandes[CANAUX] = {t.get("canal") for ligne in contacts for t in ligne.get("telecoms") or []}
        for champ in self.champs:
            for colonne in champ.colonnes:
                if colonne.nomenclature:
                    demandes.setdefault(colonne.nomenclature, set())
            if champ.saisie is Saisie.LIGNES:
                codes_de_lignes(champ, self.vues[champ.nom], demandes)
        vastes: dict[str, set[str]] = {}
        for champ in self.simples:
            if self._est_vaste(champ):
                envoyes = codes_envoyes(self.data, champ.nom) if self.data is not None else []
                vastes.setdefault(champ.nomenclature or "", set()).update(envoyes)
        options = options_de(demandes, vastes)
        if LISTE_LIEUX in demandes and self.structure is not None:
            options[LISTE_LIEUX] = [(str(lieu.cle), lieu.nom) for lieu in lieux_de(self.structure)]
        return options

    def _est_vaste(self, champ: Champ) -> bool:
        """Whether its list is too long to be shown whole; one that a model shortens is not."""
        return champ.vaste and champ.saisie is Saisie.CODES and not self.schema.regle(champ).codes

    @property
    def jeton(self) -> str:
        """The values shown, signed."""
        return sceller(self.quoi, self.vues)

    @property
    def composites(self) -> Collection:
        """What is more than one input, but the long lists."""
        uniques = (self.contacts, self.horaires, self.fermeture)
        return [*(partie for partie in uniques if partie is not None), *self.tables.values()]

    @property
    def nouvelle(self) -> str:
        """Id of what takes the focus after a shortcut."""
        parties = (*self.composites, *self.vastes.values())
        return next((partie.nouvelle for partie in parties if partie.nouvelle), "")

    def appliquer(self, geste: str) -> bool:
        """Does a shortcut of the form (add a row, a code…) without saving; False when there is none of that name."""
        if any(partie.appliquer(geste) for partie in self.composites):
            return True
        for liste in self.vastes.values():
            if liste.appliquer(geste):
                self._ajouter(liste)
                return True
        verbe, _, reste = geste.partition(":")
        nom, _, code = reste.partition(":")
        if verbe not in CODES_GESTES or nom not in self.form.fields or self.data is None:
            return False
        retenus = [] if verbe == "codes-vider" else [c for c in codes_envoyes(self.data, nom) if c != code]
        self._envoyer(nom, retenus)
        if verbe == "codes-ajouter":
            self.ouverte = nom
            if nom in self.vastes:
                self.vastes[nom].vider_recherche()
        return True

    def _ajouter(self, liste: ListeVaste) -> None:
        """Retains what a long list found by itself (a pasted list, the communes of a group)."""
        if liste.ajouts and self.data is not None:
            nom = liste.champ.nom
            self._envoyer(nom, list(dict.fromkeys([*codes_envoyes(self.data, nom), *liste.ajouts])))

    def _envoyer(self, nom: str, codes: list[str]) -> None:
        """Makes the form what it would be had these codes been sent."""
        self.data = self.data.copy()  # type: ignore[union-attr]
        self.data.setlist(nom, codes)
        vars(self).pop("options", None)
        self.form = self._simple()

    def _simple(self) -> Form:
        codes = {champ.nom: self._codes_de(champ) for champ in self.simples if champ.nomenclature}
        return formulaire_simple(self.simples, self.montrees, codes, self.data, self.etoiles)

    def est_valide(self) -> bool:
        """Whether all that was typed can be read; what cannot is noted beside its field."""
        for liste in self.vastes.values():
            liste.completer()
            self._ajouter(liste)
        lues = not any(liste.erreurs for liste in self.vastes.values())
        return all([self.form.is_valid(), lues, *(partie.valider() for partie in self.composites)])

    def saisies(self) -> dict[str, Valeur]:
        """The typed values, as `actions.enregistrer` wants them."""
        valeurs = valeurs_saisies(self.form, self.simples, self.vues)
        if self.contacts is not None:
            valeurs["contacts"] = self.contacts.table()
        if self.horaires is not None:
            valeurs["horaires"] = self.horaires.table()
        if self.fermeture is not None:
            valeurs |= self.fermeture.valeurs()
        return valeurs | {nom: table.table() for nom, table in self.tables.items()}

    def touches(self, *fiches: Fiche) -> list[str]:
        """Labels of the fields typed otherwise than in each of these fiches, readable or not."""
        noms = [c for c in self.simples if all(typee(self.form[c.nom], c, fiche.get(c.nom)) for fiche in fiches)]
        libelles = [champ.libelle for champ in noms]
        tables = {"contacts": ("Contacts", self.contacts), "horaires": ("Horaires", self.horaires)}
        tables |= {nom: (table.champ.libelle, table) for nom, table in self.tables.items()}
        for nom, (libelle, partie) in tables.items():
            if partie is not None:
                lisible = partie.valider()
                if not lisible or all(partie.table() != (fiche.get(nom) or {}) for fiche in fiches):
                    libelles.append(libelle)
        if self.fermeture is not None:
            lisible = self.fermeture.valider()
            saisie = self.fermeture.valeurs() if lisible else {}
            if not lisible or all(any(v != fiche.get(c) for c, v in saisie.items()) for fiche in fiches):
                libelles.append("Fermer mon offre")
        return libelles

    def boites_douteuses(self) -> list[str]:
        """The secure mailboxes added or changed whose domain is not one of the MSSanté: told, not refused."""
        boites = self.tables["boites_mss"].table() if "boites_mss" in self.tables else {}
        vues = self.vues.get("boites_mss") or {}
        nouvelles = (b["adresse"] for cle, b in boites.items() if b != vues.get(cle))  # type: ignore[union-attr, index, call-overload]
        return [adresse for adresse in nouvelles if not est_mssante(adresse)]

    def refuser(self, erreurs: Mapping[str, str]) -> None:
        """Notes what the action refused, beside the fields where they are in this form."""
        for nom, message in erreurs.items():
            if nom in self.form.fields:
                self.form.add_error(nom, message)
            elif self.fermeture is None or not self.fermeture.refuser(nom, message):
                self.generales.append(message)

    @property
    def erreurs(self) -> list[dict[str, str]]:
        """Lines of the summary on top: `cible`, `libelle`, `message`."""
        lignes = [
            {"cible": f"#{lie.id_for_label or lie.auto_id}", "libelle": lie.label, "message": message}
            for lie in self.form
            for message in lie.errors
        ]
        uniques = [("Contacts", self.contacts), ("Horaires", self.horaires), ("Fermer mon offre", self.fermeture)]
        listes = [(partie.champ.libelle, partie) for partie in (*self.vastes.values(), *self.tables.values())]
        for libelle, partie in [*uniques, *listes]:
            for cible, message in partie.erreurs if partie is not None else ():
                lignes.append({"cible": f"#{cible}", "libelle": libelle, "message": message})
        return lignes

    @property
    def sections(self) -> list[SectionSaisie]:
        """What to fill in, section by section."""
        resultat: dict[str, list[Entree]] = {}
        noms = {champ.nom for champ in self.champs}
        for champ in self.champs:
            if champ.nom.endswith(SUFFIXE_UNITE) and champ.nom.removesuffix(SUFFIXE_UNITE) in noms:
                continue
            if _de_la_fermeture(champ):
                continue
            unite = self.form[champ.nom + SUFFIXE_UNITE] if champ.nom + SUFFIXE_UNITE in noms else None
            resultat.setdefault(champ.section, []).append(self._entree(champ, unite))
        if self.fermeture is not None:
            resultat.setdefault("horaires", []).append(Entree("fermeture", self.fermeture))
        for cle in self.lues:
            resultat.setdefault(cle, [])
        return [SectionSaisie(cle, SECTIONS[cle], entrees, self.lues.get(cle, [])) for cle, entrees in resultat.items()]

    def _entree(self, champ: Champ, unite) -> Entree:
        if champ.saisie is Saisie.LIGNES:
            return Entree("lignes", self.tables[champ.nom])
        if champ.saisie in COMPOSITES:
            return Entree(champ.saisie.value, self.contacts if champ.saisie is Saisie.CONTACTS else self.horaires)
        if champ.saisie is Saisie.CODES:
            return Entree("codes", self._liste(champ))
        return Entree("mesure" if unite is not None else "simple", self.form[champ.nom], unite)

    def _liste(self, champ: Champ) -> ListeCodes:
        lie = self.form[champ.nom]
        retenus = set(lie.value() or [])
        codes = self._codes_de(champ)
        return ListeCodes(
            champ,
            lie,
            [o for o in codes if o[0] in retenus],
            [] if champ.nom in self.vastes else [o for o in codes if o[0] not in retenus],
            champ.nom in self.etoiles,
            self.vastes.get(champ.nom),
            self.ouverte == champ.nom,
        )

    def _codes_de(self, champ: Champ) -> list[tuple[str, str]]:
        """The codes of a field: those its model offers, then those carried already, marked when it does not."""
        vue = self.vues[champ.nom]
        portes = set(vue) if isinstance(vue, list) else {vue}
        codes = []
        for code, libelle in self.options.get(champ.nomenclature or "", []):
            if self.schema.propose(champ, code):
                codes.append((code, libelle))
            elif code in portes:
                codes.append((code, f"{libelle} (hors modèle)"))
        return codes

    def options_contact(self, colonne: str) -> list[tuple[str, str]]:
        """The codes offered for a coded column of a contact, or for « canal »."""
        return self.options.get(CANAUX if colonne == "canal" else CODES_CONTACT[colonne], [])

    @property
    def fonctions(self) -> list[tuple[str, str]]:
        return self.options_contact("fonction")

    @property
    def natures(self) -> list[tuple[str, str]]:
        return self.options_contact("nature")

    @property
    def visibilites(self) -> list[tuple[str, str]]:
        return self.options_contact("confidentialite")

    @property
    def aide_visibilites(self) -> list[tuple[str, str]]:
        """(level, what it means) for the levels offered."""
        return [(libelle, AIDE_VISIBILITES[code]) for code, libelle in self.visibilites if code in AIDE_VISIBILITES]

    @property
    def canaux(self) -> list[tuple[str, str]]:
        return self.options_contact("canal")


def _de_la_fermeture(champ: Champ) -> bool:
    """Whether the box « Fermer mon offre » holds this field; an EJ and an EG close in FINESS."""
    return champ.nom in CHAMPS_FERMETURE and not champ.finess
