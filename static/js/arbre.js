// The tree of structures: ARIA tree with roving focus, branches loaded when opened, find, « Actions » menu.
//
// HTML contract (rendered by the tag {% branche %}; readable without script: names and « + » are links)
//   <ul class="arbre" id="ID" data-arbre aria-label="…" [data-memoire]>     [data-memoire]: opened branches and scroll kept
//       [data-adresse=URL] the page's address keeps what is unrolled and searched: copied, it shows the same
//       [data-lignes=URL]  ?cles= gives the lines of these nodes again, after an act on their fiche
//     <li>
//       <div class="noeud" id="…" data-niveau="EG"
//            data-taille="214" data-rang="1"                                real size of the branch, rank in it
//            [data-charge="URL"]>                                           children not loaded: GET gives their <ul>
//         <a class="act" href="URL">                                        page of actions; asked by HTMX: their <li>
//         <a class="plie" href="URL">  or  <span class="plie">              page with this node open; span: no children
//         … <a class="lib" href="URL" [aria-current="page"]>name</a> …      the fiche; <span class="lib">: unfolds only
//         <span class="visually-hidden dit">, entité géographique, favori</span>       said after the name
//       </div>
//       [<ul>…</ul>]                                                        children, when loaded
//     </li>
//   <input data-cherche="ID" data-cherche-url="URL">   GET ?q= gives <ul data-total="12" [data-encore]>: the branches that lead
//                                                      to the finds; [<div data-masquees>]: what the boxes hide of them
//   <p id="ID-bilan" role="status">                    how many
//   <div id="ID-masquees">                             where what is hidden is told
//   <input type="hidden" data-fiche-ouverte>           follows the fiche of the address
//   <button data-replie="ID">Tout replier</button>
// hx-boost, hx-target… on the <ul> decide where a fiche opens. An answer may replace a <div class="noeud"> out of band.
// Events: `ror:ouvrir-fiche` on document when a fiche is asked for; `fiche-changee` {fiche, relire} draws its lines again
// where they are, and reads the open fiche again with `relire`.
(() => {
  const { annoncer, demander, sansAccent, menuActions: menu } = window.ROR;
  const LIMITE = 20; // branches that « * » or the memory open at once
  const OUVERTES = 40; // branches that an address names
  const lib = (noeud) => noeud.querySelector(".lib");
  const nom = (noeud) => (lib(noeud) || noeud).textContent.trim();
  const etatDit = (noeud) => [...noeud.querySelectorAll(".etat")].map((e) => `, ${e.textContent.trim()}`).join("");
  const elements = (n) => `${n} élément${n > 1 ? "s" : ""}`;
  const ouvert = (noeud) => noeud.getAttribute("aria-expanded");
  const groupe = (noeud) => noeud.parentElement.querySelector(":scope > ul");

  class Arbre {
    constructor(racine) {
      this.racine = racine;
      this.frappe = "";
      this.defile = racine.closest(".arbre-defile") || racine;
      this.cle = `arbre:${racine.id}`;
      racine.setAttribute("role", "tree");
      racine.classList.add("anime");
      this.animer(racine, 1);
      const courant = racine.querySelector("[aria-current=page]")?.closest(".noeud");
      this.choisi = courant?.id;
      if (courant) courant.setAttribute("aria-selected", "true");
      this.unSeulArret(courant);
      courant?.scrollIntoView({ block: "nearest" });
      this.ecouter();
      this.brancherRecherche();
      if ("memoire" in racine.dataset) this.retrouver();
      if (racine.dataset.adresse) this.suivreAdresse();
    }

    // ---------- roles ----------
    animer(liste, niveau) {
      [...liste.children].forEach((ligne, i) => this.animerLigne(ligne, niveau, i, liste.children.length));
    }

    animerLigne(ligne, niveau, i, taille) {
      const noeud = ligne.firstElementChild;
      const enfants = groupe(noeud);
      ligne.setAttribute("role", "none");
      const attributs = {
        role: "treeitem",
        "aria-level": niveau,
        "aria-setsize": noeud.dataset.taille || taille,
        "aria-posinset": noeud.dataset.rang || i + 1,
        "aria-label": nom(noeud) + (noeud.querySelector(".dit")?.textContent || "") + etatDit(noeud),
        "aria-selected": noeud.getAttribute("aria-selected") || "false",
      };
      Object.entries(attributs).forEach(([a, v]) => noeud.setAttribute(a, v));
      if (!noeud.hasAttribute("tabindex")) noeud.tabIndex = -1;
      noeud.querySelectorAll("a").forEach((lien) => { lien.tabIndex = -1; });
      noeud.querySelector(".plie")?.setAttribute("aria-hidden", "true");
      if (enfants) {
        noeud.setAttribute("aria-expanded", String(!("replie" in ligne.dataset)));
        this.animerGroupe(noeud, enfants);
      } else if (noeud.dataset.charge) {
        noeud.setAttribute("aria-expanded", "false");
      }
    }

    animerGroupe(noeud, enfants) {
      enfants.setAttribute("role", "group");
      enfants.id = `${noeud.id}-enfants`;
      noeud.setAttribute("aria-owns", enfants.id);
      this.animer(enfants, Number(noeud.getAttribute("aria-level")) + 1);
    }

    unSeulArret(prefere) {
      const arrets = [...this.racine.querySelectorAll("[role=treeitem][tabindex='0']")];
      const garde = prefere || arrets[0] || this.racine.querySelector("[role=treeitem]");
      arrets.forEach((x) => { x.tabIndex = -1; });
      if (garde) garde.tabIndex = 0;
    }

    // ---------- moving ----------
    visibles() {
      return [...this.racine.querySelectorAll("[role=treeitem]")].filter((n) => n.checkVisibility());
    }

    parent(noeud) {
      return noeud.parentElement.parentElement.closest("li")?.firstElementChild;
    }

    viser(noeud) {
      this.unSeulArret(noeud);
      noeud.focus({ preventScroll: true });
      noeud.scrollIntoView({ block: "nearest" });
    }

    choisir(noeud) {
      this.racine.querySelectorAll("[aria-selected=true]").forEach((x) => x.setAttribute("aria-selected", "false"));
      this.racine.querySelectorAll("[aria-current]").forEach((x) => x.removeAttribute("aria-current"));
      this.choisi = noeud.id;
      noeud.setAttribute("aria-selected", "true");
      lib(noeud).setAttribute("aria-current", "page");
      this.unSeulArret(noeud);
      document.dispatchEvent(new CustomEvent("ror:ouvrir-fiche", { detail: noeud.id }));
    }

    ouvrir(noeud) {
      if ("reessayer" in noeud.dataset) return this.reessayer(noeud);
      const lien = lib(noeud);
      lien?.href ? lien.click() : this.basculer(noeud);
    }

    // ---------- unfolding ----------
    async deplier(noeud, { dire = true } = {}) {
      if (ouvert(noeud) !== "false" || noeud.getAttribute("aria-busy")) return;
      if (!groupe(noeud) && !(await this.charger(noeud))) return;
      delete noeud.parentElement.dataset.replie;
      noeud.setAttribute("aria-expanded", "true");
      const n = groupe(noeud).querySelectorAll(":scope > li > .noeud:not(.info)").length;
      if (dire && n) annoncer(`${nom(noeud)} : déplié, ${elements(n)}`);
      this.ecrireAdresse();
    }

    // Returns whether there is a group to show: the children, or the sentence that says why there is none.
    async charger(noeud) {
      noeud.setAttribute("aria-busy", "true");
      let enfants;
      try {
        enfants = (await demander(noeud.dataset.charge)).querySelector("ul");
        if (!enfants?.children.length) {
          enfants = this.message("Aucune structure à ce niveau.", "");
          annoncer("Aucune structure à ce niveau.");
        }
      } catch (erreur) {
        if (erreur.message === "401") return false;
        enfants = this.message("Cette branche n’a pas pu être chargée. Réessayer", noeud.id);
        annoncer("Cette branche n’a pas pu être chargée.");
      } finally {
        noeud.removeAttribute("aria-busy");
      }
      noeud.after(enfants);
      this.animerGroupe(noeud, enfants);
      window.htmx?.process(enfants);
      return true;
    }

    message(texte, reessayer) {
      const liste = document.createElement("ul");
      const ligne = liste.appendChild(document.createElement("li"));
      const bloc = ligne.appendChild(document.createElement("div"));
      bloc.className = `noeud info${reessayer ? " info-erreur" : ""}`;
      if (reessayer) bloc.dataset.reessayer = reessayer;
      bloc.textContent = texte;
      return liste;
    }

    reessayer(bloc) {
      const noeud = document.getElementById(bloc.dataset.reessayer);
      groupe(noeud).remove();
      noeud.setAttribute("aria-expanded", "false");
      this.viser(noeud);
      this.deplier(noeud);
    }

    replier(noeud) {
      if (ouvert(noeud) !== "true") return;
      noeud.setAttribute("aria-expanded", "false");
      noeud.parentElement.dataset.replie = "";
      if (groupe(noeud).contains(document.activeElement)) this.viser(noeud);
      else if (groupe(noeud).querySelector("[tabindex='0']")) this.unSeulArret(noeud);
      this.ecrireAdresse();
    }

    basculer(noeud) {
      ouvert(noeud) === "true" ? this.replier(noeud) : this.deplier(noeud);
    }

    toutReplier() {
      [...this.racine.querySelectorAll("[aria-expanded=true]")].reverse().forEach((n) => this.replier(n));
      annoncer("Arborescence repliée");
    }

    async deplierFreres(noeud) {
      const freres = [...noeud.parentElement.parentElement.children].map((l) => l.firstElementChild);
      const fermes = freres.filter((n) => ouvert(n) === "false");
      for (const frere of fermes.slice(0, LIMITE)) await this.deplier(frere, { dire: false });
      const reste = fermes.length - LIMITE;
      annoncer(`Déplié : ${elements(Math.min(LIMITE, fermes.length))}${reste > 0 ? `, ${elements(reste)} encore repliés` : ""}`);
    }

    // ---------- mouse and keyboard ----------
    ecouter() {
      this.racine.addEventListener("click", (e) => this.geste(e), true); // before htmx, which listens on the links
      this.racine.addEventListener("click", (e) => this.clic(e));
      this.racine.addEventListener("contextmenu", (e) => {
        const noeud = e.target.closest("[role=treeitem]");
        if (!noeud?.querySelector(".act")) return;
        e.preventDefault();
        menu.ouvrir(noeud, (n) => this.viser(n));
      });
      this.racine.addEventListener("keydown", (e) => this.touche(e));
      // A node replaced by an answer keeps its place, its branch and the focus.
      document.addEventListener("htmx:load", (e) => {
        const noeud = e.detail.elt;
        if (!this.racine.contains(noeud) || !noeud.classList.contains("noeud")) return;
        const freres = noeud.parentElement.parentElement;
        const niveau = Number(freres.previousElementSibling?.getAttribute("aria-level") || 0) + 1;
        this.animerLigne(noeud.parentElement, niveau, [...freres.children].indexOf(noeud.parentElement), freres.children.length);
        if (noeud.id === this.choisi) noeud.setAttribute("aria-selected", "true");
        this.unSeulArret(noeud);
      });
      if (this.racine.dataset.lignes) document.addEventListener("fiche-changee", (e) => this.rafraichir(e.detail));
      document.querySelectorAll(`[data-replie="${this.racine.id}"]`).forEach((b) => b.addEventListener("click", () => this.toutReplier()));
      addEventListener("pagehide", () => this.retenir());
    }

    geste(e) {
      const noeud = e.target.closest("[role=treeitem]");
      if (!noeud || e.ctrlKey || e.metaKey || e.shiftKey || !e.target.closest(".act, .plie")) return;
      e.preventDefault();
      e.stopPropagation();
      if (e.target.closest(".act")) return menu.ouvrir(noeud, (n) => this.viser(n));
      this.viser(noeud);
      this.basculer(noeud);
    }

    clic(e) {
      const noeud = e.target.closest("[role=treeitem]");
      if (!noeud || e.ctrlKey || e.metaKey || e.shiftKey) return;
      if (e.target.closest("a.lib")) this.choisir(noeud);
      else this.ouvrir(noeud);
    }

    touche(e) {
      const noeud = e.target;
      if (noeud.getAttribute("role") !== "treeitem") return;
      const menuDemande = (e.key === "F10" && e.shiftKey) || e.key === "ContextMenu";
      if (!menuDemande && (e.ctrlKey || e.metaKey || e.altKey)) return;
      const vus = this.visibles();
      const i = vus.indexOf(noeud);
      const aller = (n) => { if (n) this.viser(n); };
      const enfant = () => aller(vus[i + 1] && this.parent(vus[i + 1]) === noeud && vus[i + 1]);
      const effets = {
        ArrowDown: () => aller(vus[i + 1]),
        ArrowUp: () => aller(vus[i - 1]),
        Home: () => aller(vus[0]),
        End: () => aller(vus.at(-1)),
        ArrowRight: () => (ouvert(noeud) === "false" ? this.deplier(noeud) : enfant()),
        ArrowLeft: () => (ouvert(noeud) === "true" ? this.replier(noeud) : aller(this.parent(noeud))),
        Enter: () => this.ouvrir(noeud),
        " ": () => this.ouvrir(noeud),
        "*": () => this.deplierFreres(noeud),
      };
      if (e.key === " " && this.frappe) delete effets[" "]; // a space inside a name being typed
      const effet = menuDemande ? () => menu.ouvrir(noeud, (n) => this.viser(n)) : effets[e.key];
      if (effet) {
        e.preventDefault();
        this.frappe = ""; // another gesture: what is typed next is another name
        effet();
      } else if (e.key.length === 1) {
        e.preventDefault();
        aller(this.auNom(e.key, vus, i));
      }
    }

    auNom(lettre, vus, i) {
      clearTimeout(this.minuterie);
      this.frappe += sansAccent(lettre);
      this.minuterie = setTimeout(() => { this.frappe = ""; }, 1000);
      const depart = this.frappe.length > 1 ? i : i + 1; // a longer prefix may still be the node itself
      return [...vus.slice(depart), ...vus.slice(0, depart)].find((n) => sansAccent(nom(n)).startsWith(this.frappe));
    }

    // ---------- finding ----------
    brancherRecherche() {
      const champ = document.querySelector(`[data-cherche="${this.racine.id}"]`);
      if (!champ) return;
      this.champ = champ;
      this.bilan = document.getElementById(`${this.racine.id}-bilan`);
      this.masquees = document.getElementById(`${this.racine.id}-masquees`);
      champ.addEventListener("input", () => {
        clearTimeout(this.attente);
        this.attente = setTimeout(() => this.chercher(champ), 250);
      });
      champ.form?.addEventListener("submit", (e) => e.preventDefault());
      champ.addEventListener("keydown", (e) => {
        if (e.key === "Escape" && champ.value) {
          champ.value = "";
          this.chercher(champ);
        } else if (e.key === "ArrowDown" || e.key === "Enter") {
          e.preventDefault();
          const premier = this.racine.querySelector("mark")?.closest("[role=treeitem]") || this.visibles()[0];
          if (premier) this.viser(premier);
        }
      });
    }

    async chercher(champ) {
      const q = champ.value.trim();
      this.requete?.abort();
      if (q.length < 2) return this.rendreTout();
      this.requete = new AbortController();
      this.racine.setAttribute("aria-busy", "true");
      try {
        const adresse = new URL(champ.dataset.chercheUrl, location.href);
        adresse.searchParams.set("q", q);
        this.montrer(await demander(adresse, this.requete.signal), q);
      } catch (erreur) {
        if (erreur.name === "AbortError") return;
        this.bilan.textContent = "La recherche n’a pas pu être faite. Réessayez.";
      }
      this.racine.removeAttribute("aria-busy");
    }

    montrer(reponse, q) {
      const trouves = reponse.querySelector("ul");
      this.reserve ??= [...this.racine.children];
      this.racine.replaceChildren(...trouves.children);
      this.animer(this.racine, 1);
      this.unSeulArret();
      window.htmx?.process(this.racine);
      this.racine.querySelectorAll(".lib").forEach((l) => surligner(l, q));
      const n = Number(trouves.dataset.total);
      const cachees = reponse.querySelector("[data-masquees]");
      this.masquees?.replaceChildren(...(cachees?.children || []));
      const rien = cachees ? "Aucun résultat parmi les structures affichées." : "Aucun résultat ici. Essayez un sigle, un n° FINESS, ou la Recherche.";
      const compte = n ? `${n} résultat${n > 1 ? "s" : ""} dans l’arborescence` : rien;
      const suite = "encore" in trouves.dataset ? ". Il y en a d’autres : précisez votre recherche." : "";
      const caches = [...(this.masquees?.querySelectorAll("p") || [])].map((p) => ` ${p.firstChild.nextSibling.textContent.trim()}`);
      this.bilan.textContent = compte + suite;
      if (caches.length) annoncer(caches.join(" ").trim());
      this.ecrireAdresse();
    }

    rendreTout() {
      this.racine.removeAttribute("aria-busy");
      this.bilan.textContent = "";
      this.masquees?.replaceChildren();
      if (!this.reserve) return this.quitterRecherche();
      this.racine.replaceChildren(...this.reserve);
      this.reserve = null;
      this.unSeulArret(this.racine.querySelector("[aria-selected=true]"));
      this.ecrireAdresse();
    }

    // The page came with what was searched: the whole tree is the server's to give.
    quitterRecherche() {
      const adresse = new URL(location.href);
      if (!this.racine.dataset.adresse || !adresse.searchParams.has("q") || this.champ.value.trim()) return;
      adresse.searchParams.delete("q");
      location.assign(adresse);
    }

    // ---------- the address: all that is seen ----------
    suivreAdresse() {
      const garde = JSON.parse(sessionStorage.getItem(this.cle) || "{}");
      if (garde.adresse === location.search) this.defile.scrollTop = garde.haut;
      document.addEventListener("htmx:pushedIntoHistory", () => this.ecrireAdresse());
      addEventListener("pagehide", () => {
        sessionStorage.setItem(this.cle, JSON.stringify({ adresse: location.search, haut: this.defile.scrollTop }));
      });
      this.ecrireAdresse();
    }

    ecrireAdresse() {
      if (!this.racine.dataset.adresse) return;
      const page = new URL(this.racine.dataset.adresse, location.href);
      const avant = new URL(location.href).searchParams;
      ["fiche", "ici"].filter((x) => avant.get(x)).forEach((x) => page.searchParams.set(x, avant.get(x)));
      const cherche = this.reserve || avant.has("q") ? this.champ?.value.trim() : "";
      const ouvertes = [...this.racine.querySelectorAll("[aria-expanded=true]")].map((n) => n.id).slice(0, OUVERTES);
      if (cherche) page.searchParams.set("q", cherche);
      else if (ouvertes.length) page.searchParams.set("ouvert", ouvertes.join("."));
      document.querySelectorAll("[data-fiche-ouverte]").forEach((x) => { x.value = avant.get("fiche") || ""; });
      if (page.href !== location.href) history.replaceState(history.state, "", page);
    }

    // ---------- after an act ----------
    async rafraichir({ fiche, relire }) {
      const fin = `/fiche/${fiche}/actions/`;
      const zones = [this.racine, ...(this.reserve || [])];
      const noeuds = zones.flatMap((z) => [...z.querySelectorAll(`.act[href$="${fin}"]`)].map((a) => a.closest(".noeud")));
      const favori = new URL(this.racine.dataset.adresse, location.href).searchParams.get("par") === "favoris" ? [`fa-${fiche}`] : [];
      const cles = [...new Set([...noeuds.map((n) => n.id), ...favori])];
      if (cles.length) {
        const adresse = new URL(this.racine.dataset.lignes, location.href);
        adresse.searchParams.set("cles", cles.join("."));
        const lues = await demander(adresse).catch(() => null);
        if (lues) this.remplacer(noeuds, new Map([...lues.querySelectorAll(".noeud")].map((n) => [n.id, n])));
      }
      if (relire && new URL(location.href).searchParams.get("fiche") === String(fiche)) {
        window.htmx.ajax("GET", `${this.racine.dataset.adresse}&fiche=${fiche}`, { target: "#v-fiche", swap: "innerHTML" });
      }
    }

    remplacer(noeuds, lignes) {
      for (const noeud of noeuds) lignes.has(noeud.id) ? this.redessiner(noeud, lignes.get(noeud.id)) : this.retirer(noeud);
      const [premiere] = [...lignes.values()].filter((n) => n.id.startsWith("fa-") && !n.id.includes("-n-") && !document.getElementById(n.id));
      if (premiere && !this.reserve) this.inserer(premiere.parentElement);
    }

    redessiner(noeud, neuf) {
      noeud.replaceChildren(...neuf.childNodes);
      if (noeud.id === this.choisi) lib(noeud).setAttribute("aria-current", "page");
      this.animerLigne(noeud.parentElement, Number(noeud.getAttribute("aria-level")), 0, 1);
      window.htmx?.process(noeud);
    }

    inserer(ligne) {
      const suivante = [...this.racine.children].find((l) => sansAccent(nom(l.firstElementChild)) > sansAccent(nom(ligne.firstElementChild)));
      this.racine.insertBefore(ligne, suivante || null);
      this.renumeroter(this.racine, 1);
      window.htmx?.process(ligne);
    }

    // A line goes away: the focus, if it was there, goes to its neighbour, then above.
    retirer(noeud) {
      const ligne = noeud.parentElement;
      const liste = ligne.parentElement;
      const voisine = (ligne.nextElementSibling || ligne.previousElementSibling)?.firstElementChild || this.parent(noeud);
      const active = ligne.contains(document.activeElement);
      ligne.remove();
      if (!voisine) return location.reload(); // the server says what to do when nothing is left
      if (liste) this.renumeroter(liste, Number(noeud.getAttribute("aria-level")));
      active ? this.viser(voisine) : this.unSeulArret(this.racine.querySelector("[tabindex='0']") || voisine);
    }

    renumeroter(liste, niveau) {
      [...liste.children].forEach((ligne, i) => {
        Object.assign(ligne.firstElementChild.dataset, { rang: i + 1, taille: liste.children.length });
      });
      this.animer(liste, niveau);
    }

    // ---------- memory ----------
    retenir() {
      if (!("memoire" in this.racine.dataset) || this.reserve) return;
      const ouverts = [...this.racine.querySelectorAll("[aria-expanded=true]")].map((n) => n.id);
      const replies = [...this.racine.querySelectorAll("li[data-replie] > .noeud")].map((n) => n.id);
      sessionStorage.setItem(this.cle, JSON.stringify({ ouverts, replies, haut: this.defile.scrollTop }));
    }

    async retrouver() {
      const { ouverts = [], replies = [], haut } = JSON.parse(sessionStorage.getItem(this.cle) || "{}");
      for (const noeud of replies.map((id) => document.getElementById(id))) {
        if (noeud && ouvert(noeud) === "true" && !groupe(noeud).querySelector("[aria-selected=true]")) this.replier(noeud);
      }
      const fermes = () => ouverts.map((id) => document.getElementById(id)).filter((n) => n && ouvert(n) === "false");
      for (let i = 0, n = fermes()[0]; n && i < LIMITE; i += 1, n = fermes()[0]) {
        await this.deplier(n, { dire: false });
        if (ouvert(n) === "false") break; // the session is over: stop asking
      }
      if (haut !== undefined) this.defile.scrollTop = haut;
    }
  }

  function surligner(etiquette, q) {
    const texte = etiquette.textContent;
    const debut = sansAccent(texte).indexOf(sansAccent(q));
    if (debut < 0 || sansAccent(texte).length !== texte.length) return;
    const marque = document.createElement("mark");
    marque.textContent = texte.slice(debut, debut + q.length);
    etiquette.replaceChildren(texte.slice(0, debut), marque, texte.slice(debut + q.length));
  }

  const animer = (zone) => zone.querySelectorAll("[data-arbre]:not([role])").forEach((racine) => new Arbre(racine));
  animer(document);
  document.addEventListener("htmx:load", (e) => animer(e.detail.elt.parentElement || document));
})();
