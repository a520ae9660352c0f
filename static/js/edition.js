// Editing a fiche. Without this script every list is complete and every button is sent to the server.
//
// HTML contract
//   [data-codes] [data-filtre]   search box (hidden without script) that narrows the labels of .codes-liste; [data-bilan] says how many
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

  function animer(zone) {
    for (const champ of zone.querySelectorAll("[data-filtre][hidden]")) {
      champ.hidden = false;
      champ.previousElementSibling.hidden = false;
    }
  }

  document.addEventListener("input", (e) => { if (e.target.matches("[data-filtre]")) filtrer(e.target); });
  // Enter in the search box looks up, it does not send the form.
  document.addEventListener("keydown", (e) => { if (e.key === "Enter" && e.target.matches("[data-filtre]")) e.preventDefault(); });
  animer(document);
  document.addEventListener("htmx:load", (e) => animer(e.detail.elt));
})();
