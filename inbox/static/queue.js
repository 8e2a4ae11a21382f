"use strict";
// Beside an open case: the current line is brought into sight, and the next case is fetched ahead.
// Everything works without it.
document.addEventListener("DOMContentLoaded", () => {
  const FRESH_MS = 30_000;
  const AHEAD = "earshot-ahead";
  const kept = () => { try { return JSON.parse(sessionStorage.getItem(AHEAD)) || {}; } catch { return {}; } };
  const pane = document.querySelector(".pane");
  if (!pane) return;

  const here = location.pathname + location.search;
  const fetched = kept()[here];
  const [arrival] = performance.getEntriesByType("navigation");
  if (fetched && arrival && arrival.type === "navigate" && arrival.transferSize === 0 && Date.now() - fetched > FRESH_MS) {
    sessionStorage.removeItem(AHEAD);
    location.reload();
    return;
  }

  const list = pane.querySelector(".pane-list");
  const current = list.querySelector("[aria-current]");
  if (current) {
    const line = current.getBoundingClientRect();
    const box = list.getBoundingClientRect();
    list.scrollTop += line.top - box.top - (box.height - line.height) / 3;
  }

  const next = pane.querySelector("a[rel=next]");
  if (!next) return;
  const ahead = document.createElement("link");
  ahead.rel = "prefetch";
  ahead.href = next.href;
  document.head.append(ahead);
  const address = new URL(next.href);
  sessionStorage.setItem(AHEAD, JSON.stringify({ [address.pathname + address.search]: Date.now() }));
});
