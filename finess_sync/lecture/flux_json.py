"""The objects of one array of a JSON text, one by one, in a memory bounded by the largest of them.

Blocks that a thread decompresses meanwhile. An object is thought to end where the next one begins, by the name of its
first member: orjson, which reads whole texts only, then says whether it is one; if not, the decoder of the standard
library finds its end. On the FINESS+ file this takes half the time of ijson's C backend.
"""

import io
import json
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, BinaryIO

import orjson

_BLOC = 1 << 20  # characters read at a time
_MAXIMUM = 64 << 20  # characters of one object: beyond, the text is no such array
_SEPARATEUR = re.compile(r"[\s,]*")


class JsonTronque(ValueError):
    """The text ends, or breaks, before the end of the array."""


def objets(flux: BinaryIO, cle: str) -> Iterator[Any]:
    """Yields the elements of the first array named `cle`; nothing when there is none.

    Raises:
        JsonTronque: the text stops or is damaged inside the array.
    """
    blocs = _blocs(flux)
    tampon, place = _debut(blocs, re.compile(rf'"{cle}"\s*:\s*\['))
    decoder, premier_membre = json.JSONDecoder().raw_decode, ""
    while tampon:
        place = _SEPARATEUR.match(tampon, place).end()  # type: ignore[union-attr]
        if premier_membre and (suivant := _suivant(tampon, place, premier_membre)):
            try:
                objet = orjson.loads(tampon[place:suivant].rstrip()[:-1])
            except orjson.JSONDecodeError:
                pass  # not one whole object: the decoder below finds where it ends
            else:
                place = suivant
                yield objet
                continue
        try:
            objet, place = decoder(tampon, place)
        except json.JSONDecodeError as erreur:
            if tampon.startswith("]", place):
                return
            suite = next(blocs, "")
            if not suite or len(tampon) - place > _MAXIMUM:
                raise JsonTronque(str(erreur)) from erreur
            tampon, place = tampon[place:] + suite, 0
        else:
            premier_membre = json.dumps(next(iter(objet))) if isinstance(objet, dict) and objet else ""
            yield objet


def _suivant(tampon: str, place: int, premier_membre: str) -> int:
    """Where the next object seems to begin; 0 when the buffer does not hold its first member."""
    membre = tampon.find(premier_membre, place + 2 + len(premier_membre))
    return max(0, tampon.rfind("{", place + 1, membre)) if membre > 0 else 0


def _blocs(flux: BinaryIO) -> Iterator[str]:
    """The text by blocks, one read ahead."""
    with io.TextIOWrapper(flux, "utf-8", errors="replace") as texte, ThreadPoolExecutor(1) as fil:
        suivant = fil.submit(texte.read, _BLOC)
        while bloc := suivant.result():
            suivant = fil.submit(texte.read, _BLOC)
            yield bloc


def _debut(blocs: Iterator[str], motif: re.Pattern[str]) -> tuple[str, int]:
    """The buffer that holds the opening of the array and the place after it; ("", 0) without any."""
    tampon = ""
    for bloc in blocs:
        tampon = tampon[-100:] + bloc
        trouve = motif.search(tampon)
        if trouve:
            return tampon, trouve.end()
    return "", 0
