// The drawing of a week: a table of half hours (one row each, one column per day) and blocks laid over it.
// Where things are is said with custom properties (--j column, --debut and --fin minutes); semaine.css does the rest.
(() => {
  const M = window.ROR.semaine;
  const CASE = 30;
  const JOURS = ["lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"];
  const [OUVERTURE, FERMETURE] = [7 * 60, 20 * 60]; // what is shown at least
  const dureeDite = (minutes) => `${Math.floor(minutes / 60)} h${minutes % 60 ? ` ${String(minutes % 60).padStart(2, "0")}` : ""}`;

  function creer(balise, attributs = {}, ...contenu) {
    const element = document.createElement(balise);
    for (const [nom, valeur] of Object.entries(attributs)) element.setAttribute(nom, valeur);
    element.append(...contenu);
    return element;
  }
  const cache = (texte) => creer("span", { class: "visually-hidden" }, texte);

  // The parts of a plage seen in the columns: a night goes on at the top of the next one.
  function morceaux(plage) {
    const soir = { colonne: plage.jour - 1, debut: plage.debut, fin: Math.min(plage.fin, M.MINUIT) };
    if (plage.fin <= M.MINUIT) return [soir];
    return [soir, { colonne: plage.jour % 7, debut: 0, fin: plage.fin - M.MINUIT, suite: true }];
  }

  class DessinSemaine {
    constructor(hote) {
      this.hote = hote;
      this.debut = this.fin = null;
    }

    // ---------- drawing ----------
    dessiner({ plages, fixes, entier, titre }) {
      const vus = [...plages, ...fixes].flatMap(morceaux);
      const debut = entier ? 0 : Math.floor(Math.min(OUVERTURE, ...vus.map((m) => m.debut)) / 60) * 60;
      const fin = entier ? M.MINUIT : Math.ceil(Math.max(FERMETURE, ...vus.map((m) => m.fin)) / 60) * 60;
      if (debut !== this.debut || fin !== this.fin || titre !== this.titre) this.batir(debut, fin, titre);
      this.entetes(plages);
      const ouverts = plages.flatMap(morceaux);
      for (const td of this.hote.querySelectorAll("tbody td")) {
        const [jour, minute] = [Number(td.dataset.jour), Number(td.dataset.minute)];
        const ouvert = ouverts.some((m) => m.colonne === jour - 1 && m.debut <= minute && minute < m.fin);
        td.setAttribute("aria-label", `${JOURS[jour - 1]} ${M.dire(minute)}, ${ouvert ? "ouvert" : "fermé"}`);
      }
      this.blocs.replaceChildren(
        ...fixes.flatMap((fixe) => morceaux(fixe).map((m) => this.poser(creer("div", { class: "fixe", "aria-hidden": "true" }, fixe.mot), m))),
        ...plages.flatMap((plage) => this.bloc(plage, plages)),
      );
    }

    batir(debut, fin, titre) {
      Object.assign(this, { debut, fin, titre });
      this.hote.style.setProperty("--h0", debut);
      this.hote.style.setProperty("--h1", fin);
      const corps = creer("tbody");
      for (let m = debut; m < fin; m += CASE) {
        const pleine = m % 60 === 0;
        const heure = pleine && m > debut ? creer("span", {}, dureeDite(m)) : cache(M.dire(m));
        const cases = JOURS.map((_, j) => creer("td", { role: "gridcell", tabindex: "-1", "data-jour": j + 1, "data-minute": m }));
        corps.append(creer("tr", pleine ? { class: "pleine" } : {}, creer("th", { scope: "row" }, heure), ...cases));
      }
      corps.querySelector("td").tabIndex = 0;
      const tete = creer("thead", {}, creer("tr", {}, creer("td", {}, cache("Heure")), ...JOURS.map(() => creer("th", { scope: "col" }))));
      const legende = creer("caption", { class: "visually-hidden" }, `${titre} : une colonne par jour, une ligne par demi-heure`);
      const colonnes = creer("colgroup", {}, creer("col", { class: "axe" }), ...JOURS.map(() => creer("col")));
      this.blocs = creer("div", { class: "sem-blocs", role: "group", "aria-label": "Plages d’ouverture de la semaine" });
      this.hote.replaceChildren(creer("table", { role: "grid" }, legende, colonnes, tete, corps), this.blocs);
    }

    entetes(plages) {
      this.hote.querySelectorAll("thead th").forEach((th, j) => {
        const total = plages.filter((p) => p.jour === j + 1).reduce((somme, p) => somme + p.fin - p.debut, 0);
        const [court, long] = [JOURS[j].slice(0, 3), JOURS[j].slice(3)];
        th.classList.toggle("ferme", !total);
        th.replaceChildren(
          creer("span", { "aria-hidden": "true" }, court, creer("span", { class: "long" }, long)), cache(JOURS[j]),
          creer("span", { class: "total" }, total ? dureeDite(total) : "fermé"),
        );
      });
    }

    bloc(plage, plages) {
      return morceaux(plage).map((morceau) => {
        const bloc = creer("div", { class: `bloc${morceau.suite ? " suite" : ""}` }, ...this.texte(plage, morceau.suite));
        if (morceau.suite) bloc.setAttribute("aria-hidden", "true");
        else {
          bloc.prepend(creer("span", { class: "poignee haut" }));
          const attributs = { role: "button", tabindex: "-1", "aria-label": this.nommer(plage, plages), "aria-describedby": "h-aide-bloc" };
          for (const [nom, valeur] of Object.entries(attributs)) bloc.setAttribute(nom, valeur);
        }
        if (morceau.suite || plage.fin <= M.MINUIT) bloc.append(creer("span", { class: "poignee bas" }));
        bloc.plage = plage;
        return this.poser(bloc, morceau);
      });
    }

    nommer(plage, plages) {
      const duJour = plages.filter((p) => p.jour === plage.jour);
      const { de, a, nuit } = M.saisie(plage);
      const rang = `plage ${duJour.indexOf(plage) + 1} sur ${duJour.length}`;
      return `${de} à ${a}${nuit ? " le lendemain" : ""}, Horaire d’ouverture, ${JOURS[plage.jour - 1]}, ${rang}`;
    }

    texte(plage, suite) {
      const { de, a, nuit } = M.saisie(plage);
      if (suite) return [creer("b", {}, `→ ${a}`)];
      return [creer("b", {}, de), creer("b", { class: "fin" }, nuit ? `${a} →` : a), creer("i", {}, "Horaire d’ouverture")];
    }

    poser(element, { colonne, debut, fin }) {
      element.style.setProperty("--j", colonne);
      element.style.setProperty("--debut", Math.max(debut, this.debut));
      element.style.setProperty("--fin", Math.min(fin, this.fin));
      const duree = fin - debut;
      element.classList.toggle("court", duree < 60);
      element.classList.toggle("bref", duree < 120);
      element.classList.toggle("long", duree > 6 * 60);
      return element;
    }

    // The plage being dragged, over the others; `null` takes it away.
    fantome(plage, source) {
      this.blocs.querySelectorAll(".pris").forEach((e) => e.remove());
      this.blocs.querySelectorAll(".bloc").forEach((b) => b.classList.toggle("source", Boolean(plage && source && b.plage === source)));
      if (!plage) return;
      for (const morceau of morceaux(plage)) {
        const bloc = creer("div", { class: "bloc pris", "aria-hidden": "true" }, ...this.texte(plage, morceau.suite));
        this.blocs.append(this.poser(bloc, morceau));
      }
    }

    // ---------- places ----------
    lieu({ clientX, clientY }) {
      const r = this.blocs.getBoundingClientRect();
      return {
        colonne: Math.max(0, Math.min(6, Math.floor(((clientX - r.left) / r.width) * 7))),
        minute: this.debut + ((clientY - r.top) / r.height) * (this.fin - this.debut),
      };
    }

    case(jour, minute) {
      const m = Math.min(Math.max(Math.floor(minute / CASE) * CASE, this.debut), this.fin - CASE);
      return this.hote.querySelector(`td[data-jour="${jour}"][data-minute="${m}"]`);
    }

    tousLesBlocs() { return [...this.blocs.querySelectorAll(".bloc[role=button]")]; }
    blocDe(plage) { return this.tousLesBlocs().find((b) => M.pareilles(b.plage, plage)); }
    blocA(jour, minute) { return this.tousLesBlocs().find((b) => b.plage.jour === jour && b.plage.debut <= minute && minute < b.plage.fin); }
  }

  window.ROR.DessinSemaine = Object.assign(DessinSemaine, { CASE, JOURS });
})();
