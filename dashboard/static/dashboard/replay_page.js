// What the page shows in a replay instead of what it knows now, and how the scrubber lies over the
// chart.

import { mark } from "./replay_marks.js";

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

  // What is over in the whole cycle may be running in a replay.
  function dressLegend(isReplaying) {
    const legend = document.querySelector(".legend");
    legend?.querySelector(".replay-only")?.remove();
    if (isReplaying && legend && !legend.querySelector(".mark.running")) {
      const item = document.createElement("li");
      item.className = "replay-only";
      item.append(mark(read.words.running.mark), read.words.running.word);
      legend.prepend(item);
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
