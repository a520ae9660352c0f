"""The form of a section or of a whole fiche: simple fields, contacts and hours together."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from zoneinfo import ZoneInfo

from django.forms import BoundField
from django.http import QueryDict
from django.utils import timezone

from ..champs import SECTIONS, SUFFIXE_UNITE, Champ, Saisie
from ..changements import Fiche, Valeur, normaliser
from ..controles import CANAUX
from ..horaires import fuseau_de
from ..libelles import CODES_CONTACT
from .contacts import ContactsSaisis
from .horaires import HorairesSaisis
from .jeton import sceller
from .simples import codes_portes, formulaire_simple, options_de, valeurs_saisies

COMPOSITES = (Saisie.CONTACTS, Saisie.HORAIRES)


@dataclass(frozen=True, slots=True)
class ListeCodes:
    """A field of several codes: those retained, and those that may be added."""

    champ: Champ
    lie: BoundField
    retenus: list[tuple[str, str]]
    proposes: list[tuple[str, str]]


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


class FormulaireFiche:
    """The form of some fields of a fiche.

    Args:
        quoi: what is edited (« fiche:12 »), for the seal of the values shown.
        champs: the fields offered; those of FINESS are left out.
        vues: the values shown.
        data: what was sent, None when the form is opened.
        jour: today.
        departement: where the fiche is, for its clock and its public holidays.
    """

    def __init__(
        self,
        *,
        quoi: str,
        champs: Iterable[Champ],
        vues: Fiche,
        data: QueryDict | None = None,
        jour: date | None = None,
        departement: str = "",
    ) -> None:
        self.quoi, self.data = quoi, data
        self.champs = [champ for champ in champs if not champ.finess]
        self.vues = {champ.nom: normaliser(vues.get(champ.nom), champ.genre) for champ in self.champs}
        self.simples = [champ for champ in self.champs if champ.saisie not in COMPOSITES]
        self.generales: list[str] = []
        self.refus: dict[str, str] = {}
        self.form = formulaire_simple(self.simples, self.vues, self.options, data)
        saisies = {champ.saisie for champ in self.champs}
        self.contacts = ContactsSaisis(self.vues["contacts"], data) if Saisie.CONTACTS in saisies else None
        self.horaires = None
        if Saisie.HORAIRES in saisies:
            jour = jour or timezone.localdate(timezone=ZoneInfo(fuseau_de(departement)))
            self.horaires = HorairesSaisis(self.vues["horaires"], jour, data, departement)

    @cached_property
    def options(self) -> Mapping[str, list[tuple[str, str]]]:
        """The codes of all the lists of the form, in one query."""
        demandes = codes_portes(self.simples, self.vues)
        if any(champ.saisie is Saisie.CONTACTS for champ in self.champs):
            contacts = (self.vues["contacts"] or {}).values()  # type: ignore[union-attr]
            for colonne, liste in CODES_CONTACT.items():
                demandes[liste] = {ligne[colonne] for ligne in contacts if ligne.get(colonne)}
            demandes[CANAUX] = {t.get("canal") for ligne in contacts for t in ligne.get("telecoms") or []}
        return options_de(demandes)

    @property
    def jeton(self) -> str:
        """The values shown, signed."""
        return sceller(self.quoi, self.vues)

    @property
    def composites(self) -> Collection:
        return [partie for partie in (self.contacts, self.horaires) if partie is not None]

    @property
    def nouvelle(self) -> str:
        """Id of what takes the focus after a shortcut."""
        return next((partie.nouvelle for partie in self.composites if partie.nouvelle), "")

    def appliquer(self, geste: str) -> bool:
        """Does a shortcut of the form (add a row, a code…) without saving; False when there is none of that name."""
        if any(partie.appliquer(geste) for partie in self.composites):
            return True
        verbe, _, reste = geste.partition(":")
        nom, _, code = reste.partition(":")
        if verbe not in ("codes-ajouter", "codes-retirer") or nom not in self.form.fields or self.data is None:
            return False
        data = self.data.copy()
        data.setlist(nom, [c for c in data.getlist(nom) if c != code])
        self.data = self.form.data = data
        return True

    def est_valide(self) -> bool:
        """Whether all that was typed can be read; what cannot is noted beside its field."""
        return all([self.form.is_valid(), *(partie.valider() for partie in self.composites)])

    def saisies(self) -> dict[str, Valeur]:
        """The typed values, as `actions.enregistrer` wants them."""
        valeurs = valeurs_saisies(self.form, self.simples, self.vues)
        if self.contacts is not None:
            valeurs["contacts"] = self.contacts.table()
        if self.horaires is not None:
            valeurs["horaires"] = self.horaires.table()
        return valeurs

    def refuser(self, erreurs: Mapping[str, str]) -> None:
        """Notes what the action refused, beside the fields where they are in this form."""
        for nom, message in erreurs.items():
            if nom in self.form.fields:
                self.form.add_error(nom, message)
            else:
                self.generales.append(message)

    @property
    def erreurs(self) -> list[dict[str, str]]:
        """Lines of the summary on top: `cible`, `libelle`, `message`."""
        lignes = [
            {"cible": f"#{lie.id_for_label or lie.auto_id}", "libelle": lie.label, "message": message}
            for lie in self.form
            for message in lie.errors
        ]
        for libelle, partie in (("Contacts", self.contacts), ("Horaires", self.horaires)):
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
            unite = self.form[champ.nom + SUFFIXE_UNITE] if champ.nom + SUFFIXE_UNITE in noms else None
            resultat.setdefault(champ.section, []).append(self._entree(champ, unite))
        return [SectionSaisie(cle, SECTIONS[cle], entrees) for cle, entrees in resultat.items()]

    def _entree(self, champ: Champ, unite) -> Entree:
        if champ.saisie in COMPOSITES:
            return Entree(champ.saisie.value, self.contacts if champ.saisie is Saisie.CONTACTS else self.horaires)
        if champ.saisie is Saisie.CODES:
            return Entree("codes", self._liste(champ))
        return Entree("mesure" if unite is not None else "simple", self.form[champ.nom], unite)

    def _liste(self, champ: Champ) -> ListeCodes:
        lie = self.form[champ.nom]
        retenus = set(lie.value() or [])
        options = self.options.get(champ.nomenclature or "", [])
        return ListeCodes(
            champ, lie, [o for o in options if o[0] in retenus], [o for o in options if o[0] not in retenus]
        )

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
    def canaux(self) -> list[tuple[str, str]]:
        return self.options_contact("canal")
