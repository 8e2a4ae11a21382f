"use strict";
// Right, wrong, not sure: on a case they are forms; in the list they are sent here, and the list stays as it is.
// Wherever labels can be chosen, the first letter of one chooses it.
(() => {
  const place = document.getElementById("opinions");
  const map = document.getElementById("key-map");
  const key = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (one) => one.toString(16).padStart(2, "0")).join("");

  function saidIn(row) {
    let said = row.querySelector(".row-said");
    if (!said) {
      said = document.createElement("p");
      said.className = "row-said";
      said.setAttribute("role", "status");
      row.querySelector(".row-main").append(said);
    }
    return said;
  }

  async function send(row, path, fields) {
    const said = saidIn(row);
    row.querySelector("a.open").focus();
    const body = new URLSearchParams({ form_token: place.dataset.token, form_key: key(), fragment: "1", ...fields });
    const url = place.dataset.mentions.replace(/0$/, encodeURIComponent(row.dataset.mention)) + path;
    try {
      const answer = await fetch(url, { method: "POST", body, headers: { "hx-request": "true" } });
      const words = await answer.text();
      if (answer.ok) said.innerHTML = words;
      else said.textContent = new DOMParser().parseFromString(words, "text/html").querySelector("h1")?.textContent || told("That did not work");
    } catch {
      said.textContent = told("No answer from the server: nothing was noted");
    }
  }

  function choose(row) {
    const said = saidIn(row);
    said.replaceChildren(document.getElementById("opinion-choice").content.cloneNode(true));
    said.querySelector("button").focus();
  }

  document.addEventListener("earshot:opinion", (event) => {
    const { row, what } = event.detail;
    if (!row || !place) return;
    if (what === "wrong") choose(row);
    else if (what === "right" && row.dataset.said === "unsure") saidIn(row).textContent = told("The classifier could not tell: choose a label with “wrong”");
    else send(row, "/verdict", { opinion: what, shown: row.dataset.said });
  });

  document.addEventListener("click", (event) => {
    const button = event.target instanceof Element && event.target.closest("[data-gives], [data-takes-back]");
    const row = button && button.closest("li[data-mention]");
    if (!row) return;
    if (button.dataset.gives) send(row, "/label", { label: button.dataset.gives });
    else send(row, "/verdict/undo", {});
  });

  function letterOf(event) {
    if (event.key.length === 1 && event.key.charCodeAt(0) < 128) return event.key.toLowerCase();
    const letter = /^Key([A-Z])$/.exec(event.code || "");
    return letter ? letter[1].toLowerCase() : event.key;
  }

  // Before keys.js, whose letters mean something else.
  document.addEventListener("keydown", (event) => {
    const choice = event.target instanceof Element && event.target.closest(".label-choice");
    if (!choice || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const row = choice.closest("li[data-mention]");
    if (event.key === "Escape") {
      event.preventDefault();
      if (row) {
        saidIn(row).replaceChildren();
        row.querySelector("a.open").focus();
      } else {
        const folded = choice.closest("details");
        folded.open = false;
        folded.querySelector("summary").focus();
      }
      return;
    }
    const button = map && map.dataset.on === "yes" && choice.querySelector(`[data-letter="${CSS.escape(letterOf(event))}"]`);
    if (!button) return;
    event.preventDefault();
    event.stopPropagation();
    button.click();
  }, true);
})();
