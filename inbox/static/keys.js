"use strict";
// The keyboard: commands by key, sequences such as "g q", the map and the command bar. The page holds the map (keys_map.html),
// so that a key is said in one place. Everything can also be done with links and buttons.
(() => {
  const map = document.getElementById("key-map");
  const bar = document.getElementById("command-bar");
  if (!map || !bar) return;
  const SEQUENCE_MS = 1500;
  const WRITES = "textarea, select, [contenteditable]:not([contenteditable='false']), input:not([type=checkbox], [type=radio], [type=button], [type=submit])";
  const find = (selector) => document.querySelector(selector);
  const findAll = (selector) => Array.from(document.querySelectorAll(selector));

  function say(words) {
    const place = document.getElementById("key-said");
    place.textContent = "";
    window.setTimeout(() => { place.textContent = words; }, 50);
  }

  // The list: rows are moved along by focus, so that a screen reader says each.
  const rows = () => findAll(".row a.open, .pane-list a");
  const focused = () => rows().findIndex((link) => link.closest("li").contains(document.activeElement));
  const current = () => rows().findIndex((link) => link.matches("[aria-current]"));

  function move(step) {
    const links = rows();
    const from = focused() >= 0 ? focused() : current();
    const to = from < 0 ? (step > 0 ? 0 : links.length - 1) : from + step;
    if (!links[to]) return say(step > 0 ? told("Last row of this page") : told("First row of this page"));
    links[to].focus();
    links[to].closest("li").scrollIntoView({ block: "nearest" });
  }

  // Beside a case stands the list it was opened from, with links to its neighbours.
  function step(rel) {
    const link = find(`.pane a[rel="${rel}"]`);
    if (link) link.click(); else say(rel === "next" ? told("Last case of the list") : told("First case of the list"));
  }

  // The case
  function focusOn(element) {
    const folded = element.closest("details");
    if (folded) folded.open = true;
    element.focus();
    element.scrollIntoView({ block: "center" });
  }
  const relabel = () => findAll("details.relabel").at(-1);
  const does = (name) => findAll(`[data-does~="${name}"]`).find((each) => each.offsetParent !== null);
  const bulk = (act) => find(`#bulk [name=act] option[value^="${act}"]`);

  // The composer writes to one person, to everybody or to us; its kind is changed only where it is the other one.
  function write(what) {
    const isNote = find("#mode-note")?.checked;
    const wanted = what === "reply" ? find("#mode-public") || find("#mode-private") : find(`#mode-${what}`);
    if (wanted && (what === "reply" ? isNote : !wanted.checked)) wanted.click();
    focusOn(find("#reply-text") || find("#note-text"));
  }

  // A case of nobody is taken at once; to take one over from somebody asks for one key more.
  const assigning = () => does("assign") || takingOver();
  function assign() {
    if (does("assign")) does("assign").click();
    else if (assigning()) focusOn(assigning());
    else prepare("assign:");
  }

  const takingOver = () => find("form[action$='/take-over'] button");

  // The fields are counted, and come, when the filters are opened for the first time.
  function openFilters() {
    const first = () => find("#filter-fields select");
    if (!first()) document.addEventListener("htmx:afterSwap", () => first()?.focus(), { once: true });
    find(".filters").open = true;
    focusOn(first() || find(".filters summary"));
  }

  // In the list, these choose what is done with the ticked rows; nothing is carried out before its preview.
  function prepare(act) {
    const form = document.getElementById("bulk");
    if (!findAll(".tick:checked").length && focused() >= 0) toggle(rows()[focused()]);
    form.elements.act.value = bulk(act).value;
    focusOn(act === "label:" || act.startsWith("snooze:") ? form.elements.act : form.querySelector("[type=submit]"));
  }

  function toggle(link) {
    const box = link.closest("li").querySelector(".tick");
    if (!box) return;
    box.click();
    say(box.checked ? told("Ticked") : told("Not ticked"));
  }

  function tickAll() {
    const boxes = findAll(".tick");
    const on = boxes.some((box) => !box.checked);
    boxes.filter((box) => box.checked !== on).forEach((box) => box.click());
    say(on ? told("%(count)s ticked", { count: boxes.length }) : told("None ticked"));
  }

  function search() {
    const field = find("input[type=search]");
    if (!field) return location.assign(`${map.dataset.home}#search`);
    focusOn(field);
    field.select();
  }

  // name → [whether it can be done on this page, doing it]
  const COMMANDS = {
    down: [() => rows().length, () => move(1)],
    up: [() => rows().length, () => move(-1)],
    open: [() => focused() >= 0, () => rows()[focused()].click()],
    tick: [() => focused() >= 0 && find(".tick"), () => toggle(rows()[focused()])],
    tick_all: [() => find(".tick"), tickAll],
    news: [() => find(".news-link"), () => find(".news-link").click()],
    filters: [() => find(".filters"), openFilters],
    next: [() => find(".pane"), () => step("next")],
    previous: [() => find(".pane"), () => step("prev")],
    back: [() => find(".pane-back"), () => find(".pane-back").click()],
    reply: [() => find("#mode-public, #mode-private"), () => write("reply")],
    private: [() => find("#mode-private"), () => write("private")],
    note: [() => find("#mode-note, #note-text"), () => write("note")],
    take_over: [takingOver, () => focusOn(takingOver())],
    hand_over: [() => find("#hand-over-to"), () => focusOn(find("#hand-over-to"))],
    done_next: [() => does("done_next"), () => does("done_next").click()],
    assign: [() => assigning() || bulk("assign:"), assign],
    done: [() => does("done") || bulk("done"), () => does("done") ? does("done").click() : prepare("done")],
    label: [() => relabel() || bulk("label:"), () => relabel() ? focusOn(relabelButton()) : prepare("label:")],
    snooze: [() => does("snooze") || bulk("snooze:"), () => does("snooze") ? focusOn(snoozing()) : prepare("snooze:hour")],
    by_hand: [() => find("#by-hand-tier"), () => focusOn(find("#by-hand-tier"))],
    escalate: [() => does("escalate"), () => { focusOn(does("escalate")); focusOn(find("#escalate [name=path]:checked")); }],
    right: [() => opinion("right") || rowJudged(), () => opine("right")],
    wrong: [() => relabel() || rowJudged(), () => relabel() ? focusOn(relabelButton()) : opine("wrong")],
    unsure: [() => opinion("unsure") || rowJudged(), () => opine("unsure")],
    saved: [() => find("#saved"), () => focusOn(find("#saved"))],
    search: [() => true, search],
    map: [() => true, () => map.showModal()],
  };

  // On a case the newest message is meant, in the list the row that has the focus; see verdicts.js.
  const opinion = (what) => findAll(`[data-opinion="${what}"]`).at(-1);
  const rowJudged = () => focused() >= 0 && rows()[focused()].closest("li[data-mention]");
  function opine(what) {
    if (opinion(what)) return opinion(what).click();
    document.dispatchEvent(new CustomEvent("earshot:opinion", { detail: { row: rowJudged(), what } }));
  }

  function relabelButton() {
    const folded = relabel();
    folded.open = true;
    return folded.querySelector("button");
  }

  const snoozing = () => find("#snooze input[type=radio]:checked") || does("snooze");

  function lineOf(name) {
    return map.querySelector(`[data-command="${CSS.escape(name)}"]`);
  }

  const macro = (name) => name.startsWith("macro:") && find(`[data-macro="${CSS.escape(name.slice(6))}"]`);

  function can(name) {
    const line = lineOf(name);
    if (!line) return false;
    return Boolean(macro(name)) || line.dataset.path !== undefined || Boolean(COMMANDS[name] && COMMANDS[name][0]());
  }

  function run(name) {
    const line = lineOf(name);
    if (line.dataset.path !== undefined) location.assign(line.dataset.path);
    else if (macro(name)) macro(name).click();
    else if (can(name)) COMMANDS[name][1]();
    else say(told("%(command)s: not on this page", { command: line.dataset.saying }));
  }

  // Keys
  let begun = "";
  let begunAt = 0;  // when the key was pressed, not when a busy page came to it

  function keyOf(event) {
    const isLatin = event.key.length === 1 && event.key.charCodeAt(0) < 128;
    if (isLatin || lines().some((line) => line.dataset.keys.split(" ").includes(event.key))) return event.key;
    const letter = /^Key([A-Z])$/.exec(event.code || "");  // another alphabet: the key at the same place
    if (!letter) return event.key;
    return event.shiftKey ? letter[1] : letter[1].toLowerCase();
  }

  const lines = () => Array.from(map.querySelectorAll("[data-command]"));

  function pressed(event) {
    const key = keyOf(event);
    if (key.length !== 1) return;
    const typed = begun && event.timeStamp - begunAt <= SEQUENCE_MS ? `${begun} ${key}` : key;
    begun = "";
    const line = lines().find((each) => each.dataset.keys === typed);
    if (line) {
      if (event.repeat && !["down", "up"].includes(line.dataset.command)) return;
      event.preventDefault();
      run(line.dataset.command);
    } else if (lines().some((each) => each.dataset.keys.startsWith(`${key} `))) {
      event.preventDefault();
      begun = key;
      begunAt = event.timeStamp;
    }
  }

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing) return;
    const target = event.target instanceof Element ? event.target : document.body;
    const isWriting = target.matches(WRITES);
    const isCommand = (event.ctrlKey || event.metaKey) && !event.altKey;
    if (isCommand && event.key.toLowerCase() === "k" && !event.shiftKey) {
      event.preventDefault();
      if (!bar.open) openBar();
    } else if (isCommand && event.key === "Enter" && isWriting && target.form && !bar.contains(target)) {
      event.preventDefault();
      target.form.requestSubmit(target.form.querySelector("[type=submit]:not([formaction])"));
    } else if (event.key === "Escape" && isWriting && !find("dialog[open]")) {
      target.blur();
    } else if (!event.ctrlKey && !event.metaKey && !event.altKey && !isWriting && !find("dialog[open]") && map.dataset.on === "yes") {
      pressed(event);
    }
  });

  // The command bar: a combobox over a list that is filtered while one types.
  const field = document.getElementById("command");
  const options = Array.from(bar.querySelectorAll("[role=option]"));
  const caseOption = document.getElementById("command-case");
  const searchOption = document.getElementById("command-words");
  const made = [caseOption, searchOption];  // from what is typed
  let before = null;
  let available = [];

  function openBar() {
    if (map.open) map.close();
    before = document.activeElement;
    available = options.filter((option) => !made.includes(option) && (!option.dataset.command || can(option.dataset.command)));
    field.value = "";
    bar.showModal();
    field.focus();
    filter();
  }

  const shown = () => options.filter((option) => !option.hidden);
  const chosen = () => options.find((option) => option.getAttribute("aria-selected") === "true");

  function choose(option) {
    options.forEach((each) => each.setAttribute("aria-selected", String(each === option)));
    if (!option) return field.removeAttribute("aria-activedescendant");
    field.setAttribute("aria-activedescendant", option.id);
    option.scrollIntoView({ block: "nearest" });
  }

  function filter() {
    const typed = field.value.trim().toLocaleLowerCase();
    const words = typed.split(/\s+/);
    const number = /^(?:case\s*)?#?(\d{1,13})$/.exec(typed);
    options.forEach((option) => {
      const text = option.firstElementChild.textContent.toLocaleLowerCase();
      option.hidden = !available.includes(option) || !words.every((word) => text.includes(word));
    });
    if (number) {
      caseOption.hidden = false;
      caseOption.dataset.path = caseOption.dataset.case.replace(/0$/, number[1]);
      caseOption.firstElementChild.textContent = told("Open case %(number)s", { number: number[1] });
    }
    searchOption.hidden = !typed || Boolean(number);
    searchOption.dataset.path = `${searchOption.dataset.search}&q=${encodeURIComponent(field.value.trim())}`;
    searchOption.firstElementChild.textContent = told("Search all cases for “%(words)s”", { words: field.value.trim() });
    const left = shown().length;
    document.getElementById("command-count").textContent = told("%(count)s found", { count: left });
    choose(number ? caseOption : shown()[0]);
  }

  function carryOut(option) {
    bar.close();
    if (before instanceof HTMLElement && before !== document.body) before.focus();
    if (option.dataset.path !== undefined) location.assign(option.dataset.path);
    else run(option.dataset.command);
  }

  field.addEventListener("input", filter);
  field.addEventListener("keydown", (event) => {
    const list = shown();
    const at = list.indexOf(chosen());
    const to = { ArrowDown: at + 1, ArrowUp: at - 1 }[event.key];
    if (to !== undefined && list.length) {
      event.preventDefault();
      choose(list[(to + list.length) % list.length]);
    } else if (event.key === "Enter" && !event.isComposing) {
      event.preventDefault();
      if (chosen()) carryOut(chosen());
    }
  });
  options.forEach((option) => option.addEventListener("click", () => carryOut(option)));

  document.addEventListener("click", (event) => {
    if (!(event.target instanceof Element)) return;
    if (event.target.matches("[data-closes]")) event.target.closest("dialog").close();
    if (event.target === map || event.target === bar) event.target.close();
    const opener = event.target.closest("[data-opens]");
    if (opener) {
      event.preventDefault();
      if (opener.dataset.opens === "bar") openBar(); else map.showModal();
    }
  });
  if (location.hash === "#search" && find("input[type=search]")) search();
})();
