// The strip asks for itself: soon after a cycle has ended, until its summary is there, and now and
// then for what late reports changed. Never while the tab is hidden.

import { now } from "./now.js";

const LOOK_EVERY = 1_000;
const AFTER_CYCLE = 1_500;
const RETRY = 5_000;
const AT_MOST = 60_000;

let askedAt = now();

const strip = () => document.getElementById("strip");

// Where the strip is wider than the screen, the cycle of this page is what is to be seen.
function showHere() {
  const rows = document.querySelector(".strip-rows");
  const here = rows.querySelector(".here")?.getBoundingClientRect();
  if (here) {
    const { left, width } = rows.getBoundingClientRect();
    rows.scrollLeft += here.right - left - width * 0.85;
  }
}

function isDue() {
  const change = Number(document.getElementById("past-known").dataset.nextChange) * 1000;
  const waited = now() - askedAt;
  return waited > AT_MOST || (now() > change + AFTER_CYCLE && waited > RETRY);
}

setInterval(() => {
  if (!document.hidden && isDue()) {
    askedAt = now();
    window.htmx.trigger(strip(), "slotwatch:past");
  }
}, LOOK_EVERY);

showHere();
