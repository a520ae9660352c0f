"""The dossier under way of the demonstration: what `make run` shows of a description being prepared."""

from referentiel.demonstration import ajouter_suite, numeros
from referentiel.models import Structure
from referentiel.niveaux import Niveau

from . import actions


def declarer() -> None:
    """Adds the dossier to what the demonstration loads."""
    ajouter_suite(preparer)


def preparer(personnes: dict) -> None:
    """Leaves an open dossier on the hospital: fiches created, moved, deleted, finalised and waiting."""
    camille = personnes["camilledemo"]
    hopital = Structure.objects.get(numero_finess=numeros.EG_HOPITAL)
    pk = actions.ouvrir(structure=hopital, auteur=camille).pk
    commun = {"dossier_id": pk, "auteur": camille}

    def cle(nom: str) -> str:
        return f"s{Structure.objects.get(tree_id=hopital.tree_id, nom=nom).pk}"

    def nommer(fiche, nom: str) -> None:
        envoi = actions.Envoi({"nom": None}, {"nom": nom})
        actions.enregistrer_fiche(**commun, cle=fiche.cle, envoi=envoi, finaliser=fiche.niveau != Niveau.UO)

    (pole,) = actions.creer_fiches(**commun, sous=f"s{hopital.pk}", niveau=Niveau.P)
    nommer(pole, "Pôle Gériatrie")
    (uf,) = actions.creer_fiches(**commun, sous=pole.cle, niveau=Niveau.UF)
    nommer(uf, "UF 3101 Court séjour gériatrique")
    unite, _ = actions.creer_fiches(**commun, sous=uf.cle, niveau=Niveau.UO, nombre=2)
    nommer(unite, "Unité de court séjour gériatrique")
    actions.deplacer(
        **commun, places={cle("Unité d’exploration du sommeil"): cle("UF 2104 Explorations fonctionnelles")}
    )
    actions.supprimer(**commun, cles=[cle("Unité de Holter")], motif="Activité arrêtée")
