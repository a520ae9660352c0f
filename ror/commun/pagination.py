"""Pages of a list whose rows are costly to find: found once, counted as they are read."""

from collections.abc import Callable, Sequence

from django.core.paginator import Page, Paginator


class PaginateurUneLecture(Paginator):
    """A paginator that reads a page and the number of rows at once.

    Use it where the condition costs more than the rows: the perimeter of a person (M12). What is asked beyond the last
    page gives the last one, what is no number the first, as `Paginator.get_page` does.

    Args:
        lire: given how many rows to skip and how many to read, returns them and how many there are in all; no row and
            zero beyond the last.
        par_page: rows a page.
    """

    def __init__(self, lire: Callable[[int, int], tuple[Sequence, int]], par_page: int) -> None:
        super().__init__((), par_page)
        self._lire = lire

    def get_page(self, number) -> Page:
        """Returns the page: one reading, three when it is beyond the last."""
        rang = int(number) if str(number).isdecimal() and 0 < int(number) < 10**6 else 1
        lignes, self.count = self._lire((rang - 1) * self.per_page, self.per_page)
        if not lignes and rang > 1:
            _, self.count = self._lire(0, 1)
            rang = self.num_pages
            lignes, self.count = self._lire((rang - 1) * self.per_page, self.per_page)
        return Page(lignes, rang, self)
