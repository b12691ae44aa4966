// What the page shows in a replay instead of what it knows now, how the scrubber lies over the chart,
// and the page's address, which keeps the instant (?t=), so that it can be passed on and opened.

import { mark } from "./replay_marks.js";

// Browsers allow a page few changes of its address a second.
const EVERY = 400;

export function replayPage(panel, read) {
  const decisions = document.getElementById("replay-decisions");
  const range = document.getElementById("replay-range");
  const shownOnlyIn = [
    document.getElementById("replay-instant"),
    document.getElementById("replay-standing"),
    panel.querySelector("[data-replay=leave]"),
    decisions,
  ];

  function dress(isReplaying) {
    // Looked for each time: a refresh may have replaced it.
    const verdicts = document.getElementById("decisions-title").closest("section");
    document.getElementById("main").classList.toggle("replaying", isReplaying);
    for (const element of shownOnlyIn) {
      element.hidden = !isReplaying;
    }
    panel.querySelector(".replay-idle").hidden = isReplaying;
    verdicts.hidden = isReplaying;
    verdicts.before(decisions);
    dressLegend(isReplaying);
  }

  // What is over in the whole cycle may have been running, or open to be missed.
  function dressLegend(isReplaying) {
    const legend = document.querySelector(".legend");
    for (const item of legend?.querySelectorAll(".replay-only") ?? []) {
      item.remove();
    }
    const there = new Set([...(legend?.children ?? [])].map((item) => item.textContent.trim()));
    for (const { mark: key, word, isDerived } of isReplaying ? read.payload.legend : []) {
      if (legend && !there.has(word)) {
        const item = legend.appendChild(document.createElement("li"));
        item.className = "replay-only";
        item.classList.toggle("derived", isDerived);
        item.append(mark(key), word);
      }
    }
  }

  // The thumb is above the now line.
  function align() {
    const { l, r } = document.getElementById("timeline").layout.margin;
    range.style.setProperty("--axis-left", `${l}px`);
    range.style.setProperty("--axis-right", `${r}px`);
  }

  // Where the chart scrolls sideways, the now line is kept in sight.
  function keepInSight() {
    const box = document.querySelector(".chart-scroll");
    const beside = document.getElementById("lane-labels").clientWidth;
    const { left, right } = box.getBoundingClientRect();
    const { x } = box.querySelector(".now-line").getBoundingClientRect();
    if (box.scrollWidth > box.clientWidth && x && (x < left + beside || x > right)) {
      box.scrollLeft += x - (left + beside + right) / 2;
    }
  }

  return { dress, align, keepInSight };
}

// `instant` tells the instant at the time of writing, in milliseconds; null for none.
export function addressOf(instant) {
  let timer = null;

  function write() {
    timer = null;
    const address = new URL(location.href);
    const at = instant();
    if (at === null) {
      address.searchParams.delete("t");
    } else {
      address.searchParams.set("t", new Date(at).toISOString().replace(".000Z", "Z"));
    }
    history.replaceState(history.state, "", address.href.replaceAll("%3A", ":"));
  }

  return function remember() {
    timer ??= setTimeout(write, EVERY);
  };
}
