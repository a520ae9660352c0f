// The edits of a week, as referentiel/horaires/edition.py and saisie.py do them: change both together, a test compares them.
// A plage is { jour: 1 (Monday) … 7, debut, fin }, in minutes since midnight of its day; a fin beyond 1440 is on the next day.
(() => {
  const PAS = 15;
  const MINUIT = 1440;
  const OUVRABLES = [2, 3, 4, 5];
  const FORMES = [/^(\d{1,2})(?:[h:.](\d{2})?)?$/i, /^(\d{1,2})(\d{2})$/];

  // ---------- hours as they are typed and written ----------
  // Minutes of « 9 », « 9h30 », « 9:30 », « 0930 », « 24h »; null when it is no hour.
  function lireHeure(texte) {
    const serre = texte.replace(/\s/g, "");
    for (const forme of FORMES) {
      const lu = forme.exec(serre);
      if (!lu || Number(lu[2] || 0) > 59) continue;
      const minutes = Number(lu[1]) * 60 + Number(lu[2] || 0);
      if (minutes <= MINUIT) return minutes;
    }
    return null;
  }

  // The plage typed; null when an hour cannot be read, { nuit: true } when it would have to end the next day.
  function lirePlage(jour, de, a, nuit) {
    let [debut, fin] = [lireHeure(de), lireHeure(a)];
    if (debut === null || fin === null) return null;
    debut %= MINUIT;
    fin = fin || MINUIT;
    if (fin > debut) return { jour, debut, fin };
    return nuit ? { jour, debut, fin: fin + MINUIT } : { nuit: true };
  }

  const deux = (n) => String(n).padStart(2, "0");
  const champ = (minutes) => `${deux(Math.floor(minutes / 60))}:${deux(minutes % 60)}`;
  const heureDeFin = (plage) => champ(plage.fin - (plage.fin > MINUIT ? MINUIT : 0));
  const saisie = (plage) => ({ de: champ(plage.debut), a: heureDeFin(plage), nuit: plage.fin > MINUIT });

  function dire(minutes) {
    const m = minutes > MINUIT ? minutes - MINUIT : minutes;
    return m === MINUIT ? "minuit" : `${Math.floor(m / 60)} h${m % 60 ? ` ${deux(m % 60)}` : ""}`;
  }
  const direPlage = (p) => `de ${dire(p.debut)} à ${dire(p.fin)}${p.fin > MINUIT ? " le lendemain" : ""}`;

  // ---------- edits ----------
  const pareilles = (p, q) => p.jour === q.jour && p.debut === q.debut && p.fin === q.fin;
  const borner = (valeur, minimum, maximum) => Math.max(minimum, Math.min(valeur, maximum));
  const arrondir = (minutes) => Math.round(minutes / PAS) * PAS;
  const demain = (jour) => (jour % 7) + 1;

  function normaliser(plages) {
    const rangees = [];
    for (const plage of [...plages].sort((p, q) => p.jour - q.jour || p.debut - q.debut || p.fin - q.fin)) {
      const avant = rangees.at(-1);
      if (avant?.jour === plage.jour && plage.debut <= avant.fin) {
        rangees[rangees.length - 1] = { ...avant, fin: Math.max(avant.fin, plage.fin) };
      } else rangees.push(plage);
    }
    return rangees;
  }

  function aCouper(plage, plages, touches) {
    if (plage.fin <= MINUIT || plage.jour > 7) return false;
    if (!touches.has(plage.jour) && !touches.has(demain(plage.jour))) return false;
    if (plage.fin - plage.debut > MINUIT) return true;
    return plages.some((p) => p.jour === demain(plage.jour) && p.debut < plage.fin - MINUIT);
  }

  function ranger(plages, touches) {
    let rangees = normaliser(plages);
    const vus = new Set(touches);
    for (;;) {
      const nuit = rangees.find((p) => aCouper(p, rangees, vus));
      if (!nuit) return rangees;
      const suite = demain(nuit.jour);
      vus.add(nuit.jour).add(suite);
      rangees = normaliser([
        ...rangees.filter((p) => p !== nuit),
        { ...nuit, fin: MINUIT },
        { jour: suite, debut: 0, fin: nuit.fin - MINUIT },
      ]);
    }
  }

  // Where a plage would go: what `deplacer` and `etirer` put in its place, shown while it is dragged.
  function deplacee(plage, jour, debut) {
    const duree = plage.fin - plage.debut;
    const d = borner(debut, 0, MINUIT - (plage.fin > MINUIT ? PAS : duree));
    return { jour, debut: d, fin: d + duree };
  }
  const etiree = (plage, { debut, fin }) =>
    debut !== undefined
      ? { ...plage, debut: borner(debut, Math.max(0, plage.fin - MINUIT), Math.min(plage.fin, MINUIT) - PAS) }
      : { ...plage, fin: borner(fin, plage.debut + PAS, plage.debut + MINUIT) };

  const retirer = (plages, plage) => plages.filter((p) => !pareilles(p, plage));
  const poser = (plages, plage) => ranger([...plages, plage], [plage.jour]);
  const deplacer = (plages, plage, jour, debut) => poser(retirer(plages, plage), deplacee(plage, jour, debut));
  const etirer = (plages, plage, bord) => poser(retirer(plages, plage), etiree(plage, bord));

  function copier(plages, de, vers) {
    const cibles = new Set(vers.filter((jour) => jour !== de));
    const copies = [...cibles].flatMap((jour) => plages.filter((p) => p.jour === de).map((p) => ({ ...p, jour })));
    return ranger([...plages.filter((p) => !cibles.has(p.jour)), ...copies], cibles);
  }

  // Whether two plages share a moment, nights that run into the next day included.
  function seCroisent(p, q) {
    const semaine = 7 * MINUIT;
    const ecart = ((q.jour - p.jour) * MINUIT + q.debut - p.debut + semaine) % semaine;
    return ecart < p.fin - p.debut || semaine - ecart < q.fin - q.debut;
  }

  window.ROR.semaine = {
    PAS, MINUIT, OUVRABLES, lireHeure, lirePlage, saisie, champ, dire, direPlage, pareilles, arrondir, normaliser, ranger,
    deplacee, etiree, retirer, poser, deplacer, etirer, copier, seCroisent,
  };
})();
