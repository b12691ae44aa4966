// The lanes' labels: elements beside the chart, which stay in sight when a narrow screen scrolls it
// sideways. They lead to the runners' pages; where there is nowhere to lead, a click copies the id.

import { runnerAddress } from "../web/addresses.js";
import { clockOf } from "../plot/instants.js";

export function labels(column) {
  const { runners } = column.dataset;
  const zone = column.appendChild(document.createElement("div"));
  const ribbon = column.appendChild(document.createElement("div"));
  const band = column.appendChild(document.createElement("div"));
  const lanes = column.appendChild(document.createElement("div"));
  zone.className = "zone-label";
  ribbon.className = "ribbon-label";
  ribbon.textContent = "scheduled";
  band.className = "ribbon-label";

  function name(label, runnerId, text) {
    if (label.dataset.runner === runnerId && label.textContent === text) {
      return;
    }
    label.textContent = text;
    label.dataset.runner = runnerId;
    if (runners) {
      label.href = runnerAddress(runners, runnerId);
      label.title = `${runnerId} – open its page`;
    } else {
      label.dataset.copy = runnerId;
      label.title = `${runnerId} – click to copy`;
    }
  }

  return function show({ meta, margin, height, xaxis }) {
    column.style.width = `${margin.l}px`;
    column.style.height = `${height}px`;
    zone.style.height = `${margin.t}px`;
    const clock = clockOf(meta.clock);
    zone.textContent = clock.label(clock.instant(xaxis.range[0]));
    const above = meta.band?.top ?? meta.lanesTop;
    ribbon.style.height = `${above}px`;
    band.hidden = !meta.band;
    band.style.height = `${meta.lanesTop - above}px`;
    band.textContent = meta.band?.label ?? "";
    while (lanes.childElementCount > meta.labels.length) {
      lanes.lastChild.remove();
    }
    while (lanes.childElementCount < meta.labels.length) {
      const label = lanes.appendChild(document.createElement(runners ? "a" : "div"));
      label.className = "lane-label";
      label.style.height = `${meta.lanePx}px`;
      // The column is for the eye alone: the tables say the same to everyone.
      label.tabIndex = -1;
    }
    [...lanes.children].forEach((label, lane) =>
      name(label, meta.runners[lane], meta.labels[lane]),
    );
  };
}
