"""Makes static/icones.svg, the sprite of the icons the screens use: python -m outils.icones FOLDER [NAME…]

FOLDER holds the `icons/*.svg` of the npm package bootstrap-icons (1.13.2, MIT licence). Without NAME the icons already
in the sprite are taken again (a newer version of the package); with NAMEs these are added to them. Local files only.
"""

import argparse
import re
from pathlib import Path

SPRITE = Path(__file__).resolve().parents[1] / "static" / "icones.svg"
_ENTETE = "<!-- Bootstrap Icons 1.13.2, MIT licence, The Bootstrap Authors. Made by outils/icones.py: do not edit. -->"
_DESSIN = re.compile(r"<svg[^>]*>(.*)</svg>", re.DOTALL)


def noms(sprite: str) -> set[str]:
    """Returns the names of the icons in the text of a sprite."""
    return set(re.findall(r'<symbol id="([a-z0-9-]+)"', sprite))


def assembler(dossier: Path, voulus: set[str]) -> str:
    """Returns the text of the sprite of `voulus`, read in `dossier`; FileNotFoundError if one does not exist."""
    lignes = []
    for nom in sorted(voulus):
        dessin = _DESSIN.search((dossier / f"{nom}.svg").read_text())
        if dessin is None:
            raise ValueError(f"{nom}.svg holds no drawing")
        traits = re.sub(r">\s+<", "><", dessin[1].strip())
        lignes.append(f'<symbol id="{nom}" viewBox="0 0 16 16">{traits}</symbol>')
    return "\n".join([_ENTETE, '<svg xmlns="http://www.w3.org/2000/svg">', *lignes, "</svg>", ""])


def principal() -> None:
    """Entry point of the command line."""
    lecteur = argparse.ArgumentParser(description=__doc__)
    lecteur.add_argument("dossier", type=Path)
    lecteur.add_argument("noms", nargs="*")
    choix = lecteur.parse_args()
    presents = noms(SPRITE.read_text()) if SPRITE.exists() else set()
    SPRITE.write_text(assembler(choix.dossier, presents | set(choix.noms)))


if __name__ == "__main__":
    principal()
