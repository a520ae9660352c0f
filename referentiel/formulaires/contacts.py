"""Contacts as rows of a form: added, removed, each with its telecoms, its key kept from one sending to the next."""

from dataclasses import dataclass, field
from uuid import uuid4

from django.http import QueryDict

from ror.commun.texte import est_uuid

from ..changements import Valeur
from ..telecoms import erreur_adresse, ranger_adresse

TEXTES = ("nom", "fonction", "nature", "description", "confidentialite")
TELECOM = ("canal", "adresse", "usage", "confidentialite")
PAS = {"contact-monter": -1, "contact-descendre": 1}


@dataclass(slots=True)
class TelecomSaisi:
    canal: str = ""
    adresse: str = ""
    usage: str = ""
    confidentialite: str = "1"
    erreur: str = ""

    @property
    def vide(self) -> bool:
        return not self.adresse and not self.usage

    def en_ligne(self) -> dict[str, str]:
        valeurs = {colonne: getattr(self, colonne) for colonne in TELECOM if getattr(self, colonne)}
        return valeurs | {"adresse": ranger_adresse(self.canal, self.adresse)}


@dataclass(slots=True)
class ContactSaisi:
    """One contact being typed; `cle` is its stable key (UUID)."""

    cle: str
    nom: str = ""
    fonction: str = ""
    nature: str = ""
    description: str = ""
    confidentialite: str = "1"
    telecoms: list[TelecomSaisi] = field(default_factory=list)
    erreur: str = ""

    @property
    def vide(self) -> bool:
        return not any((self.nom, self.fonction, self.nature, self.description)) and all(t.vide for t in self.telecoms)


class ContactsSaisis:
    """The contacts of a fiche in a form.

    Args:
        vues: the table the form showed.
        data: what was sent, None when the form is opened.
    """

    def __init__(self, vues: Valeur, data: QueryDict | None = None) -> None:
        self.vues: dict = vues or {}  # type: ignore[assignment]
        self.lignes = self._montrees() if data is None else _recues(data)
        self.nouvelle = ""

    @property
    def erreurs(self) -> list[tuple[str, str]]:
        """(id of the faulty input, sentence)."""
        resultat = []
        for ligne in self.lignes:
            if ligne.erreur:
                resultat.append((f"c-{ligne.cle}-nom", ligne.erreur))
            resultat += [(f"c-{ligne.cle}-{i}-adresse", t.erreur) for i, t in enumerate(ligne.telecoms) if t.erreur]
        return resultat

    def appliquer(self, geste: str) -> bool:
        """Does « Ajouter », « Retirer », « Monter », « Descendre »; False when the gesture is about something else."""
        verbe, _, reste = geste.partition(":")
        cle, _, rang = reste.partition(":")
        ligne = next((x for x in self.lignes if x.cle == cle), None)
        if verbe == "contact-ajouter":
            self.lignes.append(ContactSaisi(str(uuid4()), telecoms=[TelecomSaisi("2")]))
            self.nouvelle = f"c-{self.lignes[-1].cle}-nom"
        elif verbe == "contact-retirer":
            self.lignes = [x for x in self.lignes if x.cle != cle]
            self.nouvelle = "contact-ajouter"
        elif verbe in PAS and ligne:
            self._deplacer(ligne, PAS[verbe])
            self.nouvelle = f"c-{cle}-{verbe.removeprefix('contact-')}"
        elif verbe == "telecom-ajouter" and ligne:
            ligne.telecoms.append(TelecomSaisi())
            self.nouvelle = f"c-{cle}-{len(ligne.telecoms) - 1}-canal"
        elif verbe == "telecom-retirer" and ligne:
            ligne.telecoms = [t for i, t in enumerate(ligne.telecoms) if str(i) != rang]
            self.nouvelle = f"c-{cle}-telecom"
        else:
            return False
        return True

    def _deplacer(self, ligne: ContactSaisi, pas: int) -> None:
        depart = self.lignes.index(ligne)
        self.lignes.insert(max(depart + pas, 0), self.lignes.pop(depart))

    def valider(self) -> bool:
        """Notes what is to correct beside each row; one left as it was shown may stay."""
        for ligne in self.lignes:
            if ligne == _montre(ligne.cle, self.vues.get(ligne.cle, {})):
                continue
            if not ligne.vide and not (ligne.nom or ligne.fonction or ligne.nature):
                ligne.erreur = "Contact\u00a0: indiquez un nom, une fonction ou une nature."
            for telecom in ligne.telecoms:
                telecom.erreur = _erreur_telecom(telecom)
        return not self.erreurs

    def table(self) -> dict[str, dict]:
        """The rows as the engine wants them; one left as it was is what was shown, an empty new one is left out."""
        resultat: dict[str, dict] = {}
        for ligne, rang in zip(self.lignes, self._rangs(), strict=True):
            if ligne.vide and ligne.cle not in self.vues:
                continue
            vue = self.vues.get(ligne.cle, {})
            if vue and _montre(ligne.cle, vue) == ligne:
                resultat[ligne.cle] = {**vue, "rang": rang} if rang != (vue.get("rang") or 0) else vue
                continue
            colonnes = {colonne: getattr(ligne, colonne) for colonne in TEXTES}
            telecoms = [t.en_ligne() for t in ligne.telecoms if t.adresse]
            resultat[ligne.cle] = {**vue, "rang": rang, **colonnes, "telecoms": telecoms}
        return resultat

    def _rangs(self) -> list[int]:
        """The rank of each row: those montres as long as their order stands, new ones after them, else 0, 1, 2…"""
        montres = [self.vues[x.cle].get("rang") or 0 for x in self.lignes if x.cle in self.vues]
        if montres != sorted(montres) or any(x.cle in self.vues for x in self.lignes[len(montres) :]):
            return list(range(len(self.lignes)))
        suivant = max((v.get("rang") or 0 for v in self.vues.values()), default=-1) + 1
        return [*montres, *range(suivant, suivant + len(self.lignes) - len(montres))]

    def _montrees(self) -> list[ContactSaisi]:
        ordre = sorted(self.vues.items(), key=lambda paire: paire[1].get("rang") or 0)
        return [_montre(cle, ligne) for cle, ligne in ordre]


def _montre(cle: str, ligne: dict) -> ContactSaisi:
    telecoms = [TelecomSaisi(**{c: t.get(c) or "" for c in TELECOM}) for t in ligne.get("telecoms") or []]
    for telecom in telecoms:
        telecom.confidentialite = telecom.confidentialite or "1"
    colonnes = {colonne: ligne.get(colonne) or "" for colonne in TEXTES}
    colonnes["confidentialite"] = colonnes["confidentialite"] or "1"
    return ContactSaisi(cle, **colonnes, telecoms=telecoms)


def _recues(data: QueryDict) -> list[ContactSaisi]:
    lignes = []
    for cle in dict.fromkeys(data.getlist("contact")):
        if not est_uuid(cle):
            continue
        listes = [[t.strip() for t in data.getlist(f"c-{cle}-t-{colonne}")] for colonne in TELECOM]
        telecoms = [TelecomSaisi(*valeurs) for valeurs in zip(*listes, strict=False)]
        textes = {colonne: data.get(f"c-{cle}-{colonne}", "").strip() for colonne in TEXTES}
        lignes.append(ContactSaisi(cle, **textes, telecoms=telecoms))
    return lignes


def _erreur_telecom(telecom: TelecomSaisi) -> str:
    if telecom.usage and not telecom.adresse:
        return "Indiquez le numéro ou l’adresse, par exemple 01 83 76 30 31."
    if telecom.adresse and not telecom.canal:
        return f"Choisissez le moyen de contact de «\u00a0{telecom.adresse[:60]}\u00a0»."
    return erreur_adresse(telecom.canal, telecom.adresse) if telecom.adresse else ""
