// The timeline chart: made once, then brought up to date in place. Its element is never replaced,
// and Plotly's uirevision keeps zoom and pan as long as the cycle is the same.

import { spelled } from "../plot/hovers.js";
import { labels } from "./labels.js";
import { overlay } from "./overlay.js";
import { picker } from "../web/picker.js";
import { themed } from "../web/theme.js";
import { retick, withTicks } from "../plot/ticks.js";

const chart = document.getElementById("timeline");
const space = document.getElementById("timeline-space");
const tools = document.querySelector(".chart-tools");
const CONFIG = { displayModeBar: false, responsive: true, doubleClick: "reset", showTips: false };

let text = null;
let pointer = null;
let drawing = null;
let isOutdated = false;

const stored = () => document.getElementById("figure").textContent;

async function draw(figure) {
  const { data, layout } = themed(spelled(figure));
  space.setAttribute("height", layout.height);
  // How dragging works is the viewer's choice, not the figure's.
  layout.dragmode = chart.layout?.dragmode ?? layout.dragmode;
  await window.Plotly.react(chart, data, withTicks(chart, layout), CONFIG);
  await follow();
  hoverAgain();
}

// A redraw closes the hover: it is opened again where the pointer still is.
function hoverAgain() {
  if (pointer) {
    window.Plotly.Fx.hover(chart, pointer.event, pointer.subplot);
  }
}

const label = labels(document.getElementById("lane-labels"));
const place = overlay(chart, document.getElementById("overlay"));
text = stored();
await redraw();
picker(chart, document.getElementById("picked"));

chart.on("plotly_hover", ({ event, points }) => {
  if (event?.clientX !== undefined) {
    const { xaxis, yaxis } = points[0];
    pointer = { event, subplot: `${xaxis._id}${yaxis._id}` };
  }
});
chart.on("plotly_unhover", () => {
  pointer = null;
});
chart.on("plotly_relayout", follow);

// What is beside and over the chart goes by what it shows.
async function follow() {
  await retick(chart);
  label(chart.layout);
  place();
}

document.addEventListener("slotwatch:refreshed", () => {
  if (stored() !== text) {
    text = stored();
    redraw();
  }
});
document.addEventListener("slotwatch:theme", redraw);

// One drawing at a time, the last one of the newest figure.
function redraw() {
  isOutdated = true;
  drawing ??= drawAll().finally(() => {
    drawing = null;
  });
  return drawing;
}

async function drawAll() {
  while (isOutdated) {
    isOutdated = false;
    await draw(JSON.parse(text));
  }
}

// Fulfilled once the chart shows what the page says.
export const drawn = () => drawing ?? Promise.resolve();
export { place };

const actions = {
  zoom: () => window.Plotly.relayout(chart, { dragmode: "zoom" }),
  pan: () => window.Plotly.relayout(chart, { dragmode: "pan" }),
  reset: () => window.Plotly.relayout(chart, { "xaxis.range": JSON.parse(text).layout.xaxis.range }),
};

tools.hidden = false;
tools.addEventListener("click", async (event) => {
  const action = event.target.closest("[data-chart]")?.dataset.chart;
  await actions[action]?.();
  for (const button of tools.querySelectorAll("[aria-pressed]")) {
    button.setAttribute("aria-pressed", String(button.dataset.chart === chart.layout.dragmode));
  }
});
