"""From the nodes of the Répertoire to the lines of the tree: addresses, counts, marks, branches already unrolled."""

from collections.abc import Iterable, Mapping, Sequence

from django.urls import reverse
from django.utils.safestring import SafeString

from ror.commun import arbre_html, composants

from .models.structure import Etat
from .repertoire import Noeud

ETATS = {
    Etat.FERMEE_PROVISOIREMENT.value: ("fermee", "Fermée provisoirement"),
    Etat.FERMEE.value: ("fermee", "Fermée"),
}


class Rendu:
    """Renders the branches of one page.

    Args:
        par: how the tree is displayed, a key of `AFFICHAGES`, kept in every link; like the keys, it needs no encoding.
        structures: the ticked boxes as an address says them, kept in every link too.
        choisi: key of the node whose fiche is open.
        ouvertes: key → nodes of the branches already unrolled.
    """

    def __init__(
        self, par: str, structures: str, choisi: str = "", ouvertes: Mapping[str, Sequence[Noeud]] | None = None
    ) -> None:
        self.choisi, self.ouvertes = choisi, ouvertes or {}
        etat = f"par={par}&structures={structures}"
        self.page = f"{reverse('repertoire')}?{etat}"
        self.adresse_branche = f"{reverse('repertoire-branche', args=['CLE'])}?{etat}"
        self.adresse_actions = reverse("fiche-actions", args=[0])

    def lignes(self, noeuds: Sequence[Noeud]) -> SafeString:
        """Returns the `<li>` of these nodes, with the branches unrolled below them."""
        return arbre_html.branche(self._lignes(noeuds))

    def _lignes(self, noeuds: Sequence[Noeud]) -> Iterable[composants.Noeud]:
        taille = len(noeuds)
        return [self._ligne(noeud, rang, taille) for rang, noeud in enumerate(noeuds, 1)]

    def _ligne(self, noeud: Noeud, rang: int, taille: int) -> composants.Noeud:
        cle, fiche = noeud.cle, noeud.fiche
        ouverte = cle in self.ouvertes
        url = f"{self.page}&fiche={fiche}" if fiche else ""
        return composants.Noeud(
            id=cle,
            niveau=noeud.niveau,
            nom=noeud.nom,
            rang=rang,
            taille=taille,
            url=url if not fiche or cle.startswith("n-") else f"{url}&ici={cle}",
            actions=self.adresse_actions.replace("/0/", f"/{fiche}/") if fiche else "",
            charge=self.adresse_branche.replace("CLE", cle) if noeud.depliable and not ouverte else "",
            deplie=f"{self.page}&ouvert={cle}" if noeud.depliable else "",
            enfants=self._lignes(self.ouvertes[cle]) if ouverte else None,
            compte=f"{noeud.nombre}\u00a0{noeud.compte}" if noeud.nombre else "",
            marques=_marques(noeud),
            etat=ETATS.get(noeud.etat),
            courant=cle == self.choisi,
            precision=noeud.precision,
        )


def _marques(noeud: Noeud) -> tuple[tuple[str, str], ...]:
    marques = noeud.marques
    if noeud.favori:
        marques = (*marques, ("star-fill", "favori"))
    return (("hourglass-split", "provisoire, en attente de FINESS"), *marques) if noeud.provisoire else marques
