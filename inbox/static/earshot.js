"use strict";
// Says how many characters are left while a reply is written. Everything works without it.
document.addEventListener("input", (event) => {
  const area = event.target;
  if (!area.matches("textarea[data-limit]")) return;
  const limit = Number(area.dataset.limit);
  const used = Array.from(area.value).length;
  const hint = document.getElementById("limit");
  hint.textContent = used > limit ? `${used - limit} characters too many` : `${limit - used} characters left`;
  hint.classList.toggle("over", used > limit);
});
