// The results of a page on a map. Each card says its number and its position; Leaflet comes only when the map is opened.
// details[data-plan] > [data-plan-toile]; cards: [data-rang][data-lat][data-lon]. The list says all that the map shows.
{
  const OUVERTE = "ror.plan";
  const VUE_PAR_DEFAUT = [46.6, 2.4];
  let venue = null; // the promise of Leaflet, asked for once
  let carte = null;

  const memoire = {
    get ouverte() {
      try {
        return sessionStorage.getItem(OUVERTE) === "1";
      } catch {
        return false;
      }
    },
    set ouverte(oui) {
      try {
        sessionStorage.setItem(OUVERTE, oui ? "1" : "0");
      } catch {
        // private browsing: the map is closed on the next page
      }
    },
  };

  const charger = (plan) => {
    venue ??= new Promise((resolve, reject) => {
      const feuille = document.createElement("link");
      feuille.rel = "stylesheet";
      feuille.href = plan.dataset.leafletCss;
      const script = document.createElement("script");
      script.src = plan.dataset.leafletJs;
      script.addEventListener("load", () => resolve(window.L));
      script.addEventListener("error", () => {
        venue = null;
        reject(new Error("Leaflet"));
      });
      document.head.append(feuille, script);
    });
    return venue;
  };

  // Fiches at the same place share a mark: « 1, 4 », « 1 +17 ».
  const lieux = () => {
    const groupes = new Map();
    for (const fiche of document.querySelectorAll("[data-rang][data-lat][data-lon]")) {
      const { rang, lat, lon } = fiche.dataset;
      const cle = `${Number(lat).toFixed(5)} ${Number(lon).toFixed(5)}`;
      if (!groupes.has(cle)) groupes.set(cle, { point: [Number(lat), Number(lon)], fiches: [] });
      const titre = fiche.querySelector("h3 a")?.textContent.trim() ?? "";
      groupes.get(cle).fiches.push({ rang, titre, ville: fiche.dataset.ville ?? "", id: fiche.id });
    }
    return [...groupes.values()];
  };

  const numeros = ({ fiches }) =>
    fiches.length > 2 ? `${fiches[0].rang} +${fiches.length - 1}` : fiches.map((f) => f.rang).join(", ");

  const bulle = ({ fiches }) => {
    const liste = document.createElement("ul");
    liste.className = "list-unstyled mb-0";
    for (const fiche of fiches) {
      const lien = document.createElement("a");
      lien.href = `#${fiche.id}`;
      lien.textContent = `${fiche.rang}. ${fiche.titre}`;
      const ligne = document.createElement("li");
      ligne.append(lien);
      liste.append(ligne);
    }
    return liste;
  };

  const poser = (L, lieu, groupe) => {
    const nom = lieu.fiches.map((f) => `${f.rang}. ${f.titre}`).join(" ; ");
    const repere = L.marker(lieu.point, {
      icon: L.divIcon({ className: "repere", html: numeros(lieu), iconSize: null }),
      title: nom,
      alt: nom,
    });
    repere.bindPopup(() => bulle(lieu), { maxHeight: 200 });
    groupe.addLayer(repere);
  };

  const nommer = (L, places, groupe) => {
    const villes = new Map();
    for (const { point, fiches } of places) {
      const ville = fiches[0].ville;
      if (ville && !villes.has(ville)) villes.set(ville, point);
    }
    for (const [ville, point] of villes) {
      const etiquette = L.tooltip({ permanent: true, direction: "bottom", className: "plan-ville", offset: [0, 6] });
      const texte = document.createElement("span");
      texte.textContent = ville;
      groupe.addLayer(etiquette.setLatLng(point).setContent(texte));
    }
  };

  const dessiner = async (plan) => {
    const bilan = plan.querySelector("[data-plan-bilan]");
    let L;
    try {
      L = await charger(plan);
    } catch {
      bilan.textContent = "La carte n’a pas pu être chargée : la liste suffit.";
      return;
    }
    const toile = plan.querySelector("[data-plan-toile]");
    if (!toile.isConnected) return;
    carte?.remove();
    carte = L.map(toile, { zoomControl: false, minZoom: 2, maxZoom: 18, zoomAnimation: false, fadeAnimation: false, markerZoomAnimation: false });
    carte.attributionControl.setPrefix(false);
    L.control.zoom({ zoomInTitle: "Zoom avant", zoomOutTitle: "Zoom arrière" }).addTo(carte);
    L.control.scale({ imperial: false }).addTo(carte);
    if (plan.dataset.tuiles) {
      const attribution = document.createElement("span");
      attribution.textContent = plan.dataset.attribution ?? "";
      L.tileLayer(plan.dataset.tuiles, { attribution: attribution.innerHTML, maxZoom: 18 }).addTo(carte);
    }
    const places = lieux();
    const groupe = L.featureGroup().addTo(carte);
    const { centreLat, centreLon, rayon } = plan.dataset;
    if (centreLat) {
      const centre = [Number(centreLat), Number(centreLon)];
      L.circle(centre, { radius: 1000 * Number(rayon), className: "plan-cercle", interactive: false }).addTo(carte);
      L.circleMarker(centre, { radius: 5, className: "plan-centre", interactive: false }).addTo(carte);
    }
    for (const lieu of places) poser(L, lieu, groupe);
    if (!plan.dataset.tuiles) nommer(L, places, L.layerGroup().addTo(carte));
    if (places.length) carte.fitBounds(groupe.getBounds(), { padding: [30, 30], maxZoom: 14 });
    else carte.setView(centreLat ? [Number(centreLat), Number(centreLon)] : VUE_PAR_DEFAUT, centreLat ? 10 : 5);
  };

  const animer = () => {
    const plan = document.querySelector("[data-plan][hidden]");
    if (!plan) return;
    const places = lieux();
    const fiches = places.reduce((somme, lieu) => somme + lieu.fiches.length, 0);
    if (!fiches) return;
    plan.hidden = false;
    plan.querySelector("[data-plan-bilan]").textContent = fiches > 1 ? `${fiches} fiches situées` : "1 fiche située";
    plan.addEventListener("toggle", () => {
      memoire.ouverte = plan.open;
      if (plan.open) dessiner(plan);
    });
    if (memoire.ouverte) plan.open = true;
  };

  document.addEventListener("DOMContentLoaded", animer);
  document.addEventListener("htmx:afterSettle", animer);
}
