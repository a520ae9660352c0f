// The typed hours of one period: the fields are the only truth, the grid is drawn from them and writes in them.
//
// HTML contract (templates/referentiel/edition/_periode.html)
//   .periode[data-periode] > .jour[data-jour] .plage   rows: inputs named …-de, …-a, check box …-nuit, button [data-retirer]
//   [data-fixe][data-jour][data-debut][data-fin]       plages that typed hours cannot stand for
(() => {
  const M = window.ROR.semaine;
  const PAS_DEFAITS = 50;
  const champDe = (ligne, nom) => ligne.querySelector(`[name$="-${nom}"]`);

  class SaisiePeriode {
    constructor(section, pile) {
      this.section = section;
      this.pile = pile; // what « Défaire » goes back to, the last one at the end
      this.jours = new Map([...section.querySelectorAll(".jour")].map((jour) => [Number(jour.dataset.jour), jour]));
      this.connu = this.instantane();
      for (const ligne of section.querySelectorAll(".jour .plage")) this.ajuster(ligne);
    }

    lignes(jour) { return [...this.jours.get(jour).querySelectorAll(".plage")]; }

    brutes(jour) {
      return this.lignes(jour).map((ligne) => ({
        de: champDe(ligne, "de").value, a: champDe(ligne, "a").value, nuit: champDe(ligne, "nuit").checked,
      }));
    }

    lire(jour) {
      const lues = this.brutes(jour).map((b) => M.lirePlage(jour, b.de.trim(), b.a.trim(), b.nuit));
      return M.normaliser(lues.filter((lue) => lue && !lue.nuit));
    }

    // The seven days, what cannot be read left out.
    semaine() { return [1, 2, 3, 4, 5, 6, 7].flatMap((jour) => this.lire(jour)); }

    fixes() {
      return [...this.section.querySelectorAll("[data-fixe]")].map(({ dataset: d }) => ({
        jour: Number(d.jour), debut: Number(d.debut), fin: Number(d.fin), mot: d.fixe,
      }));
    }

    // ---------- writing ----------
    ecrire(jour, brutes) {
      const hote = this.jours.get(jour).querySelector(".jour-plages");
      const modele = hote.querySelector(".plage");
      const voulues = brutes.length ? brutes : [{ de: "", a: "", nuit: false }];
      const neuves = voulues.map((brute, rang) => this.ligne(modele, brute, rang));
      hote.replaceChildren(...neuves);
      neuves.forEach((ligne) => this.ajuster(ligne));
    }

    ligne(modele, { de, a, nuit }, rang) {
      const ligne = modele.cloneNode(true);
      ligne.querySelector(".plage-erreur")?.remove();
      const id = champDe(ligne, "de").id.replace(/-\d+-de$/, "");
      for (const [nom, valeur] of [["de", de], ["a", a]]) {
        const champ = champDe(ligne, nom);
        champ.previousElementSibling.htmlFor = champ.id = `${id}-${rang}-${nom}`;
        champ.value = valeur;
        champ.classList.remove("is-invalid");
        champ.removeAttribute("aria-invalid");
        champ.removeAttribute("aria-describedby");
      }
      Object.assign(champDe(ligne, "nuit"), { value: rang, checked: nuit });
      const nom = ligne.getAttribute("aria-label").replace(/\d+$/, rang + 1);
      ligne.setAttribute("aria-label", nom);
      const bouton = ligne.querySelector("[data-retirer]");
      bouton.value = bouton.value.replace(/\d+$/, rang);
      bouton.querySelector(".visually-hidden").textContent = `Effacer cette plage (${nom})`;
      return ligne;
    }

    // What depends on what is typed: « le lendemain », « Effacer », the hours of public holidays.
    ajuster(ligne) {
      const [de, a, nuit] = ["de", "a", "nuit"].map((nom) => champDe(ligne, nom));
      const lue = M.lirePlage(1, de.value, a.value, false);
      if (lue && !lue.nuit) nuit.checked = false;
      nuit.parentElement.hidden = !nuit.checked && !lue?.nuit;
      const seule = ligne.parentElement.querySelectorAll(".plage").length === 1;
      ligne.querySelector("[data-retirer]").hidden = seule && !de.value && !a.value;
      this.ajusterFeries();
    }

    ajusterFeries() {
      const propres = this.section.querySelector(".feries [value=ouvert]").checked;
      this.jours.get(8).hidden = !propres && !this.brutes(8).some((b) => b.de || b.a);
    }

    // One edit of the week: `edit` takes and returns plages; rows that cannot be read stay. True when something changed.
    modifier(edit) {
      const avant = this.semaine();
      const apres = edit(avant);
      let change = false;
      for (const jour of [1, 2, 3, 4, 5, 6, 7]) {
        const [vieilles, neuves] = [avant, apres].map((plages) => plages.filter((p) => p.jour === jour));
        if (JSON.stringify(vieilles) === JSON.stringify(neuves)) continue;
        const illisibles = this.brutes(jour).filter((b) => {
          const lue = M.lirePlage(jour, b.de, b.a, b.nuit);
          return (b.de || b.a) && (!lue || lue.nuit);
        });
        this.ecrire(jour, [...neuves.map(M.saisie), ...illisibles]);
        change = true;
      }
      if (change) this.signaler();
      return change;
    }

    signaler() {
      this.memoriser();
      this.section.dispatchEvent(new Event("input", { bubbles: true }));
    }

    // ---------- going back ----------
    instantane() { return JSON.stringify([...this.jours.keys()].map((jour) => [jour, this.brutes(jour)])); }

    memoriser() {
      const maintenant = this.instantane();
      if (maintenant === this.connu) return;
      this.pile.push(this.connu);
      if (this.pile.length > PAS_DEFAITS) this.pile.shift();
      this.connu = maintenant;
    }

    defaire() {
      this.memoriser();
      if (!this.pile.length) return false;
      this.connu = this.pile.pop();
      for (const [jour, brutes] of JSON.parse(this.connu)) {
        if (JSON.stringify(this.brutes(jour)) !== JSON.stringify(brutes)) this.ecrire(jour, brutes);
      }
      this.section.dispatchEvent(new Event("input", { bubbles: true }));
      return true;
    }
  }

  window.ROR.SaisiePeriode = SaisiePeriode;
})();
