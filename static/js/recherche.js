// « Recherche »: the filters stay open or folded as the person left them when the results change; on a small screen they
// begin folded, results first, and so does the part of the form that nobody used. Without script they are all there, open.
(() => {
  const voulus = new Map();
  const large = window.matchMedia("(min-width: 62rem)");

  function replier() {
    const plus = document.getElementById("plus");
    if (!plus || large.matches || voulus.has("plus") || plus.contains(document.activeElement)) return;
    const servis = [...plus.querySelectorAll("[name]")].some((c) => (c.type === "checkbox" ? c.checked : c.value));
    if (!servis && document.querySelector(".resultat")) plus.open = false;
  }

  function ranger() {
    replier();
    const filtres = document.getElementById("filtres");
    if (!filtres) return;
    if (!voulus.has("filtres")) filtres.open = large.matches;
    for (const pli of [filtres, ...filtres.querySelectorAll("details")]) {
      if (voulus.has(pli.id)) pli.open = voulus.get(pli.id);
    }
  }

  document.addEventListener("click", (e) => {
    const pli = e.target.closest("#filtres summary, #plus > summary")?.parentElement;
    if (pli) voulus.set(pli.id, !pli.open);
  });
  // « Ouvert maintenant » and « ouvert le » are one choice: the last one made empties the other, before it is sent.
  document.addEventListener("change", (e) => {
    const [maintenant, le] = ["ouvert", "le"].map((id) => document.getElementById(id));
    if (e.target === maintenant && maintenant.checked) le.value = "";
    if (e.target === le && le.value) maintenant.checked = false;
  }, true);
  document.addEventListener("htmx:afterSwap", ranger);
  ranger();
})();
