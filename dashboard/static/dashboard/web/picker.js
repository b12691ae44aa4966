// A click on a mark keeps what its hover says, below the chart, to be read, selected and copied. One
// on the row of all lanes leads to where those of its column are.

import { executionAddress, runnerAddress } from "./addresses.js";

const RUNNER = /^runner (.+)$/;
const RUN = /^run (.+)$/;

export function picker(chart, card) {
  chart.on("plotly_click", ({ points }) => {
    const html = points[0].customdata;
    if (points[0].yaxis._id === "y3") {
      location.assign(chart.layout.meta.band.addresses[points[0].pointIndex]);
    } else if (typeof html === "string") {
      show(card, lines(html), laneOf(chart, points[0]));
    }
  });
}

function lines(html) {
  const page = new DOMParser().parseFromString(html.replaceAll("<br>", "\n"), "text/html");
  return page.body.textContent.split("\n");
}

function laneOf(chart, point) {
  return point.yaxis._id === "y" ? chart.layout.meta.runners[Math.round(point.y)] : undefined;
}

function show(card, said, runner) {
  const list = document.createElement("ul");
  for (const line of said) {
    list.appendChild(document.createElement("li")).textContent = line;
  }
  const tools = document.createElement("div");
  tools.className = "row picked-tools";
  const runnerId = runner ?? said.map((line) => RUNNER.exec(line)?.[1]).find(Boolean);
  const runId = said.map((line) => RUN.exec(line)?.[1]).find(Boolean);
  const { runners, executions } = card.dataset;
  if (runnerId && runners) {
    tools.append(link("Runner’s page", runnerAddress(runners, runnerId)));
  }
  if (runId && executions) {
    tools.append(link("Run’s page", executionAddress(executions, runId)));
  }
  const row = runId && document.querySelector(`tr[data-run="${CSS.escape(runId)}"]`);
  if (row) {
    tools.append(link("In the log", `#${row.id}`));
  }
  if (runnerId) {
    tools.append(button("Copy runner id", { copy: runnerId }));
  }
  if (runId) {
    tools.append(button("Copy run id", { copy: runId }));
  }
  const close = button("Close", {});
  close.addEventListener("click", () => {
    card.hidden = true;
  });
  tools.append(close);
  card.replaceChildren(list, tools);
  card.hidden = false;
}

function link(label, href) {
  const element = document.createElement("a");
  element.className = "quiet";
  element.textContent = label;
  element.href = href;
  return element;
}

function button(label, data) {
  const element = document.createElement("button");
  element.type = "button";
  element.className = "quiet";
  element.textContent = label;
  Object.assign(element.dataset, data);
  return element;
}
