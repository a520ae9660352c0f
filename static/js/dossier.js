// The dossier: moving fiches in its tree, finding in a list, « Annuler » shown ten seconds.
// Without this script the « Actions » of each fiche, the page « Déplacer plusieurs fiches » and the notices do the same.
//
// HTML contract
//   ul[data-arbre][data-deplacer=URL][data-places="UO:EG UF;…"]  URL takes POST f=KEY… vers=KEY; level → levels that admit it;
//                                a node is #n-KEY[data-niveau]. Drag and drop, or Ctrl+X on one or more nodes then Ctrl+V; Esc gives up
//   input[data-filtre-liste=ID]  narrows the labels of #ID; [data-bilan-liste=ID] says how many; [data-script][hidden] appear
//   [data-toast] + form[data-toast-geste]  in a notice: shown again at the bottom of the screen for ten seconds
(() => {
  const { annoncer, sansAccent } = window.ROR;
  const DIX_SECONDES = 10000;

  // ---------- moving ----------
  const cle = (noeud) => noeud.id.replace(/^n-/, "");
  const nom = (noeud) => noeud.querySelector(".lib").textContent.trim();
  const titres = (noeuds) => noeuds.map((n) => `« ${nom(n)} »`).join(", ");

  class Deplaceur {
    constructor(arbre) {
      this.arbre = arbre;
      this.places = Object.fromEntries(arbre.dataset.places.split(";").filter(Boolean).map((x) => x.split(":")).map(([n, p]) => [n, p.split(" ")]));
      this.coupes = [];
      arbre.addEventListener("keydown", (e) => this.touche(e), true);
      arbre.addEventListener("pointerdown", (e) => this.preparer(e));
      arbre.addEventListener("dragstart", (e) => this.prendre(e));
      arbre.addEventListener("dragover", (e) => this.survoler(e));
      arbre.addEventListener("dragleave", () => this.eteindre());
      arbre.addEventListener("drop", (e) => this.poser(e));
      arbre.addEventListener("dragend", () => this.lacher());
    }

    deplacable(noeud) {
      return noeud && noeud.dataset.niveau in this.places && !noeud.classList.contains("supprime");
    }

    // Why these may not go there, or nothing; the server judges again.
    refus(noeuds, vers) {
      if (!vers || !noeuds.length) return "Aucune fiche à déplacer.";
      if (noeuds.some((n) => n.parentElement.contains(vers))) return "Une fiche ne peut pas être rangée sous elle-même.";
      if (vers.classList.contains("supprime")) return `« ${nom(vers)} » est supprimée dans ce dossier.`;
      const refusee = noeuds.find((n) => !this.places[n.dataset.niveau].includes(vers.dataset.niveau));
      return refusee ? `« ${nom(refusee)} » ne peut pas être rangée sous « ${nom(vers)} ».` : "";
    }

    envoyer(noeuds, vers) {
      const refus = this.refus(noeuds, vers);
      if (refus) return annoncer(refus);
      annoncer(`Déplacement de ${titres(noeuds)} sous « ${nom(vers)} »…`);
      window.htmx.ajax("POST", this.arbre.dataset.deplacer, {
        source: this.arbre, target: "#v-fiche", swap: "none", values: { f: noeuds.map(cle), vers: cle(vers) },
      });
    }

    // --- mouse ---
    preparer(e) {
      const noeud = e.target.closest(".noeud");
      if (!noeud || e.target.closest(".act, .plie")) return;
      noeud.draggable = e.pointerType === "mouse" && this.deplacable(noeud);
      noeud.querySelectorAll("a").forEach((lien) => { lien.draggable = false; });
    }

    prendre(e) {
      const noeud = e.target.closest?.(".noeud");
      if (!this.deplacable(noeud)) return e.preventDefault();
      this.pris = this.coupes.includes(noeud) ? this.coupes : [noeud];
      this.pris.forEach((n) => n.classList.add("glisse"));
      e.dataTransfer.effectAllowed = "move";
      e.dataTransfer.setData("text/plain", nom(noeud));
    }

    survoler(e) {
      const vers = e.target.closest(".noeud");
      this.eteindre();
      if (!this.pris || this.refus(this.pris, vers)) return;
      e.preventDefault();
      e.dataTransfer.dropEffect = "move";
      vers.classList.add("accueille");
    }

    poser(e) {
      const vers = e.target.closest(".noeud");
      if (!this.pris || !vers) return;
      e.preventDefault();
      this.envoyer(this.pris, vers);
    }

    eteindre() {
      this.arbre.querySelectorAll(".accueille").forEach((n) => n.classList.remove("accueille"));
    }

    lacher() {
      this.eteindre();
      this.arbre.querySelectorAll(".glisse").forEach((n) => n.classList.remove("glisse"));
      this.pris = null;
    }

    // --- keyboard ---
    touche(e) {
      const noeud = e.target;
      if (!noeud.classList.contains("noeud")) return;
      const commande = (e.ctrlKey || e.metaKey) && !e.shiftKey && !e.altKey && e.key.toLowerCase();
      if (commande === "x") {
        e.preventDefault();
        this.couper(noeud);
      } else if (commande === "v" && this.coupes.length) {
        e.preventDefault();
        this.envoyer(this.coupes.filter((n) => n.isConnected), noeud);
      } else if (e.key === "Escape" && this.coupes.length) {
        e.stopPropagation();
        this.coupes.forEach((n) => n.classList.remove("coupe"));
        this.coupes = [];
        annoncer("Déplacement abandonné.");
      }
    }

    couper(noeud) {
      if (!this.deplacable(noeud)) return annoncer(`« ${nom(noeud)} » ne se déplace pas.`);
      const deja = this.coupes.includes(noeud);
      this.coupes = deja ? this.coupes.filter((n) => n !== noeud) : [...this.coupes, noeud];
      noeud.classList.toggle("coupe", !deja);
      const n = this.coupes.length;
      annoncer(n ? `${n} fiche${n > 1 ? "s" : ""} à déplacer : ${titres(this.coupes)}. Allez sur le nouvel emplacement, puis Ctrl+V. Échap pour abandonner.` : "Plus aucune fiche à déplacer.");
    }
  }

  // ---------- finding in a list ----------
  function filtrer(champ) {
    const liste = document.getElementById(champ.dataset.filtreListe);
    const mots = sansAccent(champ.value).split(/\s+/).filter(Boolean);
    const lignes = [...liste.querySelectorAll("label")];
    for (const ligne of lignes) {
      const texte = sansAccent(ligne.textContent);
      ligne.hidden = !mots.every((mot) => texte.includes(mot)) && !ligne.querySelector("input").checked;
    }
    const visibles = lignes.filter((x) => !x.hidden).length;
    document.querySelector(`[data-bilan-liste="${liste.id}"]`).textContent = mots.length ? `${visibles} dans la liste` : "";
  }

  document.addEventListener("input", (e) => { if (e.target.matches("[data-filtre-liste]")) filtrer(e.target); });
  document.addEventListener("submit", (e) => {
    // everything is in the page: « Chercher » narrows it without asking the server
    const champ = e.target.querySelector("[type=search][data-filtre-liste]");
    if (!e.target.matches("[role=search]") || !champ) return;
    e.preventDefault();
    filtrer(champ);
  });

  // ---------- « Annuler », ten seconds ----------
  function montrerAnnuler(geste) {
    const bloc = document.createElement("div");
    bloc.className = "toast-annuler";
    bloc.setAttribute("role", "group");
    bloc.setAttribute("aria-label", "Dernier déplacement");
    const phrase = geste.parentElement.querySelector("[data-toast]").cloneNode(true);
    const copie = geste.cloneNode(true);
    copie.querySelector("button").textContent = "Annuler";
    bloc.append(phrase, copie);
    document.getElementById("contenu").append(bloc);
    annoncer(`${phrase.textContent} « Annuler le déplacement » est en haut de la page.`);
    const partir = () => (bloc.matches(":hover, :focus-within") ? setTimeout(partir, 2000) : bloc.remove());
    setTimeout(partir, DIX_SECONDES);
  }

  function animer(zone) {
    zone.querySelectorAll("[data-script][hidden]").forEach((x) => { x.hidden = false; });
  }

  document.querySelectorAll("[data-arbre][data-deplacer]").forEach((arbre) => new Deplaceur(arbre));
  document.querySelectorAll("form[data-toast-geste]").forEach(montrerAnnuler);
  animer(document);
  document.addEventListener("htmx:load", (e) => animer(e.detail.elt));
})();
