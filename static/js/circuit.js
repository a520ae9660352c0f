// The circuit of the dossiers. Without script, the server says why an act waits, and a button keeps what was read.
//
// HTML contract
//   button[aria-disabled=true][data-bloque="#id"]   a click goes to what it waits for, and says it, instead of sending
//   form[data-choix]                                 « Garder mes choix »: conflicts of one fiche; it waits for an answer
(() => {
  document.addEventListener("click", (e) => {
    const bouton = e.target.closest("button[data-bloque]");
    if (bouton?.getAttribute("aria-disabled") !== "true") return;
    e.preventDefault();
    const raison = document.querySelector(bouton.dataset.bloque);
    (raison.querySelector("a") || raison).focus();
    window.ROR.annoncer(raison.textContent.replace(/\s+/g, " ").trim());
  });

  document.addEventListener("submit", (e) => {
    if (!e.target.matches("form[data-choix]") || e.target.querySelector("input[type=radio]:checked")) return;
    e.preventDefault();
    e.target.querySelector("input[type=radio]").focus();
    window.ROR.annoncer("Choisissez une valeur avant de garder vos choix.");
  });
})();
