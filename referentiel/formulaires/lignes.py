"""A table of rows in a form (prices, mailboxes, capacity, equipment…): rows added and removed, each by its key."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import uuid4

from django import forms
from django.http import QueryDict

from ror.commun.texte import est_uuid

from .. import regles_lignes, tarifs
from ..champs import Champ, Saisie
from ..changements import Genre, Valeur, normaliser
from .simples import Options, formulaire_simple, valeurs_saisies


@dataclass(slots=True)
class LigneSaisie:
    """One row: its stable key (UUID), the values it showed, and the form of its columns."""

    cle: str
    vue: Mapping[str, Valeur]
    form: forms.Form
    rang: int

    @property
    def prefixe(self) -> str:
        return str(self.form.prefix)

    @property
    def nom(self) -> str:
        """What the row says first, for its heading."""
        lie = self.form[next(iter(self.form.fields))]
        valeur = str(lie.value() or "")
        return str(dict(getattr(lie.field, "choices", ())).get(valeur, valeur)) if valeur else ""

    @property
    def colonnes(self) -> list[tuple[forms.BoundField, str]]:
        """The columns, each with the kinds of row that have it (« 02 06 »), empty when all do."""
        return [
            (lie, " ".join(tarifs.types_de(lie.name)) if "type_tarif" in self.form.fields else "") for lie in self.form
        ]

    @property
    def touchee(self) -> bool:
        """Whether something was typed in a row that was just added."""
        return bool(self.vue) or any(
            self.form[nom].value() not in (None, "", [], self.form.initial.get(nom)) for nom in self.form.fields
        )


class LignesSaisies:
    """The rows of a table in a form.

    Args:
        champ: the table and its columns.
        vues: the rows the form showed.
        options: the codes of every list of the form.
        data: what was sent, None when the form is opened.
    """

    def __init__(self, champ: Champ, vues: Valeur, options: Options, data: QueryDict | None = None) -> None:
        self.champ, self.options = champ, options
        self.vues: dict = vues or {}  # type: ignore[assignment]
        self.data, self.nouvelle = data, ""
        cles = list(self.vues) if data is None else [c for c in dict.fromkeys(data.getlist(champ.nom)) if est_uuid(c)]
        self.lignes = [self._ligne(cle, rang) for rang, cle in enumerate(cles, 1)]

    @property
    def erreurs(self) -> list[tuple[str, str]]:
        """(id of the faulty input, sentence)."""
        return [
            (lie.id_for_label or lie.auto_id, f"{self.champ.singulier} {ligne.rang}, {message}")
            for ligne in self.lignes
            if ligne.touchee
            for lie in ligne.form
            for message in lie.errors
        ]

    def appliquer(self, geste: str) -> bool:
        """Does « Ajouter » or « Retirer »; False when the gesture is about something else."""
        verbe, _, reste = geste.partition(":")
        nom, _, cle = reste.partition(":")
        if nom != self.champ.nom or verbe not in ("ligne-ajouter", "ligne-retirer"):
            return False
        if verbe == "ligne-ajouter":
            ligne = LigneSaisie(str(uuid4()), {}, forms.Form(), len(self.lignes) + 1)
            ligne.form = self._formulaire(ligne.cle, {}, None)
            self.lignes.append(ligne)
            self.nouvelle = ligne.form[self.champ.colonnes[0].nom].auto_id
        else:
            self.lignes = [ligne for ligne in self.lignes if ligne.cle != cle]
            self.nouvelle = f"{nom}-ajouter"
        return True

    def valider(self) -> bool:
        """Whether each row that says something can be read; what cannot is noted beside its column."""
        lisibles = [self._valider(ligne) for ligne in self.lignes if ligne.touchee]
        return all(lisibles)

    def _valider(self, ligne: LigneSaisie) -> bool:
        """Reads a row, then looks at it as a whole; one left as it was shown may stay."""
        if not ligne.form.is_valid():
            return False
        valeurs = valeurs_saisies(ligne.form, self.champ.colonnes, ligne.vue)
        lues = normaliser({ligne.cle: valeurs}, Genre.TABLE).get(ligne.cle, {})  # type: ignore[union-attr, arg-type]
        if lues == ligne.vue:
            return True
        libelles = {colonne.nom: colonne.libelle for colonne in self.champ.colonnes}
        for colonne, faute in regles_lignes.erreurs(self.champ.nom, lues).items():
            ligne.form.add_error(colonne, f"{libelles[colonne]}\u00a0: {faute}")
        return ligne.form.is_valid()

    def table(self) -> dict[str, Valeur]:
        """The rows as the engine wants them; an empty new one is left out."""
        lignes = {
            ligne.cle: valeurs_saisies(ligne.form, self.champ.colonnes, ligne.vue)
            for ligne in self.lignes
            if ligne.touchee
        }
        return normaliser(lignes, Genre.TABLE)  # type: ignore[arg-type, return-value]

    def _ligne(self, cle: str, rang: int) -> LigneSaisie:
        vue = self.vues.get(cle, {})
        ligne = LigneSaisie(cle, vue, self._formulaire(cle, vue, self.data), rang)
        if not ligne.touchee:
            ligne.form = self._formulaire(cle, vue, None)
        return ligne

    def _formulaire(self, cle: str, vue: Mapping[str, Valeur], data: QueryDict | None) -> forms.Form:
        montree = vue or {colonne.nom: colonne.defaut for colonne in self.champ.colonnes}
        offerts = {c.nom: self.options.get(c.nomenclature or "", []) for c in self.champ.colonnes}
        formulaire = formulaire_simple(self.champ.colonnes, montree, offerts, data, prefixe=f"{self.champ.nom}-{cle}")
        for colonne in self.champ.colonnes:
            champ = formulaire.fields[colonne.nom]
            if colonne.saisie is Saisie.CODES:
                champ.widget = forms.CheckboxSelectMultiple(choices=champ.choices)  # type: ignore[attr-defined]
            elif colonne.saisie is Saisie.CODE and colonne.obligatoire:
                champ.choices = [("", "Choisissez"), *champ.choices]  # type: ignore[attr-defined]
        return formulaire
