// Behaviours common to every page. Nothing here is needed to read or to send: without script, links and forms do it all.
//
// HTML contract
//   #annonces                     live region; `HX-Trigger: {"annonce": "…"}` from the server, or ROR.annoncer("…")
//   #messages                     where notices go; `HX-Trigger: {"avis": {"sorte": "ok", "texte": "…"}}`
//   <x data-focus>                takes the focus when it arrives (page load or HTMX answer)
//   <x data-focus-retour>         takes it when an answer leaves no focus and has no data-focus
//   <form data-garde>             warns before what was typed is lost; [data-modifie]: it comes from the server with such typing
//   <x data-discret>              asks the server by itself: its answers and failures neither speak, nor move the focus
//   hx-target="#dialogue"         opens the answer in the dialogue; <a data-ferme> closes it; `HX-Trigger: fermer-dialogue`
//   .volets button[data-volet=ID] shows one child of [data-volets] on small screens; `ror:ouvrir-fiche` shows the second
//   <form data-barre>             « Valider » waits for the box « J’ai relu… »
//   .mot-de-passe button          shows or hides the password of its group
(() => {
  const REFUS = {
    0: "Le serveur ne répond pas. Rien n’est perdu : votre saisie reste dans cette page.",
    400: "Cette demande n’a pas pu être lue. Rechargez la page, puis réessayez.",
    403: "Votre droit ne permet pas cette action ici.",
    404: "Cette fiche n’est plus disponible : elle a pu être déplacée ou supprimée.",
    405: "Cette action n’existe plus ici. Rechargez la page.",
    409: "Quelqu’un a modifié cette fiche entre-temps. Rechargez la page pour voir son état.",
    413: "Ce fichier est trop volumineux.",
    429: "Trop d’essais rapprochés. Patientez quelques instants.",
    500: "Le serveur a rencontré un problème. Rien n’est perdu : votre saisie reste dans cette page.",
  };
  const un = (selecteur, dans = document) => dans.querySelector(selecteur);
  const tous = (selecteur, dans = document) => [...dans.querySelectorAll(selecteur)];

  // ---------- announcements and notices ----------
  function annoncer(texte) {
    const zone = un("dialog[open] [data-annonces]") || un("#annonces");
    zone.textContent = "";
    setTimeout(() => { zone.textContent = texte; }, 50);
  }

  function avis(sorte, texte, hote = un("#messages")) {
    const modele = un("#modeles-avis").content.querySelector(`.avis-${sorte}`);
    if (!modele) throw new Error(`Sorte d’avis inconnue : ${sorte}`);
    const bloc = modele.cloneNode(true);
    un("div", bloc).textContent = texte;
    hote.prepend(bloc);
    return bloc;
  }

  document.addEventListener("annonce", (e) => annoncer(e.detail.value ?? e.detail));
  document.addEventListener("avis", (e) => {
    avis(e.detail.sorte, e.detail.texte);
    annoncer(e.detail.texte);
  });

  // ---------- session and CSRF token ----------
  // Signing in again in another tab changes the token: the cookie is the truth, the page's copy may be older.
  const jeton = () => document.cookie.match(/(?:^|; )csrftoken=([^;]+)/)?.[1];

  function sessionExpiree() {
    const fenetre = un("#reconnexion");
    if (fenetre && !fenetre.open) fenetre.showModal();
  }

  document.addEventListener("submit", (e) => {
    const cache = un("input[name=csrfmiddlewaretoken]", e.target);
    if (cache && jeton()) cache.value = jeton();
  }, true);
  document.addEventListener("htmx:configRequest", (e) => {
    if (jeton()) e.detail.headers["X-CSRFToken"] = jeton();
  });

  // What a page asks by itself is no act of the person: nothing of it interrupts her.
  const discret = (e) => !!e.detail.elt?.closest?.("[data-discret]");

  // ---------- HTMX: refusals keep the form and say why ----------
  function refuser(source, statut, reponse) {
    if (statut === 401) return sessionExpiree();
    const phrase = reponse && !reponse.trimStart().startsWith("<") ? reponse.trim() : "";
    const texte = phrase || REFUS[statut] || REFUS[statut >= 500 ? 500 : 409];
    const hote = source.closest("form, dialog[open]") || un("#messages");
    tous("[data-refus]").forEach((x) => x.remove());
    const bloc = avis("erreur", texte, hote);
    bloc.dataset.refus = "";
    if (!statut || statut >= 500) {
      const bouton = document.createElement("button");
      Object.assign(bouton, { type: "button", className: "btn btn-sm btn-outline-primary ms-2", textContent: "Réessayer" });
      bouton.addEventListener("click", () => {
        bloc.remove();
        source.matches("form") ? source.requestSubmit() : source.click();
      });
      const support = document.body.dataset.support;
      un("div", bloc).append(support ? ` Support : ${support}. ` : " ", bouton);
    }
    bloc.tabIndex = -1;
    bloc.focus();
    annoncer(texte);
  }

  // 422 is a form with its errors, swapped as usual; another refusal is swapped when the server sent a screen for it
  // (HX-Retarget or HX-Reswap: choice between two versions…), told otherwise.
  document.addEventListener("htmx:beforeSwap", (e) => {
    const { xhr, elt, isError } = e.detail;
    if (!isError) return;
    e.detail.isError = false;
    if (discret(e)) return;
    if (xhr.getResponseHeader("HX-Retarget") || xhr.getResponseHeader("HX-Reswap")) e.detail.shouldSwap = true;
    else refuser(elt, xhr.status, xhr.responseText);
  });
  document.addEventListener("htmx:sendError", (e) => { if (!discret(e)) refuser(e.detail.elt, 0, ""); });
  document.addEventListener("htmx:timeout", (e) => { if (!discret(e)) refuser(e.detail.elt, 0, ""); });

  // ---------- focus ----------
  let dernier = ""; // id of what had the focus before the swap
  function viser(element) {
    if (!element.matches("a[href], button, input, select, textarea, summary, [tabindex]")) element.tabIndex = -1;
    element.focus();
  }
  document.addEventListener("htmx:beforeSwap", () => { dernier = document.activeElement?.id || ""; });
  document.addEventListener("htmx:afterSettle", (e) => {
    if (e.detail.target?.closest?.("[data-discret]")) return;
    const arrive = e.detail.target?.isConnected ? e.detail.target : document.getElementById(e.detail.target?.id);
    const zone = arrive || document.body;
    const voulu = zone.matches("[data-focus]") ? zone : un("[data-focus]", zone);
    if (voulu) {
      voulu.removeAttribute("data-focus");
      return viser(voulu);
    }
    if (document.activeElement && document.activeElement !== document.body) return;
    const retour = (dernier && document.getElementById(dernier)) || un("[data-focus-retour]", zone) || arrive;
    if (retour) viser(retour);
  });

  // ---------- the dialogue ----------
  document.addEventListener("htmx:afterSwap", (e) => {
    if (e.detail.target.id !== "dialogue") return;
    const fenetre = e.detail.target;
    if (!fenetre.firstElementChild) return fenetre.close();
    if (fenetre.open) return;
    fenetre.showModal();
    const premier = un("[data-focus]", fenetre) || un("form :is(input:not([type=hidden]), select, textarea)", fenetre);
    if (premier) viser(premier);
  });
  document.addEventListener("fermer-dialogue", () => un("#dialogue").close());
  document.addEventListener("click", (e) => {
    const fenetre = e.target.closest("[data-ferme]")?.closest("dialog");
    if (!fenetre) return;
    e.preventDefault();
    fenetre.close();
  });

  // ---------- what was typed and not sent ----------
  const modifies = new Set();
  const enCours = () => [...modifies].filter((f) => f.isConnected);
  document.addEventListener("input", (e) => {
    const formulaire = e.target.closest("form[data-garde]");
    if (formulaire) modifies.add(formulaire);
  });
  const saisieGardee = (formulaire) => modifies.delete(formulaire);
  document.addEventListener("submit", (e) => { if (!e.target.hasAttribute("hx-post")) modifies.delete(e.target); });
  addEventListener("beforeunload", (e) => { if (enCours().length) e.preventDefault(); });
  document.addEventListener("htmx:beforeRequest", (e) => {
    const { target, elt } = e.detail;
    const perdus = enCours().filter((f) => target.contains(f) && !f.contains(elt));
    if (!perdus.length) return;
    if (confirm("Votre saisie n’est pas enregistrée. Quitter sans l’enregistrer ?")) perdus.forEach((f) => modifies.delete(f));
    else e.preventDefault();
  });

  // ---------- small gestures ----------
  document.addEventListener("keydown", (e) => {
    const saisie = /^(INPUT|TEXTAREA|SELECT)$/.test(document.activeElement.tagName) || document.activeElement.isContentEditable;
    if (e.key !== "/" || e.ctrlKey || e.metaKey || e.altKey || saisie || un("dialog[open]")) return;
    const rapide = un(".rapide input");
    if (rapide?.checkVisibility()) {
      e.preventDefault();
      rapide.focus();
    }
  });

  document.addEventListener("click", (e) => {
    const bouton = e.target.closest(".mot-de-passe button");
    if (!bouton) return;
    const champ = un("input", bouton.parentElement);
    const visible = champ.type === "password";
    champ.type = visible ? "text" : "password";
    bouton.setAttribute("aria-pressed", visible);
  });

  document.addEventListener("click", (e) => {
    const bouton = e.target.closest("form[data-barre] .btn-primary");
    if (bouton?.getAttribute("aria-disabled") !== "true") return;
    e.preventDefault();
    un("[type=checkbox]", bouton.form).focus();
    annoncer(document.getElementById(bouton.getAttribute("aria-describedby")).textContent);
  });
  document.addEventListener("change", (e) => { if (e.target.closest("form[data-barre]")) barre(e.target.form); });
  const barre = (f) => un(".btn-primary", f).setAttribute("aria-disabled", !un("[type=checkbox]", f).checked);

  function volets(groupe) {
    const boutons = tous("button", groupe);
    const montrer = (id) => {
      boutons.forEach((b) => b.setAttribute("aria-pressed", b.dataset.volet === id));
      tous(":scope > *", un("[data-volets]")).forEach((v) => v.classList.toggle("masque", v.id !== id));
    };
    groupe.addEventListener("click", (e) => {
      const bouton = e.target.closest("button");
      if (bouton) montrer(bouton.dataset.volet);
    });
    document.addEventListener("ror:ouvrir-fiche", () => montrer(boutons[1].dataset.volet));
    groupe.hidden = false;
    montrer((un("[aria-pressed=true]", groupe) || boutons[0]).dataset.volet);
  }

  // Rows shown as cards lose the roles of a table in some browsers: say them.
  const ROLES = { table: "table", "thead, tbody": "rowgroup", tr: "row", "thead th": "columnheader", "tbody th": "rowheader", td: "cell" };
  function roles(table) {
    table.setAttribute("role", "table");
    Object.entries(ROLES).slice(1).forEach(([quoi, role]) => tous(quoi, table).forEach((x) => x.setAttribute("role", role)));
  }

  function animer(zone) {
    tous("table.t-cartes", zone).forEach(roles);
    tous("form[data-barre]", zone).forEach(barre);
    tous(".volets[hidden]", zone).forEach(volets);
    tous("form[data-garde][data-modifie]", zone).forEach((f) => modifies.add(f));
  }

  // ---------- for the other scripts ----------
  const sansAccent = (s) => s.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

  // Fragment of HTML at an address, asked as HTMX does; an Error whose message is the status otherwise.
  async function demander(adresse, signal) {
    const reponse = await fetch(adresse, { headers: { "HX-Request": "true" }, credentials: "same-origin", signal });
    if (reponse.status === 401) sessionExpiree();
    if (!reponse.ok) throw new Error(`${reponse.status}`);
    const modele = document.createElement("template");
    modele.innerHTML = await reponse.text();
    return modele.content;
  }

  window.ROR = { annoncer, avis, demander, jeton, saisieGardee, sansAccent, sessionExpiree };
  animer(document);
  document.addEventListener("htmx:load", (e) => animer(e.detail.elt.parentElement || document));
  const premier = un("[data-focus]");
  if (premier) viser(premier);
  tous("dialog[data-ouvert]").forEach((d) => d.showModal());
})();
