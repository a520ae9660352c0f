// « Recherche »: the filters stay open or folded as the person left them when the results change; on a small screen they
// begin folded, results first. Without script they are all there, open.
(() => {
  const voulus = new Map();

  function ranger() {
    const filtres = document.getElementById("filtres");
    if (!filtres) return;
    if (!voulus.has("filtres")) filtres.open = window.matchMedia("(min-width: 62rem)").matches;
    for (const pli of [filtres, ...filtres.querySelectorAll("details")]) {
      if (voulus.has(pli.id)) pli.open = voulus.get(pli.id);
    }
  }

  document.addEventListener("click", (e) => {
    const pli = e.target.closest("#filtres summary")?.parentElement;
    if (pli) voulus.set(pli.id, !pli.open);
  });
  document.addEventListener("htmx:afterSwap", ranger);
  ranger();
})();
