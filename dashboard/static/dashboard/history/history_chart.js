// Draws the chart of the filter when its totals have come, and again in the colours of the theme.
// Dragging along it is a new filter: the same address with another time.

import { executionAddress } from "../web/addresses.js";
import { clockOf } from "../plot/instants.js";
import { themed } from "../web/theme.js";
import { retick, withTicks } from "../plot/ticks.js";

const CONFIG = { displayModeBar: false, responsive: true, doubleClick: false, showTips: false };

const element = () => document.getElementById("history-chart");

async function draw() {
  const chart = element();
  if (!chart) {
    return;
  }
  const { data, layout } = themed(JSON.parse(document.getElementById("history-figure").textContent));
  const isNew = !chart.layout;
  await window.Plotly.react(chart, data, withTicks(chart, layout), CONFIG);
  if (isNew) {
    chart.on("plotly_relayout", (change) => choose(chart, change) || retick(chart));
    chart.on("plotly_click", ({ points }) => open(chart, points[0]));
  }
}

function choose(chart, change) {
  const from = change["xaxis.range[0]"];
  const to = change["xaxis.range[1]"];
  if (from === undefined || to === undefined) {
    return false;
  }
  const address = new URL(location.href);
  for (const name of ["cursor", "cycle_start"]) {
    address.searchParams.delete(name);
  }
  address.searchParams.set("from", instant(chart, from, Math.floor));
  address.searchParams.set("to", instant(chart, to, Math.ceil));
  location.assign(address);
  return true;
}

// Whole seconds are enough for a hand.
function instant(chart, drawn, round) {
  const at = round(clockOf(chart.layout.meta.clock).instant(drawn) / 1000) * 1000;
  return new Date(at).toISOString().replace(".000Z", "Z");
}

function open(chart, point) {
  const { customdata } = point;
  if (Array.isArray(customdata)) {
    const [, place, runId] = customdata;
    location.assign(executionAddress(chart.layout.meta.executions[place], runId));
  }
}

document.addEventListener("htmx:afterSettle", draw);
document.addEventListener("slotwatch:theme", draw);
draw();
