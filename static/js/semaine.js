// The week editor: mouse, finger, pen and keyboard over the typed hours. Without this script the typed hours do it all.
//
// HTML contract (templates/referentiel/edition/_horaires.html)
//   [data-semaine][data-courante=CLE]   the whole; [data-grille][hidden] holds [data-hote], [data-defaire], [data-24], [data-ouvrables]
//   a[data-onglet=CLE]                  shows the .periode[data-periode=CLE], hides the others
//   .jour [data-ajouter|fermer|continu|retirer], .copie [data-copier|ouvrables]   shortcuts, done here instead of by the server
//   #h-apercu                           what will be read: the server writes it after each change (HTMX)
(() => {
  const { annoncer, semaine: M, SaisiePeriode, DessinSemaine } = window.ROR;
  const { CASE, JOURS } = DessinSemaine;
  const SEUIL = { mouse: 4, touch: 8, pen: 8 }; // pixels before a press becomes a drag

  // Kept while the server redraws the form after one of its shortcuts: the period shown, 24 hours, what can be undone.
  let memoire = { piles: new Map() };
  let geste = false;
  document.addEventListener("submit", (e) => { geste = e.submitter?.name === "geste"; }, true);

  class Editeur {
    constructor(racine) {
      this.racine = racine;
      this.grille = racine.querySelector("[data-grille]");
      this.hote = racine.querySelector("[data-hote]");
      this.dessin = new DessinSemaine(this.hote);
      this.saisies = new Map([...racine.querySelectorAll(".periode")].map((section) => {
        const cle = section.dataset.periode;
        if (!memoire.piles.has(cle)) memoire.piles.set(cle, []);
        return [cle, new SaisiePeriode(section, memoire.piles.get(cle))];
      }));
      this.grille.hidden = false;
      this.entier = this.grille.querySelector("[data-24]");
      this.entier.checked = Boolean(memoire.entier);
      racine.querySelectorAll(".copie [data-ouvrables]").forEach((bouton) => { bouton.hidden = true; });
      this.ecouter();
      this.montrer(this.premiere());
    }

    premiere() {
      const vise = this.racine.querySelector(".periode [data-focus], .periode [aria-invalid]")?.closest(".periode").dataset.periode;
      return [vise, memoire.periode, this.racine.dataset.courante].find((cle) => this.saisies.has(cle)) ?? this.saisies.keys().next().value;
    }

    montrer(cle) {
      memoire.periode = cle;
      this.saisie = this.saisies.get(cle);
      for (const [autre, { section }] of this.saisies) section.hidden = autre !== cle;
      for (const onglet of this.racine.querySelectorAll("[data-onglet]")) {
        if (onglet.dataset.onglet === cle) {
          onglet.setAttribute("aria-current", "true");
          this.titre = onglet.textContent;
        } else onglet.removeAttribute("aria-current");
      }
      this.rendre();
    }

    rendre() {
      this.plages = this.saisie.semaine();
      this.dessin.dessiner({ plages: this.plages, fixes: this.saisie.fixes(), entier: this.entier.checked, titre: this.titre });
      const blocs = this.dessin.tousLesBlocs();
      const actif = blocs.find((b) => this.actif && M.pareilles(b.plage, this.actif)) ?? blocs[0];
      if (actif) actif.tabIndex = 0;
      this.grille.querySelector("[data-defaire]").setAttribute("aria-disabled", !this.saisie.pile.length);
    }

    // The only way the grid writes: history, fields, drawing, focus, announcement.
    modifier(edit, { message, vise, deplus }) {
      const attendu = this.plages.length + deplus;
      this.saisie.modifier(edit);
      const fusion = this.plages.length < attendu ? "Plages fusionnées. " : "";
      if (vise) this.viserBloc(vise);
      annoncer(fusion + message);
    }

    viserBloc({ jour, debut }) {
      const bloc = this.dessin.blocA(jour, debut) ?? this.dessin.blocA(jour, debut % M.MINUIT);
      bloc?.focus({ preventScroll: true });
    }

    viserCase(jour, minute) {
      const vise = this.dessin.case(jour, minute);
      this.hote.querySelector("td[tabindex='0']").tabIndex = -1;
      vise.tabIndex = 0;
      vise.focus({ preventScroll: true });
      vise.scrollIntoView({ block: "nearest" });
    }

    // ---------- acts ----------
    creer(jour, debut, fin) {
      const suivante = this.plages.find((p) => p.jour === jour && p.debut > debut);
      const jusqua = fin ?? Math.min(debut + 60, suivante?.debut ?? M.MINUIT, M.MINUIT);
      const plage = { jour, debut, fin: jusqua };
      this.modifier((plages) => M.poser(plages, plage), {
        vise: plage,
        deplus: 1,
        message: `Plage créée, ${JOURS[jour - 1]}, ${M.direPlage(plage)}. Flèches pour déplacer, Maj et flèches pour la fin.`,
      });
    }

    effacer(plage) {
      this.modifier((plages) => M.retirer(plages, plage), { deplus: -1, message: `Plage supprimée, ${JOURS[plage.jour - 1]}, ${M.direPlage(plage)}` });
      this.viserCase(plage.jour, plage.debut);
    }

    remplacer(plage, neuve) {
      this.modifier((plages) => M.poser(M.retirer(plages, plage), neuve), { deplus: 0, vise: neuve, message: `${JOURS[neuve.jour - 1]}, ${M.direPlage(neuve)}` });
    }

    // At the keyboard a plage stops at its neighbours instead of joining them.
    pousser(plage, neuve, limite) {
      if (M.pareilles(plage, neuve)) return annoncer(limite);
      const genante = this.plages.find((p) => !M.pareilles(p, plage) && M.seCroisent(p, neuve));
      if (genante) return annoncer(`Limite atteinte : une plage occupe déjà ces heures, ${JOURS[genante.jour - 1]}, ${M.direPlage(genante)}`);
      this.remplacer(plage, neuve);
    }

    defaire() {
      annoncer(this.saisie.defaire() ? "Dernière action défaite." : "Rien à défaire.");
    }

    // ---------- events ----------
    ecouter() {
      const { racine, hote, grille } = this;
      hote.addEventListener("pointerdown", (e) => this.prendre(e));
      hote.addEventListener("pointermove", (e) => this.tirer(e));
      hote.addEventListener("pointerup", (e) => this.lacher(e, true));
      hote.addEventListener("pointercancel", (e) => this.lacher(e, false));
      hote.addEventListener("click", (e) => this.cliquer(e));
      hote.addEventListener("keydown", (e) => this.touche(e));
      hote.addEventListener("focusin", (e) => { if (e.target.plage) this.activer(e.target); });
      grille.querySelector("[data-defaire]").addEventListener("click", () => this.defaire());
      this.entier.addEventListener("input", (e) => e.stopPropagation()); // a matter of view, not something typed
      this.entier.addEventListener("change", () => { memoire.entier = this.entier.checked; this.rendre(); });
      racine.addEventListener("input", (e) => {
        const ligne = e.target.closest(".jour .plage");
        if (ligne) this.saisie.ajuster(ligne);
        else this.saisie.ajusterFeries();
        this.rendre();
      });
      racine.addEventListener("change", () => { this.saisie.memoriser(); this.rendre(); });
      racine.addEventListener("click", (e) => this.raccourci(e));
    }

    activer(bloc) {
      this.actif = bloc.plage;
      for (const autre of this.dessin.tousLesBlocs()) autre.tabIndex = autre === bloc ? 0 : -1;
    }

    // ---------- mouse, finger, pen ----------
    prendre(e) {
      if (e.button || this.pris) return;
      const bloc = e.target.closest(".bloc");
      const td = e.target.closest("td[data-minute]");
      const commun = { x: e.clientX, y: e.clientY, de: this.dessin.lieu(e), pointeur: e.pointerId };
      if (bloc) {
        const bord = e.target.closest(".poignee");
        this.pris = { ...commun, plage: bloc.plage, mode: bord ? (bord.classList.contains("haut") ? "debut" : "fin") : "tout" };
        e.preventDefault();
        (this.dessin.blocDe(bloc.plage) ?? bloc).focus({ preventScroll: true });
      } else if (td) {
        const souris = e.pointerType === "mouse";
        this.pris = { ...commun, mode: souris ? "cree" : "appui", jour: Number(td.dataset.jour), debut: Number(td.dataset.minute) };
        if (!souris) return; // the page may still scroll under a finger, which takes the pointer away
        e.preventDefault();
      } else return;
      this.hote.setPointerCapture(e.pointerId);
    }

    tirer(e) {
      const q = this.pris;
      if (!q || e.pointerId !== q.pointeur) return;
      if (!q.bouge && Math.hypot(e.clientX - q.x, e.clientY - q.y) < SEUIL[e.pointerType]) return;
      q.bouge = true;
      if (q.mode === "appui") return;
      q.vers = this.viser(q, this.dessin.lieu(e));
      this.dessin.fantome(q.vers, q.plage);
    }

    // Where what is held would go.
    viser(q, lieu) {
      const ecart = M.arrondir(lieu.minute - q.de.minute);
      if (q.mode === "cree") {
        return { jour: q.jour, debut: q.debut, fin: Math.min(M.MINUIT, Math.max(q.debut + M.PAS, M.arrondir(lieu.minute))) };
      }
      const colonnes = lieu.colonne - q.de.colonne;
      if (q.mode === "tout") {
        const jour = Math.max(1, Math.min(7, q.plage.jour + colonnes));
        return M.deplacee(q.plage, jour, q.plage.debut + ecart);
      }
      if (q.mode === "debut") return M.etiree(q.plage, { debut: q.plage.debut + ecart });
      const lendemain = { 1: 1, [-6]: 1, [-1]: -1, 6: -1 }[colonnes] ?? 0; // from Sunday to Monday too
      return M.etiree(q.plage, { fin: q.plage.fin + ecart + lendemain * M.MINUIT });
    }

    lacher(e, garder) {
      const q = this.pris;
      if (!q || e.pointerId !== q.pointeur) return;
      this.pris = null;
      this.dessin.fantome(null);
      if (!garder) return;
      if (q.mode === "cree") {
        if (q.vers) this.creer(q.jour, q.vers.debut, q.vers.fin);
        else this.creer(q.jour, q.debut);
      } else if (q.mode === "appui") {
        if (!q.bouge) this.choisir(q.jour, q.debut);
      } else if (q.vers && !M.pareilles(q.vers, q.plage)) this.remplacer(q.plage, q.vers);
    }

    // A click that no pointer made: a screen reader, a voice command.
    cliquer(e) {
      const td = e.target.closest("td[data-minute]");
      if (td && e.detail === 0) this.choisir(Number(td.dataset.jour), Number(td.dataset.minute));
    }

    choisir(jour, minute) {
      const bloc = this.dessin.blocA(jour, minute);
      if (bloc) bloc.focus();
      else this.creer(jour, minute);
    }

    // ---------- keyboard ----------
    touche(e) {
      const bloc = e.target.closest(".bloc");
      const td = e.target.closest("td[data-minute]");
      const annuler = (e.ctrlKey || e.metaKey) && e.key.toLowerCase() === "z";
      let fait = false;
      if (annuler) fait = this.toucheDefaire(bloc, td);
      else if (e.ctrlKey || e.metaKey) return;
      else if (td) fait = this.toucheCase(e, Number(td.dataset.jour), Number(td.dataset.minute));
      else if (bloc) fait = this.toucheBloc(e, bloc.plage);
      if (fait) e.preventDefault();
    }

    toucheDefaire(bloc, td) {
      const [jour, minute] = bloc ? [bloc.plage.jour, bloc.plage.debut] : [Number(td?.dataset.jour ?? 1), Number(td?.dataset.minute ?? 0)];
      this.defaire();
      if (!this.hote.contains(document.activeElement)) this.viserCase(jour, minute);
      return true;
    }

    toucheCase(e, jour, minute) {
      const vers = {
        ArrowDown: [jour, minute + CASE], ArrowUp: [jour, minute - CASE], ArrowRight: [jour + 1, minute], ArrowLeft: [jour - 1, minute],
        Home: [1, minute], End: [7, minute], PageDown: [jour, minute + 180], PageUp: [jour, minute - 180],
      }[e.key];
      if (vers) this.viserCase(Math.max(1, Math.min(7, vers[0])), vers[1]);
      else if (e.key === "Enter" || e.key === " ") this.choisir(jour, minute);
      else if (e.key === "Delete" || e.key === "Backspace") {
        const bloc = this.dessin.blocA(jour, minute);
        if (bloc) this.effacer(bloc.plage);
      } else return false;
      return true;
    }

    toucheBloc(e, plage) {
      const pas = { ArrowDown: M.PAS, ArrowUp: -M.PAS }[e.key];
      const cote = { ArrowRight: 1, ArrowLeft: -1 }[e.key];
      const saut = { PageDown: 1, PageUp: -1 }[e.key];
      const { jour, debut, fin } = plage;
      if (pas && e.shiftKey) this.pousser(plage, M.etiree(plage, { fin: fin + pas }), "Limite atteinte : de 15 minutes à 24 heures");
      else if (pas && e.altKey) this.pousser(plage, M.etiree(plage, { debut: debut + pas }), "Limite atteinte : de 15 minutes à 24 heures");
      else if (pas) this.pousser(plage, M.deplacee(plage, jour, debut + pas), "Limite atteinte : bord de la journée");
      else if (cote) this.pousser(plage, { ...plage, jour: Math.max(1, Math.min(7, jour + cote)) }, "Limite atteinte : bord de la semaine");
      else if (saut) {
        const blocs = this.dessin.tousLesBlocs();
        blocs[(blocs.findIndex((b) => b.plage === plage) + saut + blocs.length) % blocs.length].focus();
      } else if (e.key === "Delete" || e.key === "Backspace") this.effacer(plage);
      else if (e.key === "Escape") this.pris ? this.lacher({ pointerId: this.pris.pointeur }, false) : this.viserCase(jour, debut);
      else if (e.key === "Enter" || e.key === " ") this.taper(plage);
      else return false;
      return true;
    }

    taper(plage) {
      const { de } = M.saisie(plage);
      const champs = this.saisie.lignes(plage.jour).map((ligne) => ligne.querySelector("[name$='-de']"));
      const champ = champs.find((c) => M.lireHeure(c.value) === M.lireHeure(de)) ?? champs[0];
      champ.focus();
      champ.select();
    }

    // ---------- shortcuts of the typed hours ----------
    raccourci(e) {
      const onglet = e.target.closest("[data-onglet]");
      const bouton = e.target.closest("button");
      if (onglet) {
        e.preventDefault();
        this.montrer(onglet.dataset.onglet);
        annoncer(this.titre);
      } else if (bouton && this.faire(bouton)) e.preventDefault();
    }

    faire(bouton) {
      const bloc = bouton.closest(".jour");
      if (bouton.matches("[data-ouvrables]")) {
        this.modifier((plages) => M.copier(plages, 1, M.OUVRABLES), { message: "Lundi recopié du mardi au vendredi." });
      } else if (bouton.matches("[data-copier]")) this.recopier(bouton.closest(".copie"));
      else if (bloc) return this.faireDansLeJour(bouton, bloc, Number(bloc.dataset.jour));
      else return false;
      return true;
    }

    recopier(zone) {
      const de = Number(zone.querySelector("select").value);
      const vers = [...zone.querySelectorAll("input:checked")].map((c) => Number(c.value)).filter((jour) => jour !== de);
      if (!vers.length) return annoncer("Choisissez au moins un jour de destination.");
      this.modifier((plages) => M.copier(plages, de, vers), {
        message: `Heures du ${JOURS[de - 1]} recopiées : ${vers.map((jour) => JOURS[jour - 1]).join(", ")}.`,
      });
    }

    faireDansLeJour(bouton, bloc, jour) {
      const brutes = this.saisie.brutes(jour);
      const rang = [...bloc.querySelectorAll("[data-retirer]")].indexOf(bouton);
      let vise = 0;
      if (bouton.matches("[data-ajouter]")) vise = brutes.push({ de: "", a: "", nuit: false }) - 1;
      else if (bouton.matches("[data-fermer]")) brutes.length = 0;
      else if (bouton.matches("[data-continu]")) brutes.splice(0, brutes.length, { de: "00:00", a: "24:00", nuit: false });
      else if (rang >= 0) brutes.splice(rang, 1);
      else return false; // « ouvert la nuit » under a fault: the server does it
      this.saisie.ecrire(jour, brutes);
      this.saisie.signaler();
      bloc.querySelectorAll("[name$='-de']")[vise].focus();
      return true;
    }
  }

  // A link to a field (summary of errors) shows what hides it.
  document.addEventListener("click", (e) => {
    const cible = e.target.closest("a[href^='#h-'], a[href^='#x-']")?.hash.slice(1);
    const champ = cible && document.getElementById(cible);
    if (!champ) return;
    const details = champ.closest("details");
    if (details) details.open = true;
    const periode = champ.closest(".periode[hidden]");
    periode?.closest("[data-semaine]").querySelector(`[data-onglet="${periode.dataset.periode}"]`).click();
  }, true);

  // What will be read comes while one types: it never takes the focus, and failing is not worth an alarm.
  function discret(apercu) {
    for (const nom of ["htmx:beforeSwap", "htmx:afterSettle", "htmx:sendError", "htmx:timeout"]) {
      apercu.addEventListener(nom, (e) => {
        if (e.target === apercu) e.stopPropagation();
        if (e.detail.xhr?.status === 401) window.ROR.sessionExpiree();
        if (nom === "htmx:beforeSwap" && e.detail.xhr.responseText === apercu.dernier) e.detail.shouldSwap = false;
        if (nom === "htmx:beforeSwap" && e.detail.isError) e.detail.shouldSwap = e.detail.isError = false;
        if (nom === "htmx:afterSettle") apercu.dernier = e.detail.xhr.responseText;
      });
    }
  }

  function animer(zone) {
    for (const racine of zone.querySelectorAll("[data-semaine]:not([data-pret])")) {
      if (!geste) memoire = { piles: new Map() };
      geste = false;
      racine.dataset.pret = "";
      discret(racine.querySelector("#h-apercu"));
      new Editeur(racine);
    }
  }
  animer(document);
  document.addEventListener("htmx:load", (e) => animer(e.detail.elt.parentElement || document));
})();
