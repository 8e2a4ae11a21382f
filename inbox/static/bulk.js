"use strict";
// Says how many rows are ticked, and opens the bar once there are any. Without it the bar is opened by hand.
(() => {
  function count() {
    const bar = document.getElementById("bulk-bar");
    if (!bar) return;
    const ticked = document.querySelectorAll(".tick:checked").length;
    const rest = document.getElementById("bulk-count");
    rest.textContent = ticked ? told("%(count)s ticked", { count: ticked }) : "";
    bar.classList.toggle("has-ticked", ticked > 0);
    if (ticked) bar.open = true;
    ask();
  }
  // Only a tag and a note take words.
  function ask() {
    const chosen = document.querySelector("#bulk-act option:checked");
    const words = document.getElementById("bulk-words");
    words.hidden = !chosen.hasAttribute("data-words");
    words.disabled = words.hidden;
    words.required = !words.hidden;
  }
  document.addEventListener("change", (event) => {
    if (event.target instanceof Element && event.target.id === "bulk-act") ask();
  });
  let last = null;
  document.addEventListener("click", (event) => {
    if (!(event.target instanceof Element) || !event.target.matches(".tick")) return;
    const boxes = Array.from(document.querySelectorAll(".tick"));
    if (event.shiftKey && last && boxes.includes(last)) {
      const [from, to] = [boxes.indexOf(last), boxes.indexOf(event.target)].sort((one, other) => one - other);
      boxes.slice(from, to + 1).forEach((box) => { box.checked = event.target.checked; });
    }
    last = event.target;
    count();
  });
  document.body.addEventListener("htmx:afterSettle", count);
  count();
})();
