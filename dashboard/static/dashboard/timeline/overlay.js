// What moves by itself over the timeline: the now line, and the growing ends of what runs. Plain
// elements over the chart, placed by the linear scale of its axis, so that the chart itself is not
// touched and keeps its hover.

import { clockOf } from "../plot/instants.js";
import { shownNow } from "../web/now.js";

const STEP = 100;

export function overlay(chart, layer) {
  const line = layer.appendChild(document.createElement("div"));
  line.className = "now-line";
  const ends = [];

  function place() {
    const { layout } = chart;
    if (!layout?.meta || document.hidden) {
      return;
    }
    const { meta, margin, height } = layout;
    const [from, to] = layout.xaxis.range.map(clockOf(meta.clock).instant);
    const width = chart.clientWidth - margin.l - margin.r;
    const at = (x) => margin.l + ((x - from) / (to - from)) * width;
    const present = shownNow();
    const isShown = present >= from && present <= to;
    line.hidden = !isShown;
    if (isShown) {
      line.style.top = `${margin.t - 2}px`;
      line.style.height = `${height - margin.t - margin.b + 2}px`;
      line.style.transform = `translateX(${at(present).toFixed(1)}px)`;
      line.style.clipPath = around(meta.band);
    }
    grow(meta, margin, at, from, Math.min(present, to, meta.end));
  }

  function grow(meta, margin, at, from, until) {
    while (ends.length < meta.running.length) {
      ends.push(layer.appendChild(document.createElement("div")));
      ends.at(-1).className = "growing";
    }
    ends.forEach((end, index) => {
      const run = meta.running[index];
      const start = run && Math.max(run.from, from);
      end.hidden = !run || until <= start;
      if (!end.hidden) {
        const height = meta.lanePx * meta.runHeight + meta.runEdge;
        // Plotly draws an edged bar half its edge up and to the left.
        const middle = margin.t + meta.lanesTop + (run.lane + 0.5) * meta.lanePx - meta.runEdge / 2;
        end.style.left = `${at(start).toFixed(1)}px`;
        end.style.width = `${(at(until) - at(start)).toFixed(1)}px`;
        end.style.top = `${(middle - height / 2).toFixed(1)}px`;
        end.style.height = `${height.toFixed(1)}px`;
      }
    });
  }

  setInterval(place, STEP);
  return place;
}

// The band has no axis of time: the line is cut where it would cross it. Up to its head, which is
// beside it and above.
function around(band) {
  if (!band) {
    return "";
  }
  const [top, bottom] = [band.top, band.top + band.height + 2].map((each) => `${each}px`);
  const [left, right] = ["-8px", "calc(100% + 8px)"];
  return `polygon(${left} -8px, ${right} -8px, ${right} ${top}, ${left} ${top},
    ${left} ${bottom}, ${right} ${bottom}, ${right} 100%, ${left} 100%)`;
}
