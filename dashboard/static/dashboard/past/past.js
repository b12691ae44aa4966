// The strip asks for itself: soon after a cycle has ended, until its summary is there, and now and
// then for what late reports changed. Never while the tab is hidden or the viewer has paused.

import { now } from "../web/now.js";
import { isPaused } from "../web/pause.js";
import "./strip_keys.js";

const LOOK_EVERY = 1_000;
const AFTER_CYCLE = 1_500;
const RETRY = 5_000;
const AT_MOST = 60_000;

let askedAt = now();

const strip = () => document.getElementById("strip");

// What a cell stands for is said at once where it is pointed at; its own hover comes late, and away
// from a touch.
function sayPointed({ target }) {
  const line = document.querySelector(".strip-said");
  const cell = target.closest?.("#strip .cells a");
  line.textContent = cell?.querySelector("title").textContent ?? line.dataset.idle;
}

function isDue() {
  const change = Number(document.getElementById("past-known").dataset.nextChange) * 1000;
  const waited = now() - askedAt;
  return waited > AT_MOST || (now() > change + AFTER_CYCLE && waited > RETRY);
}

setInterval(() => {
  if (!document.hidden && !isPaused() && isDue()) {
    askedAt = now();
    window.htmx.trigger(strip(), "slotwatch:past");
  }
}, LOOK_EVERY);

for (const event of ["pointerover", "focusin"]) {
  document.addEventListener(event, sayPointed);
}
