// Keeps what is typed as it is typed (B16). Without script the server keeps every form that comes back to the screen.
//
// HTML contract
//   form[data-brouillon=OBJET]  kept at [data-brouillon-url] two seconds after the last key; [data-brouillon-de] is the person
//   [name=brouillon]            the keeping the form continues; the server gives the next one
//   [data-brouillon-etat]       says « Brouillon gardé à 14 h 05 »
//   form[data-modifie]          shows what is kept nowhere: kept at once
//   form[data-brouillons-de]    signing out: what this device kept for the person is removed
// Events: ror.js warns before leaving what is not kept yet; ROR.saisieGardee(form) tells it that all is.
(() => {
  const ATTENTE = 2000;
  const REPRISES = [5, 10, 20, 40, 60].map((s) => s * 1000);
  const PREFIXE = "ror:brouillon:";
  const TRENTE_JOURS = 30 * 24 * 3600 * 1000;
  const ICI = "votre saisie est gardée sur cet appareil.";
  const suivis = new WeakMap();
  const { annoncer, jeton, saisieGardee } = window.ROR;

  const formulaires = (zone = document) => [...zone.querySelectorAll("form[data-brouillon]")];
  const suivi = (f) => suivis.get(f) || suivis.set(f, { frappes: 0, gardees: 0, echecs: 0, envoi: null, minuterie: 0 }).get(f);
  const PAGE = `${Date.now().toString(36)}${Math.random().toString(36).slice(2, 8)}`;
  const racine = (f) => `${PREFIXE}${f.dataset.brouillonDe}:${f.dataset.brouillon}`;
  const cle = (f) => `${racine(f)}~${PAGE}`; // each page its own copy: none hides another

  // What the person types: texts and choices, no file and no token.
  const contenu = (f) => new URLSearchParams([...new FormData(f)].filter(([nom, v]) => typeof v === "string" && nom !== "csrfmiddlewaretoken"));
  // The same without what the page itself moves, to tell whether two typings say the same.
  function saisi(texte) {
    const champs = new URLSearchParams(texte);
    ["vues", "brouillon", "demande", "ouvert_le"].forEach((nom) => champs.delete(nom));
    return `${champs}`.replaceAll("%0D%0A", "%0A");
  }

  function dire(f, texte) {
    const zone = f.querySelector("[data-brouillon-etat]");
    if (zone && zone.textContent !== texte) zone.textContent = texte;
  }

  // ---------- on this device, only while the server cannot be reached ----------
  function garderIci(f) {
    try {
      localStorage.setItem(cle(f), JSON.stringify({ le: Date.now(), champs: `${contenu(f)}` }));
      return true;
    } catch {
      return false; // storage full or forbidden: the page still holds what is typed, and warns before it is left
    }
  }

  function lireIci(nom) {
    try {
      return JSON.parse(localStorage.getItem(nom));
    } catch {
      return null;
    }
  }

  function cles(prefixe) {
    try {
      return Object.keys(localStorage).filter((nom) => nom.startsWith(prefixe));
    } catch {
      return [];
    }
  }

  // ---------- on the server ----------
  const poster = (f, corps, options = {}) => fetch(f.dataset.brouillonUrl, {
    method: "POST", body: corps, credentials: "same-origin",
    headers: { "HX-Request": "true", "X-CSRFToken": jeton() || "" }, ...options,
  });

  // Why the server would not keep it: its sentence, or null when trying again may do.
  async function refus(reponse) {
    if (reponse.status < 400 || reponse.status >= 500 || [401, 408, 429].includes(reponse.status)) return null;
    const phrase = (await reponse.text()).trim();
    return phrase && !phrase.startsWith("<") ? phrase : null;
  }

  // Sends what the form holds now; one sending at a time, the last keys leave with the next one.
  // Returns "garde", "refus", "session", "reseau" or "panne".
  function garder(f, options) {
    const s = suivi(f);
    clearTimeout(s.minuterie);
    s.envoi = (s.envoi || Promise.resolve()).then(() => envoyer(f, s, options));
    return s.envoi;
  }

  async function envoyer(f, s, options) {
    const frappes = s.frappes;
    s.texte = saisi(`${contenu(f)}`);
    let issue = "panne";
    try {
      const reponse = await poster(f, contenu(f), { signal: AbortSignal.timeout(15000), ...options });
      const phrase = await refus(reponse);
      if (phrase) {
        garderIci(f);
        dire(f, phrase);
        return "refus";
      }
      if (reponse.status === 401) issue = "session";
      if (!reponse.ok) throw new Error(`${reponse.status}`);
      const { version, texte } = await reponse.json();
      f.elements.brouillon.value = version;
      localStorage.removeItem(cle(f));
      Object.assign(s, { gardees: frappes, echecs: 0 });
      if (s.frappes === frappes) saisieGardee(f);
      dire(f, texte);
      return "garde";
    } catch (erreur) {
      if (erreur instanceof TypeError) issue = "reseau";
      const ou = garderIci(f) ? ICI : "votre saisie reste dans cette page.";
      dire(f, issue === "session" ? `Votre session a expiré : ${ou}` : `Hors connexion : ${ou}`);
      s.minuterie = setTimeout(() => { if (f.isConnected) garder(f); }, REPRISES[Math.min(s.echecs, REPRISES.length - 1)]);
      s.echecs += 1;
      return issue;
    }
  }

  function programmer(f, delai = ATTENTE) {
    const s = suivi(f);
    s.frappes += 1;
    clearTimeout(s.minuterie);
    s.minuterie = setTimeout(() => { if (f.isConnected) garder(f); }, delai);
  }

  const touche = (e) => (e.target.name ? e.target.closest("form[data-brouillon]") : null);
  document.addEventListener("input", (e) => { if (touche(e)) programmer(touche(e)); });
  // A field that is left tells a change that its keys have told already; a script may tell it by this event alone.
  document.addEventListener("change", (e) => {
    const f = touche(e);
    if (f && saisi(`${contenu(f)}`) !== suivi(f).texte) programmer(f);
  });
  const attendent = () => formulaires().filter((f) => suivi(f).frappes > suivi(f).gardees);
  const reessayer = () => attendent().forEach((f) => { if (suivi(f).echecs) garder(f); });
  addEventListener("online", reessayer);
  addEventListener("focus", reessayer); // back from the tab where she signed in again
  addEventListener("pagehide", () => attendent().forEach((f) => garder(f, { keepalive: true, signal: undefined })));

  // ---------- sending the form ----------
  // A form that leaves the page is kept first: without session or network it stays here, with what is typed.
  document.addEventListener("submit", async (e) => {
    const f = e.target;
    if (f.matches("form[data-brouillons-de]")) cles(`${PREFIXE}${f.dataset.brouillonsDe}:`).forEach((nom) => localStorage.removeItem(nom));
    if (!f.matches("form[data-brouillon]")) return;
    const s = suivi(f);
    clearTimeout(s.minuterie);
    if (f.hasAttribute("hx-post") || f.dataset.pret || s.frappes === s.gardees) return;
    e.preventDefault();
    e.stopImmediatePropagation();
    const issue = await garder(f);
    if (issue === "session") return window.ROR.sessionExpiree();
    if (issue === "reseau") return annoncer(`Hors connexion : ${ICI}`);
    f.dataset.pret = "";
    f.requestSubmit(e.submitter);
    delete f.dataset.pret;
  }, true);
  document.addEventListener("htmx:afterRequest", (e) => {
    const f = e.detail.elt;
    if (f.matches?.("form[data-brouillon]") && f.isConnected && !e.detail.successful) programmer(f, 0);
  });

  // ---------- opening a form ----------
  // What this device still holds of it (crash or lost session while offline) goes to the server, which offers it.
  async function remettre(f) {
    const copies = cles(`${racine(f)}~`).filter((nom) => nom !== cle(f)).map((nom) => [nom, lireIci(nom)]);
    let remises = 0;
    for (const [nom, copie] of copies.sort((x, y) => x[1]?.le - y[1]?.le)) {
      const neuve = copie?.champs && saisi(copie.champs) !== saisi(`${contenu(f)}`);
      const reponse = neuve ? await poster(f, new URLSearchParams(copie.champs)).catch(() => null) : null;
      if (neuve && !reponse?.ok) continue;
      localStorage.removeItem(nom);
      remises += neuve ? 1 : 0;
    }
    const cible = `#saisie-${f.id}`;
    if (!remises || !f.isConnected || !document.querySelector(cible)) return;
    window.htmx.ajax("GET", f.getAttribute("action"), { target: cible, select: cible, swap: "outerHTML" });
  }

  function animer(zone) {
    for (const f of formulaires(zone)) {
      if (suivis.has(f)) continue;
      suivi(f).texte = saisi(`${contenu(f)}`);
      if (f.hasAttribute("data-modifie")) programmer(f, 0);
      remettre(f);
    }
  }

  for (const nom of cles(PREFIXE)) if (!(lireIci(nom)?.le > Date.now() - TRENTE_JOURS)) localStorage.removeItem(nom);
  animer(document);
  document.addEventListener("htmx:load", (e) => animer(e.detail.elt.parentElement || document));
})();
