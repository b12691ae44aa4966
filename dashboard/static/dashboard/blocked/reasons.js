// Blocks over time: drawn once, drawn anew with the theme. A click on a bar leads to its blocks.

import { themed } from "../web/theme.js";
import { retick, withTicks } from "../plot/ticks.js";

const chart = document.getElementById("reasons-chart");
const figure = JSON.parse(document.getElementById("figure").textContent);
const CONFIG = { displayModeBar: false, responsive: true, doubleClick: false, showTips: false };

function draw() {
  const { data, layout } = themed(figure);
  return window.Plotly.react(chart, data, withTicks(chart, layout), CONFIG);
}

await draw();
chart.on("plotly_click", ({ points }) => {
  const [, href] = points[0].customdata;
  if (href) {
    location.assign(href);
  }
});
chart.on("plotly_relayout", () => retick(chart));
document.addEventListener("slotwatch:theme", draw);
