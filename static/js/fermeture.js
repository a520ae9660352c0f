// « Fermer mon offre »: a definitive closing has no reopening date, and none of the fields serves without a closing.
//
// HTML contract
//   [data-fermeture]   the box: radios named type_fermeture, inputs date_fermeture, date_reouverture_prevue, message_fermeture
// A field that does not serve is emptied and put away; its text comes back with the choice that needs it.
(() => {
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

  function animer(zone) {
    for (const boite of zone.querySelectorAll("[data-fermeture]")) {
      // What was refused stays in sight, beside its sentence, until the person chooses again.
      if (!boite.querySelector(".is-invalid, .champ-erreur")) ajuster(boite);
    }
  }

  document.addEventListener("change", (e) => { if (e.target.name === "type_fermeture") ajuster(e.target.closest("[data-fermeture]")); });
  animer(document);
  document.addEventListener("htmx:load", (e) => animer(e.detail.elt));
})();
