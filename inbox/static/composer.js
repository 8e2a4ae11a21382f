"use strict";
// Helps while a reply is written: what is left to fill in, how long it is, and keys. Everything works without it.
(() => {
  const PLACEHOLDER = /\{[^\W\d]\w*\}|\{\p{L}[\p{L}\p{N}_]*\}/gu;
  const FILLED_LATER = "{status_link}"; // put in when the reply is sent
  const area = () => document.getElementById("reply-text");
  const choose = (text, found) => {
    const at = text.value.indexOf(found);
    if (at < 0) return;
    text.focus();
    text.setSelectionRange(at, at + found.length);
  };

  const showUnfilled = () => {
    const line = document.getElementById("to-fill");
    if (!line || !area()) return [];
    const found = [...new Set(area().value.match(PLACEHOLDER) || [])].filter((one) => one !== FILLED_LATER);
    line.hidden = found.length === 0;
    const buttons = found.map((one) => {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "secondary";
      button.textContent = one;
      button.addEventListener("click", () => choose(area(), one));
      return button;
    });
    line.querySelector("span").replaceChildren(...buttons);
    return found;
  };

  // A guess until the server has counted as the platform does.
  const guessLength = () => {
    const hint = document.querySelector("#limit [data-most]");
    if (!hint || !area()) return;
    const most = Number(hint.dataset.most);
    const used = Array.from(area().value).length;
    hint.textContent = used > most ? told("%(count)s characters too many", { count: used - most }) : told("%(count)s characters left", { count: most - used });
    hint.classList.toggle("over", used > most);
  };

  const say = (seconds) => {
    const minutes = Math.floor(Math.abs(seconds) / 60);
    const hours = Math.floor(minutes / 60);
    if (minutes < 1) return told("under a minute");
    if (hours < 1) return told("%(minutes)s m", { minutes });
    if (hours < 24) return minutes % 60 ? told("%(hours)s h %(minutes)s m", { hours, minutes: minutes % 60 }) : told("%(hours)s h", { hours });
    const days = Math.floor(hours / 24);
    return days < 7 && hours % 24 ? told("%(days)s d %(hours)s h", { days, hours: hours % 24 }) : told("%(days)s d", { days });
  };
  const countDown = () => {
    document.querySelectorAll("[data-until]").forEach((each) => {
      const left = (Date.parse(each.dataset.until) - Date.now()) / 1000;
      each.textContent = left < 0 ? told("closed") : told("closes in %(time)s", { time: say(left) });
    });
  };
  setInterval(countDown, 20000);

  document.addEventListener("input", (event) => {
    if (event.target.id !== "reply-text") return;
    guessLength();
    showUnfilled();
  });
  document.addEventListener("change", (event) => {
    if (!event.target.matches("#composer input[name='audience']")) return;
    window.htmx?.trigger("#limit", "mode-changed");
  });
  document.addEventListener("htmx:afterSwap", () => {
    const composer = document.getElementById("composer");
    if (!composer || composer.dataset.ready) return;
    start();
    area().dispatchEvent(new Event("input", { bubbles: true })); // so that it is kept as a draft
    const left = showUnfilled();
    if (left.length) choose(area(), left[0]);
    else composer.querySelector(".send button").focus();
  });
  document.addEventListener("keydown", (event) => {
    const composer = document.getElementById("composer");
    if (!composer) return;
    if ((event.ctrlKey || event.metaKey) && event.key === "Enter" && composer.contains(event.target)) {
      event.preventDefault();
      composer.querySelector(".send button").click();
    } else if (event.altKey && !event.ctrlKey && !event.metaKey && /^Digit[1-3]$/.test(event.code)) {
      const reply = composer.querySelector(`[data-quick="${event.code.slice(5)}"]`);
      if (!reply || !reply.offsetParent) return;
      event.preventDefault();
      reply.click();
    }
  });

  const start = () => {
    const composer = document.getElementById("composer");
    if (!composer) return;
    composer.dataset.ready = "1";
    showUnfilled();
  };
  start();
})();
