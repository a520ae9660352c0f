// « Près de moi »: the position of the browser, rounded to some hundred metres, becomes the place of the search.
{
  const ARRONDI = 3;
  const REFUS = {
    1: "Votre position n’a pas été partagée. Autorisez-la dans votre navigateur, ou écrivez une commune.",
    2: "Votre position n’est pas connue de cet appareil. Écrivez une commune.",
    3: "Votre position tarde à venir. Réessayez, ou écrivez une commune.",
  };

  const dire = (texte) => {
    const avis = document.querySelector("[data-avis-position]");
    if (avis) avis.textContent = texte;
  };

  const aller = (formulaire, position) => {
    const voulus = new URLSearchParams();
    for (const [nom, valeur] of new FormData(formulaire)) {
      if (valeur && !["ou", "lat", "lon", "tri", "page"].includes(nom)) voulus.append(nom, valeur);
    }
    voulus.set("lat", position.coords.latitude.toFixed(ARRONDI));
    voulus.set("lon", position.coords.longitude.toFixed(ARRONDI));
    if (!voulus.get("km")) voulus.set("km", "20");
    voulus.set("tri", "distance");
    window.location.assign(`${formulaire.action.split("?")[0]}?${voulus}`);
  };

  const animer = () => {
    for (const bouton of document.querySelectorAll("[data-pres-de-moi][hidden]")) {
      bouton.hidden = false;
      bouton.addEventListener("click", () => {
        if (!window.isSecureContext || !navigator.geolocation) {
          dire("Votre navigateur ne donne pas votre position ici : écrivez une commune.");
          return;
        }
        dire("Recherche de votre position…");
        navigator.geolocation.getCurrentPosition(
          (position) => aller(bouton.form, position),
          (refus) => dire(REFUS[refus.code] || REFUS[2]),
          { timeout: 10000, maximumAge: 300000 },
        );
      });
    }
  };

  document.addEventListener("DOMContentLoaded", animer);
}
