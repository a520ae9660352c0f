// A long list made searchable. Without this script the <select> is complete and is sent as it is.
//
// HTML contract
//   select[data-combobox]                 becomes a field to type in, with its list; « change » is sent by the select as before
//   select[data-filtre-de=ID][data-critere=X]  keeps the options of #ID whose data-X is the chosen value; empty keeps all
(() => {
  const { sansAccent } = window.ROR;

  function animer(choix) {
    const id = choix.id;
    const options = [...choix.options].filter((o) => o.value).map((o) => ({ o, texte: sansAccent(o.textContent) }));
    const filtres = [...document.querySelectorAll(`[data-filtre-de="${id}"]`)];
    const champ = document.createElement("input");
    const liste = document.createElement("ul");
    const bilan = document.createElement("p");
    let montrees = [];
    let active = -1;

    choix.id = `${id}-valeur`;
    choix.hidden = true;
    Object.assign(champ, { id, type: "text", className: choix.className.replace("form-select", "form-control"), autocomplete: "off" });
    for (const [nom, valeur] of Object.entries({ role: "combobox", "aria-expanded": "false", "aria-controls": `${id}-liste`, "aria-autocomplete": "list" })) champ.setAttribute(nom, valeur);
    for (const nom of ["aria-invalid", "aria-describedby"]) if (choix.hasAttribute(nom)) champ.setAttribute(nom, choix.getAttribute(nom));
    Object.assign(liste, { id: `${id}-liste`, className: "combobox-liste", hidden: true });
    liste.setAttribute("role", "listbox");
    liste.setAttribute("aria-label", "Types d’UO");
    bilan.className = "petit doux mb-0";
    bilan.setAttribute("role", "status");
    choix.after(champ, liste, bilan);

    const libelle = () => (choix.value ? choix.selectedOptions[0].textContent : "");
    const admise = ({ o }) => filtres.every((f) => !f.value || o.dataset[f.dataset.critere] === f.value);

    function designer(rang) {
      active = rang;
      [...liste.children].forEach((li, i) => li.setAttribute("aria-selected", String(i === rang)));
      if (rang < 0) return champ.removeAttribute("aria-activedescendant");
      champ.setAttribute("aria-activedescendant", liste.children[rang].id);
      liste.children[rang].scrollIntoView({ block: "nearest" });
    }

    function montrer(tout = false) {
      const mots = tout ? [] : sansAccent(champ.value).split(/[^a-z0-9]+/).filter(Boolean);
      montrees = options.filter((x) => admise(x) && mots.every((mot) => x.texte.includes(mot)));
      liste.replaceChildren(...montrees.map(({ o }, i) => {
        const li = document.createElement("li");
        Object.assign(li, { id: `${id}-option-${i}`, textContent: o.textContent });
        li.setAttribute("role", "option");
        return li;
      }));
      liste.hidden = montrees.length === 0;
      champ.setAttribute("aria-expanded", String(!liste.hidden));
      bilan.textContent = montrees.length ? `${montrees.length} type${montrees.length > 1 ? "s" : ""}` : "Aucun type ne correspond. Essayez un autre mot, ou retirez un filtre.";
      designer(-1);
    }

    function fermer() {
      liste.hidden = true;
      champ.setAttribute("aria-expanded", "false");
      champ.removeAttribute("aria-activedescendant");
      champ.value = libelle();
    }

    function choisir(rang) {
      const avant = choix.value;
      choix.value = montrees[rang].o.value;
      bilan.textContent = "";
      fermer();
      if (choix.value !== avant) choix.dispatchEvent(new Event("change", { bubbles: true }));
    }

    champ.addEventListener("input", () => montrer());
    champ.addEventListener("click", () => { if (liste.hidden) { champ.select(); montrer(true); } });
    champ.addEventListener("blur", fermer);
    champ.addEventListener("keydown", (e) => {
      if (e.key === "ArrowDown" || e.key === "ArrowUp") {
        e.preventDefault();
        if (liste.hidden) montrer(champ.value === libelle());
        const pas = e.key === "ArrowDown" ? 1 : -1;
        if (montrees.length) designer((active + pas + montrees.length + (active < 0 && pas < 0 ? 1 : 0)) % montrees.length);
      } else if (e.key === "Enter") {
        e.preventDefault(); // it chooses, it does not send the form
        if (!liste.hidden && (active >= 0 || montrees.length === 1)) choisir(Math.max(active, 0));
      } else if (e.key === "Escape" && !liste.hidden) {
        e.stopPropagation();
        fermer();
      }
    });
    liste.addEventListener("mousedown", (e) => e.preventDefault()); // the field keeps the focus
    liste.addEventListener("click", (e) => { const li = e.target.closest("li"); if (li) choisir([...liste.children].indexOf(li)); });
    for (const filtre of filtres) filtre.addEventListener("change", () => { champ.value = ""; montrer(); fermer(); });
    champ.value = libelle();
  }

  const tous = (zone) => zone.querySelectorAll("select[data-combobox]:not([hidden])").forEach(animer);
  tous(document);
  document.addEventListener("htmx:load", (e) => tous(e.detail.elt.parentElement || document));
})();
