"""What makes an offer likely to be out of date, and how surely: pure (M17).

A strong signal asks that the offer be looked at alone, first. A weak one is told beside it, and the offer is confirmed
with the others once its summary was read.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from referentiel.relecture import age_en_mots, un_an_apres
from referentiel.telecoms import APPELABLES, COURRIELS, erreur_adresse
from ror.commun.francais import date_fr

_JOIGNABLES = APPELABLES | COURRIELS


@dataclass(frozen=True, slots=True)
class Signal:
    """One reason to doubt.

    Attributes:
        code: its name.
        mot: what the chip says.
        section: where it is corrected, "" when nowhere in the fiche.
        fort: the offer is to be looked at alone.
        depuis: it came after the last re-reading, which therefore does not answer it.
    """

    code: str
    mot: str
    section: str = ""
    fort: bool = True
    depuis: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Faits:
    """What the signals look at in an offer.

    Attributes:
        jour: today.
        relue_le, creee_le: when it was last re-read, None for never, and created.
        situation: where its yearly re-reading stands, in words, "" when it is far from due.
        horaires: it has some hours; `avis_horaires` says what is wrong in them.
        contacts: its contacts, as the engine holds them.
        ecarts: (national rule, message, section) of those it breaks; `conseils` those of little weight.
        en_attente: changes saved and not broadcast.
        fermee: closed provisionally.
        reouverture: until when, None when nothing is said.
        adresse_de_l_eg: it has no lieu of its own, so that its address is that of its establishment.
        finess: (day, fields) of what FINESS changed on the establishment, the latest first.
        ailleurs: (day, by what) of the last change of the offer that no re-reading followed.
    """

    jour: date
    relue_le: date | None
    creee_le: date
    situation: str = ""
    horaires: bool = True
    avis_horaires: Sequence[str] = ()
    contacts: Mapping[str, Mapping[str, Any]]
    ecarts: Sequence[tuple[str, str, str]] = ()
    conseils: Sequence[tuple[str, str, str]] = ()
    en_attente: bool = False
    fermee: bool = False
    reouverture: date | None = None
    adresse_de_l_eg: bool = False
    finess: Sequence[tuple[date, frozenset[str]]] = ()
    ailleurs: tuple[date, str] | None = None


ADRESSE = frozenset(
    {
        "complement_adresse",
        "numero_voie",
        "complement_voie",
        "type_voie",
        "libelle_voie",
        "lieu_dit",
        "code_postal",
        "localite",
        "telephone",
        "courriel",
    }
)
"""Fields of an establishment that its offers without a lieu share with it."""


def signaux(faits: Faits) -> list[Signal]:
    """Returns the signals of an offer, strong ones first."""
    trouves = [*_attente(faits), *_contenu(faits), *_finess(faits), *_age(faits), *_ailleurs(faits)]
    return sorted(trouves, key=lambda signal: not signal.fort)


def a_verifier(trouves: Sequence[Signal], due: bool) -> bool:
    """Whether an offer is to be looked at alone: something strong, or new since the last re-reading when not due."""
    return any(s.fort and (due or s.depuis) for s in trouves)


def _attente(faits: Faits) -> list[Signal]:
    return [Signal("attente", "Modifications non diffusées")] if faits.en_attente else []


def _contenu(faits: Faits) -> list[Signal]:
    trouves = [Signal("regle", f"{code}\u00a0: {message}", section) for code, message, section in faits.ecarts]
    trouves += [Signal("regle", f"{code}\u00a0: {m}", section, fort=False) for code, m, section in faits.conseils]
    trouves += _contacts(faits.contacts)
    if not faits.horaires:
        trouves.append(Signal("horaires", "Horaires non renseignés", "horaires"))
    trouves += [Signal("horaires", avis, "horaires") for avis in faits.avis_horaires[:1]]
    if faits.fermee and (faits.reouverture is None or faits.reouverture <= faits.jour):
        trouves.append(Signal("fermeture", "Fermée provisoirement, sans date de réouverture à venir", "horaires"))
    return trouves


def _contacts(contacts: Mapping[str, Mapping[str, Any]]) -> list[Signal]:
    telecoms = [telecom for ligne in contacts.values() for telecom in ligne.get("telecoms") or []]
    joignables = [t for t in telecoms if t.get("canal") in _JOIGNABLES]
    if not joignables:
        return [Signal("contact", "Aucun téléphone ni courriel", "contacts")]
    erreurs = [erreur_adresse(t.get("canal") or "", t.get("adresse") or "") for t in telecoms]
    return [Signal("contact", erreur.partition("\u00a0:")[0], "contacts") for erreur in erreurs if erreur]


def _finess(faits: Faits) -> list[Signal]:
    depuis = faits.relue_le or faits.creee_le
    suites = [(le, champs) for le, champs in faits.finess if le > depuis]
    if not suites:
        return []
    adresse = faits.adresse_de_l_eg and any(champs & ADRESSE for _, champs in suites)
    mot = "L’adresse de l’établissement a changé dans FINESS" if adresse else "L’établissement a changé dans FINESS"
    return [Signal("finess", f"{mot} le {date_fr(suites[0][0])}", fort=adresse, depuis=True)]


def _age(faits: Faits) -> list[Signal]:
    depuis = faits.relue_le or faits.creee_le
    manquee = un_an_apres(un_an_apres(depuis)) <= faits.jour  # a whole review went by without anybody
    if faits.relue_le is None:
        ancienne = un_an_apres(depuis) <= faits.jour
        return [Signal("jamais", "Jamais relue", fort=ancienne)]
    if manquee:
        return [Signal("age", f"Non relue depuis {age_en_mots(depuis, faits.jour).removeprefix('il y a ')}")]
    return [Signal("age", f"Relecture\u00a0: {faits.situation.lower()}", fort=False)] if faits.situation else []


def _ailleurs(faits: Faits) -> list[Signal]:
    if faits.ailleurs is None:
        return []
    le, par = faits.ailleurs
    return [Signal("ailleurs", f"Modifiée depuis\u00a0: {par}, le {date_fr(le)}", fort=False, depuis=True)]
