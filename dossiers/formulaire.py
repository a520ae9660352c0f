"""The form of a fiche in a dossier, whatever its level, created or live (S70–S77, S132, S156–S160).

That of an offer asks its group and its type, then the fields of the type; its values are those of the dossier, laid
over the published ones.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from django import forms
from django.http import QueryDict

from referentiel import fiches as lecture
from referentiel.champs import SUFFIXE_UNITE, Saisie
from referentiel.changements import Changement, Fiche, Valeur
from referentiel.conflits import lire_choix, rebaser_saisie
from referentiel.formulaires import COMPOSITES, FormulaireFiche, FormulaireIllisible, HorairesSaisis, ouvrir, sceller
from referentiel.formulaires.contacts import ContactsSaisis
from referentiel.formulaires.formulaire import SectionSaisie
from referentiel.modeles_saisie import est_vide
from referentiel.models import Structure
from referentiel.niveaux import Niveau
from referentiel.qualite.completude import ancre_de

from .actions import Envoi
from .contenus import Contenu, champs_du_dossier, schema_sous, valeurs_perdues
from .entete import EnteteForm, TypeUO, types_uo
from .nommage import est_conforme, nom_propose

BASE = ("nom", "age_min", "age_min_unite", "age_max", "age_max_unite")
"""Fields asked before the type is known (S70, S73, S74)."""

UNITES = {"age_min_unite": "a", "age_max_unite": "a"}
"""An age is in years until told otherwise (S73, S74)."""


@dataclass(frozen=True, slots=True)
class Sujet:
    """What a form edits.

    Attributes:
        sceau: what the values shown are sealed for.
        niveau: level of the fiche.
        etablissement: the EG that holds it.
        contenu: its values in the dossier, and in the Répertoire.
        groupe: its group in the dossier.
        structure: the live fiche, None for a creation.
        neuf: nothing of it is kept yet: there is no value to have seen.
    """

    sceau: str
    niveau: Niveau
    etablissement: Structure
    contenu: Contenu
    groupe: str = ""
    structure: Structure | None = None
    neuf: bool = False

    @property
    def cree(self) -> bool:
        return self.structure is None


class FormulaireDossier:
    """The whole form of one fiche.

    Args:
        sujet: what is edited.
        data: what was sent, None when the form is opened.
        vues, montrees, choisis: for a typing carried over newer values (« Fusionner »): the values taken as seen, those
            shown, and the type and group chosen.
    """

    def __init__(
        self,
        sujet: Sujet,
        data: QueryDict | None = None,
        *,
        vues: Fiche | None = None,
        montrees: Fiche | None = None,
        choisis: Mapping[str, str] | None = None,
    ) -> None:
        self.sujet, self.illisible = sujet, ""
        contenu = sujet.contenu
        self.uo = sujet.niveau is Niveau.UO
        self.ailleurs: list[dict[str, str]] = []
        self.vus = self._ouvrir_entete(data)
        porte = contenu.type_offre
        self.types = types_uo(porte) if self.uo else []
        defaut = sujet.groupe or (sujet.etablissement.groupe if sujet.cree else "")
        initial = {"groupe": defaut, "type_offre": porte.code if porte else "", **(choisis or {})}
        self.entete = EnteteForm(data, types=self.types, initial=initial) if self.uo else None
        code = str(self.entete["type_offre"].value() or "") if self.entete else ""
        self.type = next((t for t in self.types if t.code == code), None)
        envoyee = data.get("champ_activite") if data is not None else None
        champ_activite = envoyee or (montrees or contenu.valeurs).get("champ_activite")
        self.schema = schema_sous(sujet.etablissement, sujet.niveau, code if self.type else None, champ_activite)
        tous = champs_du_dossier(sujet.niveau)
        champs = [c for nom, c in tous.items() if self.complet or nom in BASE]
        defauts = self._defauts(champs)
        self.fiche = FormulaireFiche(
            quoi=sujet.sceau,
            champs=champs,
            vues=vues if vues is not None else {**contenu.valeurs, **self._ouvrir_vues(data)},
            montrees={**defauts, **(montrees or {})},
            data=None if data is None else self._completees(data, champs, defauts),
            schema=self.schema,
            lues={} if self.uo and porte and self.type and self.type.code != porte.code else contenu.valeurs,
            structure=sujet.structure or sujet.etablissement,
            departement=sujet.etablissement.departement,
        )
        if data is not None and "montres" in data:
            self._remontrer(data["montres"].split())
        if self.illisible:
            self.fiche.generales.append(self.illisible)

    # ---------- what was seen ----------

    def _ouvrir_entete(self, data: QueryDict | None) -> dict[str, str]:
        porte = self.sujet.contenu.type_offre
        vus = {"type": porte.code if porte else "", "groupe": self.sujet.groupe}
        if data is None:
            return vus
        try:
            return {**vus, **ouvrir(f"{self.sujet.sceau}:entete", data.get("entete_vue"))}
        except FormulaireIllisible:
            return vus

    def _ouvrir_vues(self, data: QueryDict | None) -> Fiche:
        if data is None or self.sujet.neuf:
            return {}
        try:
            return ouvrir(self.sujet.sceau, data.get("vues"))
        except FormulaireIllisible as erreur:
            self.illisible = str(erreur)
            return {}

    @property
    def jeton_entete(self) -> str:
        """The type and the group shown, signed."""
        return sceller(f"{self.sujet.sceau}:entete", self.vus)

    def revoir_entete(self) -> None:
        """Takes the type and the group of now as seen: sending the form again chooses between them and hers."""
        self.vus = self._ouvrir_entete(None)

    # ---------- what is shown ----------

    @property
    def complet(self) -> bool:
        """Whether every field is shown: an offer just created waits for its type."""
        gardees = self.sujet.contenu.valeurs
        return bool(
            not self.uo
            or self.type
            or not self.sujet.cree
            or any(not est_vide(v) for nom, v in gardees.items() if nom not in BASE and v is not False)
        )

    def _defauts(self, champs) -> dict[str, Valeur]:
        """What a creation starts with, where it holds nothing yet."""
        if not self.uo or not self.sujet.cree:
            return {}
        gardees = self.sujet.contenu.valeurs
        defauts = {**UNITES, **self.schema.valeurs_par_defaut(champs)}
        if self.type:
            defauts["nom"] = nom_propose(self.type.libelle)
        return {nom: v for nom, v in defauts.items() if est_vide(gardees.get(nom))}

    def _completees(self, data: QueryDict, champs, defauts: Mapping[str, Valeur]) -> QueryDict:
        """What was sent, with the values of the fields that the form did not show, and the name of the type."""
        completees = data.copy()
        montres = set(data.get("montres", "").split())
        valeurs = {**self.sujet.contenu.valeurs, **defauts}
        temoin = FormulaireFiche(
            quoi="", champs=[c for c in champs if c.nom not in montres], vues=valeurs, schema=self.schema
        )
        for nom, champ in temoin.form.fields.items():
            if nom not in data:
                valeur = temoin.form.get_initial_for_field(champ, nom)
                en_lignes = isinstance(valeur, list) and isinstance(champ, forms.CharField)
                _poser(completees, nom, "\n".join(valeur) if en_lignes else valeur)
        for nom, table in temoin.tables.items():
            for ligne in table.lignes if nom not in data else ():
                completees.appendlist(nom, ligne.cle)
                for lie in ligne.form:
                    _poser(completees, lie.html_name, lie.initial)
        if self.type and self.sujet.cree and data.get("nom", "").strip() in ("", data.get("nom_propose", "")):
            completees["nom"] = nom_propose(self.type.libelle)
        return completees

    def _remontrer(self, montres: list[str]) -> None:
        """Shows the contacts and the hours that are kept, when the form that was sent did not show them."""
        fiche = self.fiche
        if fiche.contacts is not None and "contacts" not in montres:
            fiche.contacts = ContactsSaisis(fiche.montrees["contacts"])
        if fiche.horaires is not None and "horaires" not in montres:
            departement = self.sujet.etablissement.departement
            fiche.horaires = HorairesSaisis(fiche.montrees["horaires"], fiche.horaires.jour, None, departement)

    @property
    def montres(self) -> str:
        """Names of the fields shown."""
        return " ".join(c.nom for c in self.fiche.champs)

    # ---------- reading and refusing ----------

    def est_valide(self) -> bool:
        return all([self.entete is None or self.entete.is_valid(), self.fiche.est_valide()])

    def envoi(self) -> Envoi:
        """What was typed, as `actions.enregistrer_fiche` wants it."""
        choix = lire_choix(self.fiche.data) if self.fiche.data is not None else {}
        saisies = self.fiche.saisies()
        if self.entete is None:
            return Envoi(self.fiche.vues, saisies, choix=choix)
        entete = self.entete.cleaned_data
        return Envoi(
            self.fiche.vues,
            saisies,
            entete["type_offre"],
            entete["groupe"],
            choix,
            type_vu=self.vus["type"],
            groupe_vu=self.vus["groupe"],
        )

    def fusionner(self) -> "FormulaireDossier":
        """« Fusionner »: what others saved enters the form, what was typed stays in it; the form has been read."""
        vues, montrees = rebaser_saisie(
            self.fiche.champs, self.fiche.vues, self.fiche.saisies(), self.sujet.contenu.valeurs
        )
        choisis = {}
        if self.entete is not None:
            saisis = {"type_offre": (self.vus["type"], self.type.code if self.type else "")}
            saisis["groupe"] = (self.vus["groupe"], self.entete.cleaned_data["groupe"])
            choisis = {nom: saisi for nom, (vu, saisi) in saisis.items() if saisi != vu}
        suite = FormulaireDossier(self.sujet, vues=vues, montrees=montrees, choisis=choisis)
        suite.vus |= {"type": self.vus["type"]} if "type_offre" in choisis else {}
        return suite

    def refuser(self, erreurs: Mapping[str, str]) -> None:
        """Notes what the act refused beside its field; what waits for the type of the offer leads to the type."""
        entete = self.entete.fields if self.entete is not None else {}
        champs, montres = champs_du_dossier(self.sujet.niveau), {c.nom for c in self.fiche.champs}
        autres = {}
        for nom, message in erreurs.items():
            champ = champs.get(nom)
            if nom in entete and self.entete is not None:
                self.entete.add_error(nom, message)
            elif champ is not None and nom not in montres and not self.complet:
                suite = f"{message} Choisissez d’abord le type d’UO\u00a0: ce champ s’affichera."
                self.ailleurs.append({"cible": "#id_type_offre", "libelle": champ.libelle, "message": suite})
            elif champ is not None and nom in montres and champ.saisie in COMPOSITES:
                self.ailleurs.append({"cible": f"#{ancre_de(champ)}", "libelle": champ.libelle, "message": message})
            else:
                autres[nom] = message
        self.fiche.refuser(autres)

    def touches(self, *fiches: Fiche) -> list[str]:
        """Labels of what is typed otherwise than in these fiches."""
        libelles = self.fiche.touches(*fiches)
        if self.entete is not None:
            porte = self.sujet.contenu.type_offre
            if (self.type.code if self.type else "") != (porte.code if porte else ""):
                libelles.append("Type d’UO")
            if (self.entete["groupe"].value() or "") != self.entete.initial["groupe"]:
                libelles.append("Grand groupe de disciplines")
        return libelles

    @property
    def erreurs(self) -> list[dict[str, str]]:
        """Lines of the summary on top."""
        entete = [
            {"cible": f"#{lie.id_for_label}", "libelle": lie.label, "message": message}
            for lie in self.entete or ()
            for message in lie.errors
        ]
        return entete + self.fiche.erreurs + self.ailleurs

    # ---------- the name ----------

    @property
    def nom_attendu(self) -> str:
        """The name that the type calls for."""
        return nom_propose(self.type.libelle) if self.type else ""

    @property
    def nom_inattendu(self) -> bool:
        """Whether the name typed strays from the rule: told, never refused (S77)."""
        nom = str(self.fiche.form["nom"].value() or "")
        return bool(self.type and nom.strip() and not est_conforme(nom, self.type.libelle))

    @property
    def nom_conforme(self) -> bool:
        nom = str(self.fiche.form["nom"].value() or "")
        return bool(self.type and nom.strip() and est_conforme(nom, self.type.libelle))

    # ---------- the parts of the page ----------

    @property
    def ages(self) -> list[tuple[forms.BoundField, forms.BoundField]]:
        """The ages and their units (S73, S74), unless the model of the type leaves them out."""
        form = self.fiche.form
        return [(form[nom], form[f"{nom}_unite"]) for nom in ("age_min", "age_max") if nom in form.fields]

    @property
    def sections(self) -> list[SectionSaisie]:
        """The fields after the name (and the ages of an offer), section by section."""
        a_part = BASE if self.uo else ("nom",)
        sections = [
            replace(s, entrees=[e for e in s.entrees if getattr(e.contenu, "name", "") not in a_part])
            for s in self.fiche.sections
        ]
        return [s for s in sections if s.entrees or s.lues]

    @property
    def pertes(self) -> list[str]:
        """What the type chosen makes vanish of what the dossier holds, values named (S160)."""
        porte = self.sujet.contenu.type_offre
        if not self.type or (porte is not None and porte.code == self.type.code):
            return []
        champs, valeurs = champs_du_dossier(self.sujet.niveau), self.sujet.contenu.valeurs
        perdues = valeurs_perdues(self.schema, self.sujet.niveau, valeurs)
        retraits = [
            Changement(nom, valeurs[nom], {} if isinstance(valeurs[nom], dict) else vierge)
            for nom, vierge in perdues.items()
        ]
        return lecture.raconter(champs, [retraits])[0] if retraits else []

    @property
    def delaisses(self) -> list[tuple[str, list[tuple[str, str]]]]:
        """(label, inputs) sent for fields that this type does not have: carried along, not kept."""
        data = self.entete.data if self.entete is not None else None
        if not isinstance(data, QueryDict):
            return []
        montres = {c.nom for c in self.fiche.champs}
        resultat = []
        for champ in champs_du_dossier(self.sujet.niveau).values():
            if champ.nom in montres:
                continue
            noms = [champ.nom]
            if champ.saisie is Saisie.LIGNES:
                noms += [n for n in data if n.startswith(f"{champ.nom}-")]
            envoyes = [(nom, valeur) for nom in noms for valeur in data.getlist(nom)]
            if any(not est_vide(valeur) for _, valeur in envoyes):
                resultat.append(("" if champ.nom.endswith(SUFFIXE_UNITE) else champ.libelle, envoyes))
        return resultat

    @property
    def delaisses_nommes(self) -> list[str]:
        """The labels of these fields; the unit of an age goes with its age."""
        return [libelle for libelle, _ in self.delaisses if libelle]

    @property
    def types_proposes(self) -> list[TypeUO]:
        """The types of the list, those that the two filters keep when « Filtrer » was asked without script (S72)."""
        data = self.fiche.data
        if self.entete is None or data is None or data.get("geste") != "filtrer":
            return self.types
        choix = {nom: self.entete[nom].value() or "" for nom in ("discipline", "specialite", "type_offre")}
        return [
            t
            for t in self.types
            if t.code == choix["type_offre"]
            or (choix["discipline"] in ("", t.discipline) and choix["specialite"] in ("", t.specialite))
        ]


def _poser(data: QueryDict, nom: str, valeur) -> None:
    """Sets an input as a browser would send it."""
    if isinstance(valeur, list):
        data.setlist(nom, [str(v) for v in valeur])
    elif nom not in data:
        data[nom] = "" if valeur is None else str(valeur)
