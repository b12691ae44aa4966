// The strip asks for itself: soon after a cycle has ended, until its summary is there, and now and
// then for what late reports changed. Never while the tab is hidden.

import { now } from "./now.js";

const LOOK_EVERY = 1_000;
const AFTER_CYCLE = 1_500;
const RETRY = 5_000;
const AT_MOST = 60_000;

let askedAt = now();

const strip = () => document.getElementById("strip");

function showNewest() {
  const rows = document.querySelector(".strip-rows");
  rows.scrollLeft = rows.scrollWidth;
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

showNewest();
