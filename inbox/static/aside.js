"use strict";
// A time of one's own and the presets of a snooze exclude each other; the server refuses a form that has both.
(() => {
  const own = document.getElementById("snooze-own");
  const at = document.getElementById("snooze-at");
  if (!own || !at) return;
  at.addEventListener("input", () => { if (at.value) own.checked = true; });
  own.form.addEventListener("change", (event) => {
    if (event.target.name !== "when") return;
    at.required = own.checked;
    if (!own.checked) at.value = "";
    else if (!at.value) at.focus();
  });
})();
