// Presence (B17): an open form says every 20 s that it is (htmx, in its own markup); here it says that it is closed.
//
// HTML contract
//   [data-presence=URL]  is in the page as long as the form is; URL is told when it is there no more
(() => {
  const ouverts = () => new Set([...document.querySelectorAll("[data-presence]")].map((x) => x.dataset.presence));
  let connus = ouverts();

  function partir(adresse) {
    const corps = new FormData();
    corps.append("csrfmiddlewaretoken", window.ROR.jeton() || "");
    navigator.sendBeacon(adresse, corps);
  }

  // What she is reading there stays as it is until she closes it; it is asked again 20 s later.
  document.addEventListener("htmx:beforeSwap", (e) => {
    const zone = e.detail.target;
    if (zone?.matches?.("[data-discret]") && (zone.contains(document.activeElement) || zone.querySelector("details[open]"))) e.detail.shouldSwap = false;
  });
  document.addEventListener("htmx:afterSettle", () => {
    const restent = ouverts();
    connus.forEach((adresse) => { if (!restent.has(adresse)) partir(adresse); });
    connus = restent;
  });
  addEventListener("pagehide", () => connus.forEach(partir));
})();
