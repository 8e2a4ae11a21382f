"use strict";
// Draws the charts of a page from its tables, and again when a table changed. Everything works without it.
(() => {
  const drawn = new Map();
  const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;

  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
  const number = (cell) => Number(cell.textContent.trim());

  const read = (table) => {
    const rows = [...table.tBodies[0].rows];
    const heads = [...table.tHead.rows[0].cells].slice(1);
    return {
      labels: rows.map((row) => row.cells[0].textContent.trim()),
      datasets: heads.map((head, place) => ({
        label: head.textContent.trim(),
        data: rows.map((row) => number(row.cells[place + 1])),
        backgroundColor: colour(head.dataset.colour),
        borderColor: colour("sheet"),
        borderWidth: 1,
        maxBarThickness: 34,
      })),
    };
  };

  const options = (table, series) => {
    const lying = table.dataset.kind === "bars";
    const grid = { color: colour("line"), drawTicks: false };
    const counts = { stacked: true, beginAtZero: true, grid, border: { display: false }, ticks: { color: colour("soft"), precision: 0 } };
    const places = { stacked: true, grid: { display: false }, border: { color: colour("line") }, ticks: { color: colour("soft"), maxRotation: 0, autoSkipPadding: 12 } };
    return {
      indexAxis: lying ? "y" : "x",
      animation: still ? false : { duration: 250 },
      maintainAspectRatio: false,
      interaction: { mode: "index", axis: lying ? "y" : "x", intersect: false },
      scales: lying ? { x: counts, y: places } : { x: places, y: counts },
      plugins: { legend: { display: series > 1, position: "bottom", labels: { color: colour("ink"), boxWidth: 12, boxHeight: 12 } } },
    };
  };

  const draw = (figure) => {
    const table = document.getElementById(figure.dataset.plot);
    const data = table && read(table);
    const isEmpty = !data || !data.datasets.some((one) => one.data.some((count) => count > 0));
    figure.hidden = isEmpty;
    if (isEmpty) return;
    const known = drawn.get(figure);
    const said = JSON.stringify(data);
    if (known && known.said === said) return;
    if (known && known.chart.data.datasets.length === data.datasets.length) {
      known.said = said;
      known.chart.data.labels = data.labels;
      data.datasets.forEach((one, place) => Object.assign(known.chart.data.datasets[place], one));
      known.chart.options = options(table, data.datasets.length);
      known.chart.update();
      return;
    }
    if (known) known.chart.destroy();
    const chart = new Chart(figure.querySelector("canvas"), { type: "bar", data, options: options(table, data.datasets.length) });
    drawn.set(figure, { chart, said });
  };

  const drawAll = () => {
    if (typeof Chart === "undefined") return;
    Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
    document.querySelectorAll("figure[data-plot]").forEach(draw);
  };

  // What a reader opened stays open when the part around it is renewed.
  let open = [];
  document.addEventListener("htmx:beforeSwap", (event) => {
    open = [...event.detail.target.querySelectorAll("details[open][id]")].map((each) => each.id);
  });
  document.addEventListener("htmx:afterSwap", () => {
    for (const id of open) {
      const found = document.getElementById(id);
      if (found) found.open = true;
    }
    open = [];
    drawAll();
  });

  const state = document.getElementById("board-state");
  const say = (isOld) => { if (state) state.hidden = !isOld; };
  for (const name of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) document.addEventListener(name, () => say(true));
  document.addEventListener("htmx:afterOnLoad", (event) => { if (event.detail.successful !== false && event.detail.xhr.status < 400) say(false); });
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
  drawAll();
})();
