// The reasons that the chosen path does not take are left out of the list; without this script the server says so.
(() => {
  const form = document.querySelector("#escalate form");
  if (!form) return;
  const reason = form.elements.reason;

  function fit() {
    const chosen = form.querySelector("[name=path]:checked");
    if (!chosen) return;
    const taken = chosen.dataset.reasons.split(" ");
    for (const option of reason.options) option.hidden = option.disabled = option.value !== "" && !taken.includes(option.value);
    if (reason.selectedOptions[0]?.disabled) reason.value = "";
  }

  form.addEventListener("change", (event) => event.target.name === "path" && fit());
  fit();
})();
