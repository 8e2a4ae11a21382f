"use strict";
// The texts of the scripts, in the language of the page; English where the page holds no other (inbox/script_words.py).
window.told = (() => {
  const held = JSON.parse(document.querySelector("meta[name=words]")?.content || "{}");
  return (message, fields = {}) => (held[message] || message).replace(/%\((\w+)\)s/g, (whole, name) => fields[name] ?? whole);
})();
