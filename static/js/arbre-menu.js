// The « Actions » menu of a tree node: one element, moved to the node; its <li> (links, buttons, <hr>) come from the server,
// at the address of the node's <a class="act">. Loaded between ror.js and arbre.js.
(() => {
  const { annoncer, demander, sansAccent } = window.ROR;

  const menu = {
    boite: null,
    origine: null,
    rendreFocus: null,

    creer() {
      this.boite = document.createElement("ul");
      this.boite.className = "menu-ctx";
      this.boite.setAttribute("role", "menu");
      document.getElementById("contenu").append(this.boite);
      this.boite.addEventListener("keydown", (e) => this.touche(e));
      this.boite.addEventListener("click", (e) => { if (e.target.closest("[role=menuitem]")) setTimeout(() => this.fermer(true)); });
      document.addEventListener("pointerdown", (e) => { if (!this.boite.contains(e.target)) this.fermer(false); });
    },

    async ouvrir(noeud, rendreFocus) {
      const lien = noeud.querySelector(".act");
      if (!lien) return;
      if (!this.boite) this.creer();
      this.fermer(false);
      rendreFocus(noeud);
      noeud.setAttribute("aria-busy", "true");
      let entrees;
      try {
        entrees = await demander(lien.href);
      } catch (erreur) {
        if (erreur.message !== "401") annoncer("Les actions n’ont pas pu être chargées. Réessayez.");
        return;
      } finally {
        noeud.removeAttribute("aria-busy");
      }
      Object.assign(this, { origine: noeud.id, rendreFocus });
      this.remplir(entrees, lien);
      const place = lien.getBoundingClientRect();
      this.boite.classList.add("ouvert");
      const { offsetHeight: haut, offsetWidth: large } = this.boite;
      const dessous = place.bottom + haut + 8 < innerHeight || place.top < haut;
      this.boite.style.left = `${Math.max(8, Math.min(place.left, document.documentElement.clientWidth - large - 8)) + scrollX}px`;
      this.boite.style.top = `${(dessous ? place.bottom + 2 : place.top - haut - 2) + scrollY}px`;
      this.boite.querySelector("[role=menuitem]")?.focus();
    },

    remplir(entrees, lien) {
      this.boite.setAttribute("aria-label", lien.getAttribute("aria-label"));
      this.boite.replaceChildren(...entrees.querySelectorAll("li"));
      for (const ligne of this.boite.children) ligne.setAttribute("role", ligne.querySelector("hr") ? "separator" : "none");
      for (const entree of this.boite.querySelectorAll("a, button")) {
        entree.setAttribute("role", "menuitem");
        entree.tabIndex = -1;
      }
      window.htmx?.process(this.boite);
    },

    touche(e) {
      const entrees = [...this.boite.querySelectorAll("[role=menuitem]")];
      const i = entrees.indexOf(document.activeElement);
      const n = entrees.length;
      const suite = [...entrees.slice(i + 1), ...entrees.slice(0, i + 1)];
      const lettre = e.key.length === 1 && e.key !== " " && !e.ctrlKey && !e.metaKey && !e.altKey;
      const vers = { ArrowDown: entrees[(i + 1) % n], ArrowUp: entrees[(i - 1 + n) % n], Home: entrees[0], End: entrees[n - 1] }[e.key]
        || (lettre && suite.find((x) => sansAccent(x.textContent.trim()).startsWith(sansAccent(e.key))));
      if (vers) {
        e.preventDefault();
        vers.focus();
      } else if (e.key === "Escape" || e.key === "Tab") {
        e.preventDefault();
        this.fermer(true);
      } else if (e.key === " ") {
        e.preventDefault();
        document.activeElement.click();
      }
    },

    // Gives the focus back to the node, unless the chosen action put it elsewhere (dialogue).
    fermer(rendre) {
      if (!this.boite?.classList.contains("ouvert")) return;
      const dedans = this.boite.contains(document.activeElement);
      this.boite.classList.remove("ouvert");
      const noeud = document.getElementById(this.origine);
      if (rendre && dedans && noeud) this.rendreFocus(noeud);
    },
  };

  window.ROR.menuActions = menu;
})();
