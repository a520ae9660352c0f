// Editing a fiche. Without this script every short list is complete, a long one is searched by its button, and every button is
// sent to the server.
//
// HTML contract
//   [data-codes] [data-filtre]   search box (hidden without script) that narrows the labels of .codes-liste; [data-bilan] says how many
//   [data-fermeture]             « Fermer mon offre »: radios named type_fermeture; the fields that the choice does not use are emptied and put away,
//                                and what was typed there comes back with the choice that needs it
//   [data-recherche=URL]         search in a long list: [data-q] and [data-famille] ask URL, whose answer replaces [data-trouves];
//                                what was ticked and not added waits in [data-coches]; [data-retenu] are the codes retained already
//   [data-lignes] [data-types]   column of a price that some kinds only have: hidden for the others while it is empty
//   form[data-garde] [name=geste] a shortcut; its answer replaces the form, so the list that was open is opened again
(() => {
  const { demander, sansAccent } = window.ROR;
  const LISTE = "[data-codes]";
  const DELAI = 180; // ms after the last key

  // ---------- short lists: everything is in the page ----------
  function filtrer(champ) {
    const liste = champ.closest(LISTE);
    const mots = sansAccent(champ.value).split(/\s+/).filter(Boolean);
    let visibles = 0;
    for (const option of liste.querySelectorAll(".codes-liste label")) {
      const texte = sansAccent(option.textContent);
      option.hidden = !mots.every((mot) => texte.includes(mot)) && !option.firstElementChild.checked;
      visibles += option.hidden ? 0 : 1;
    }
    liste.querySelector("[data-bilan]").textContent = mots.length ? `${visibles} dans la liste` : "";
  }

  // ---------- closing ----------
  const SERVENT = {
    "": [],
    DEF: ["date_fermeture", "message_fermeture"],
    PRO: ["date_fermeture", "date_reouverture_prevue", "message_fermeture"],
    PREV: ["date_fermeture", "date_reouverture_prevue", "message_fermeture"],
  };

  function ajuster(boite) {
    const choix = boite.querySelector("[name=type_fermeture]:checked")?.value ?? "";
    for (const nom of SERVENT.PRO) {
      const champ = boite.querySelector(`[name=${nom}]`);
      const sert = SERVENT[choix].includes(nom);
      if (!sert && champ.value) champ.dataset.garde = champ.value;
      if (sert && !champ.value && champ.dataset.garde) champ.value = champ.dataset.garde;
      if (!sert) champ.value = "";
      champ.closest(".champ").hidden = !sert;
    }
  }

  // ---------- long lists: asked to the server ----------
  const attentes = new WeakMap(); // search → { minuterie, arret }

  function demanderBientot(zone, delai) {
    const avant = attentes.get(zone);
    clearTimeout(avant?.minuterie);
    avant?.arret?.abort();
    const arret = new AbortController();
    attentes.set(zone, { arret, minuterie: setTimeout(() => chercher(zone, arret), delai) });
  }

  async function chercher(zone, arret) {
    const nom = zone.dataset.nom;
    const demande = new URLSearchParams({ [`q-${nom}`]: zone.querySelector("[data-q]").value });
    const famille = zone.querySelector("[data-famille]");
    if (famille) demande.set(`famille-${nom}`, famille.value);
    try {
      const reponse = await demander(`${zone.dataset.recherche}?${demande}`, arret.signal);
      const coches = zone.querySelector("[data-coches]");
      const cochees = [...zone.querySelectorAll("[data-trouves] input:checked:not(:disabled)")].map((c) => c.closest("label"));
      coches.append(...cochees);
      zone.querySelector("[data-trouves]").replaceWith(reponse.querySelector("[data-trouves]"));
      marquer(zone);
    } catch (erreur) {
      if (erreur.name === "AbortError") return;
      zone.querySelector("[data-bilan]").textContent = "La recherche n’a pas abouti. Vos choix sont gardés.";
    }
  }

  // What is retained or waits above is not offered twice.
  function marquer(zone) {
    const liste = zone.closest(LISTE);
    const nom = zone.dataset.nom;
    const pris = new Set([...zone.querySelectorAll("[data-coches] input")].map((c) => c.value));
    const retenus = new Set([...liste.querySelectorAll("[data-retenu]")].map((x) => x.dataset.retenu));
    for (const case_ of zone.querySelectorAll("[data-trouves] input")) {
      if (pris.has(case_.value)) case_.closest("label").remove();
      else if (case_.name === liste.dataset.champ && nom === case_.name && retenus.has(case_.value)) {
        case_.checked = case_.disabled = true;
        case_.closest("label").append(" (déjà retenu)");
      }
    }
  }

  // ---------- prices: the columns of the kind chosen ----------
  function montrerColonnes(rang) {
    const type = rang.querySelector("[name$=-type_tarif]")?.value;
    for (const colonne of rang.querySelectorAll("[data-types]")) {
      const rempli = [...colonne.querySelectorAll("input, select")].some((c) => (c.type === "checkbox" ? c.checked : c.value));
      colonne.hidden = !rempli && !colonne.dataset.types.split(" ").includes(type);
    }
  }

  function animer(zone) {
    for (const boite of zone.querySelectorAll("[data-fermeture]")) {
      // What was refused stays in sight, beside its sentence, until the person chooses again.
      if (!boite.querySelector(".champ-erreur")) ajuster(boite);
    }
    for (const champ of zone.querySelectorAll("[data-filtre][hidden]")) {
      champ.hidden = false;
      champ.previousElementSibling.hidden = false;
    }
    for (const bouton of zone.querySelectorAll("[data-chercher]:not([hidden])")) bouton.hidden = true;
    zone.querySelectorAll("[data-recherche]").forEach(marquer);
    zone.querySelectorAll("[data-lignes] .bloc").forEach(montrerColonnes);
  }

  document.addEventListener("input", (e) => {
    if (e.target.matches("[data-filtre]")) filtrer(e.target);
    if (e.target.matches("[data-q]")) demanderBientot(e.target.closest("[data-recherche]"), DELAI);
  });
  document.addEventListener("change", (e) => {
    if (e.target.matches("[data-famille]")) demanderBientot(e.target.closest("[data-recherche]"), 0);
    if (e.target.matches("[name$=-type_tarif]")) montrerColonnes(e.target.closest(".bloc"));
    if (e.target.name === "type_fermeture") ajuster(e.target.closest("[data-fermeture]"));
  });
  // Enter in a search box looks up, it does not send the form; arrow down goes to what was found.
  document.addEventListener("keydown", (e) => {
    if (!e.target.matches("[data-filtre], [data-q]")) return;
    const zone = e.target.closest("[data-recherche], .codes-choix");
    if (e.key === "Enter") {
      e.preventDefault();
      if (e.target.matches("[data-q]")) demanderBientot(zone, 0);
    } else if (e.key === "ArrowDown") {
      const premiere = zone.querySelector(".codes-liste label:not([hidden]) input:not(:disabled)");
      if (!premiere) return;
      e.preventDefault();
      premiere.focus();
    }
  });
  animer(document);
  document.addEventListener("htmx:load", (e) => animer(e.detail.elt));
})();
