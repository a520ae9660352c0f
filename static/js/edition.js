// Editing a fiche. Without this script every list is complete and every button is sent to the server.
//
// HTML contract
//   [data-codes] [data-filtre]   search box (hidden without script) that narrows the labels of .codes-liste; [data-bilan] says how many
//   [data-fermeture]             « Fermer mon offre »: radios named type_fermeture; the fields that the choice does not use are emptied and put away,
//                                and what was typed there comes back with the choice that needs it
//   form[data-garde] [name=geste] a shortcut; its answer replaces the form, so the list that was open is opened again
(() => {
  const { sansAccent } = window.ROR;
  const LISTE = "[data-codes]";

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
      if (!boite.querySelector(".champ-erreur")) ajuster(boite);
    }
    for (const champ of zone.querySelectorAll("[data-filtre][hidden]")) {
      champ.hidden = false;
      champ.previousElementSibling.hidden = false;
    }
  }

  document.addEventListener("input", (e) => { if (e.target.matches("[data-filtre]")) filtrer(e.target); });
  // Enter in the search box looks up, it does not send the form.
  document.addEventListener("keydown", (e) => { if (e.key === "Enter" && e.target.matches("[data-filtre]")) e.preventDefault(); });
  document.addEventListener("change", (e) => { if (e.target.name === "type_fermeture") ajuster(e.target.closest("[data-fermeture]")); });
  animer(document);
  document.addEventListener("htmx:load", (e) => animer(e.detail.elt));
})();
