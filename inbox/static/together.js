"use strict";
// On a case's page: says who else is here, keeps drafts as they are typed, and completes names after @.
// Without it presence is as the page was opened, and a text is kept when its form is sent.
(() => {
  const BEAT_MS = 10_000;
  const WRITING_MS = 4_000;
  const PAUSE_MS = 600;
  const box = document.getElementById("together");
  if (!box) return;
  const { live, here, drafts, person, since, page, token } = box.dataset;
  const mayAct = "acts" in box.dataset;
  const stored = `earshot:${person}:${box.dataset.case}:`;
  const LOGGED_OUT = told("Not saved: you are logged out. The text stays in this window. Log in in another tab, then go on here.");
  const NO_ANSWER = told("Not saved yet: no answer from the server. The text stays in this window and is saved as soon as it answers.");

  const post = (url, fields, more = {}) =>
    fetch(url, { method: "POST", body: new URLSearchParams({ form_token: token, ...fields }), headers: { "hx-request": "true" }, ...more });

  // who is here
  let stream = null;
  let wroteAt = 0;
  const show = (words) => {
    if (box.dataset.words === words) return; // a screen reader hears what changed, and only once
    box.dataset.words = words;
    box.innerHTML = words;
  };
  const beat = async (state) => {
    if (!mayAct) return;
    try {
      const answer = await post(here, { page, state, since });
      if (answer.ok) show((await answer.text()).trim());
    } catch {
      // the next beat tries again
    }
  };
  const listen = () => {
    if (stream || !window.EventSource) return;
    stream = new EventSource(`${live}?since=${since}`);
    stream.addEventListener("others", (event) => show(event.data.trim()));
    stream.addEventListener("error", () => {
      if (stream && stream.readyState === EventSource.CLOSED) stream = null; // beats go on telling
    });
  };
  const leave = () => {
    if (stream) stream.close();
    stream = null;
    if (mayAct) navigator.sendBeacon(here, new URLSearchParams({ form_token: token, page, since, state: "left" }));
  };
  const come = () => {
    listen();
    beat("looking");
    if (mayAct) bringOver();
  };
  document.addEventListener("visibilitychange", () => (document.hidden ? leave() : come()));
  window.addEventListener("pagehide", () => {
    known.forEach((state, area) => state.isChanged && save(area, true));
    leave();
  });
  window.addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    known.forEach((state) => (state.isSent = false));
    come();
  });
  setInterval(() => {
    if (document.hidden) return;
    if (Date.now() - wroteAt > WRITING_MS) beat("looking");
    if (!stream) listen();
    known.forEach((state, area) => state.isWaiting && save(area));
  }, BEAT_MS);

  // drafts
  const known = new Map(); // textarea → what this page knows of its draft
  const areas = () => [...document.querySelectorAll("#composer form textarea[name=text], .note-form textarea[name=text]")];
  const value = (area, name) => {
    const field = area.form.elements[name];
    return field ? field.value : "";
  };
  const placeOf = (area) => {
    const isNote = !area.closest("#composer") || value(area, "audience") === "note";
    return { kind: isNote ? "note" : "reply", mention_id: isNote ? "" : value(area, "mention_id") };
  };
  const same = (one, other) => one.kind === other.kind && one.mention_id === other.mention_id;
  const stateOf = (area) => {
    if (!known.has(area)) {
      const words = document.createElement("small");
      words.className = "hint draft-state";
      area.insertAdjacentElement("afterend", words);
      known.set(area, { text: area.value, place: placeOf(area), step: 0, timer: 0, chain: Promise.resolve(), words });
    }
    return known.get(area);
  };
  const say = (area, words, isWarning = false) => {
    const state = stateOf(area);
    if (state.words.textContent === words) return;
    state.words.toggleAttribute("role", false);
    if (isWarning) state.words.setAttribute("role", "alert");
    state.words.classList.toggle("is-warning", isWarning);
    state.words.textContent = words;
  };
  const keyOf = (place) => `${stored}${place.kind}:${place.mention_id}`;
  const remember = (area) => {
    const kept = { text: area.value, place: placeOf(area), form_key: value(area, "form_key"), audience: value(area, "audience") };
    try {
      sessionStorage.setItem(keyOf(kept.place), JSON.stringify(kept));
    } catch {
      // a full or forbidden store: the text is still in the page
    }
  };
  const put = async (area, state, place, text, more) => {
    for (let tries = 0; tries < 2; tries += 1) {
      state.step = Math.max(state.step + 1, Date.now());
      const fields = { ...place, text, step: state.step, form_key: value(area, "form_key"), audience: value(area, "audience") || "note" };
      const answer = await post(drafts, fields, more);
      if (!answer.ok) throw answer;
      const said = await answer.json();
      if (said.kept || said.sent) return;
      state.step = said.step; // another device of mine has a clock ahead of this one
    }
  };
  const save = (area, isLeaving = false) => {
    const state = stateOf(area);
    clearTimeout(state.timer);
    if (state.isSent) return;
    const text = area.value;
    const place = placeOf(area);
    const before = state.place;
    state.isChanged = false;
    state.place = place;
    const more = isLeaving && text.length < 15_000 ? { keepalive: true } : {};
    const work = async () => {
      try {
        if (!same(before, place)) await put(area, state, before, "", more);
        await put(area, state, place, text, more);
        state.text = text;
        state.isWaiting = false;
        sessionStorage.removeItem(keyOf(place));
        say(area, text.trim() ? told("Draft saved") : "");
      } catch (fault) {
        state.isWaiting = true;
        remember(area);
        say(area, fault.status === 401 || fault.status === 403 ? LOGGED_OUT : NO_ANSWER, true);
      }
    };
    state.chain = isLeaving ? work() : state.chain.then(work);
  };
  const fill = (area, text, words) => {
    area.value = text;
    area.dispatchEvent(new Event("input", { bubbles: true }));
    say(area, words);
  };
  const bringOver = async () => {
    let found;
    try {
      const answer = await fetch(drafts, { headers: { "hx-request": "true" } });
      if (!answer.ok) return;
      found = (await answer.json()).drafts;
    } catch {
      return;
    }
    for (const area of areas()) {
      const state = stateOf(area);
      const draft = found.find((one) => same(one, placeOf(area)));
      const isUntouched = area.value === state.text && !state.isChanged && !state.isSent;
      if (draft && isUntouched && draft.text.trim() !== area.value.trim()) {
        fill(area, draft.text, told("Your draft, as you left it in another window"));
        clearTimeout(state.timer);
        Object.assign(state, { text: draft.text, isChanged: false });
      }
    }
  };
  const restore = async () => {
    for (const area of areas()) {
      const place = placeOf(area);
      const kept = JSON.parse(sessionStorage.getItem(keyOf(place)) || "null");
      if (!kept) continue;
      try {
        const answer = await fetch(`${drafts}?key=${encodeURIComponent(kept.form_key)}`, { headers: { "hx-request": "true" } });
        if (!answer.ok) continue;
        const isSent = (await answer.json()).sent;
        sessionStorage.removeItem(keyOf(place));
        if (!isSent && kept.text.trim() && kept.text.trim() !== area.value.trim() && !stateOf(area).isChanged) {
          fill(area, kept.text, told("Your text is back"));
        }
      } catch {
        continue;
      }
    }
  };
  document.addEventListener("input", (event) => {
    const area = event.target.closest && event.target.closest("form")?.querySelector("textarea[name=text]");
    if (!mayAct || !area || !areas().includes(area)) return;
    const state = stateOf(area);
    state.isChanged = true;
    clearTimeout(state.timer);
    state.timer = setTimeout(() => save(area), PAUSE_MS);
    if (event.target === area && event.isTrusted && Date.now() - wroteAt > WRITING_MS) {
      wroteAt = Date.now();
      beat("writing");
    }
  });
  document.addEventListener("submit", (event) => {
    const area = areas().find((one) => one.form === event.target);
    if (!mayAct || !area) return;
    const state = stateOf(area);
    clearTimeout(state.timer);
    remember(area);
    state.isChanged = false;
    state.isSent = true;
  });
  document.addEventListener("htmx:afterSettle", () => {
    // the composer was swapped: a saved reply was put into it
    for (const area of known.keys()) if (!area.isConnected) known.delete(area);
    for (const area of areas()) if (!known.has(area) && area.value.trim()) save(area);
  });

  // names after @
  const NAME = /(^|[\s(])@([^\s@]{0,40}(?: [^\s@]{1,40})?)$/;
  const names = [...document.querySelectorAll("#people-here option")].map((one) => one.value);
  let list = null;
  const close = () => {
    if (!list) return;
    list.area.removeAttribute("aria-activedescendant");
    list.area.removeAttribute("aria-controls");
    list.element.remove();
    list = null;
  };
  const isNote = (area) => area.matches(".act-with-note textarea") || (areas().includes(area) && placeOf(area).kind === "note");
  const choose = (name) => {
    const { area, start } = list;
    const end = area.selectionStart;
    close();
    area.focus();
    area.setRangeText(`${name} `, start, end, "end");
    area.dispatchEvent(new Event("input", { bubbles: true }));
  };
  const point = (place) => {
    const items = [...list.element.children];
    list.place = (place + items.length) % items.length;
    items.forEach((item, at) => item.setAttribute("aria-selected", String(at === list.place)));
    list.area.setAttribute("aria-activedescendant", items[list.place].id);
  };
  const offer = (area) => {
    close();
    const said = NAME.exec(area.value.slice(0, area.selectionStart));
    if (!said || !isNote(area)) return;
    const wanted = said[2].toLocaleLowerCase();
    const fits = (name) => [name, ...name.split(" ")].some((part) => part.toLocaleLowerCase().startsWith(wanted));
    const found = names.filter(fits).slice(0, 6);
    if (!found.length || found.some((name) => name.toLocaleLowerCase() === wanted)) return;
    const element = document.createElement("ul");
    element.className = "name-list";
    element.id = "name-list";
    element.setAttribute("role", "listbox");
    element.setAttribute("aria-label", told("People"));
    found.forEach((name, at) => {
      const item = document.createElement("li");
      item.id = `name-${at}`;
      item.setAttribute("role", "option");
      item.textContent = name;
      item.addEventListener("mousedown", (event) => {
        event.preventDefault();
        choose(name);
      });
      element.append(item);
    });
    area.insertAdjacentElement("afterend", element);
    area.setAttribute("aria-autocomplete", "list");
    area.setAttribute("aria-controls", element.id);
    list = { area, element, found, start: area.selectionStart - said[2].length, place: 0 };
    point(0);
  };
  document.addEventListener("input", (event) => {
    if (event.target.matches("textarea[name=text]")) offer(event.target);
  });
  document.addEventListener("focusout", close);
  document.addEventListener(
    "keydown",
    (event) => {
      if (!list || event.target !== list.area) return;
      const acts = {
        ArrowDown: () => point(list.place + 1),
        ArrowUp: () => point(list.place - 1),
        Enter: () => choose(list.found[list.place]),
        Tab: () => choose(list.found[list.place]),
        Escape: close,
      };
      if (!(event.key in acts) || event.shiftKey || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      event.stopPropagation();
      acts[event.key]();
    },
    true,
  );

  areas().forEach(stateOf);
  if (mayAct) restore().then(bringOver); // the page may have been fetched some time before it is looked at
  if (!document.hidden) {
    listen();
    beat("looking");
  }
})();
