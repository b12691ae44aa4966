// Counters go on counting between refreshes: [data-since] up, [data-until] down, once a second, as
// long as the page is kept up to date.

import { isPinned, shownNow } from "./now.js";
import { duration } from "../text/words.js";

export function tick(root = document) {
  if (isPinned()) {
    return;
  }
  const instant = shownNow();
  for (const element of root.querySelectorAll("[data-since]")) {
    show(element, duration(instant - Number(element.dataset.since)));
  }
  for (const element of root.querySelectorAll("[data-until]")) {
    show(element, duration(Number(element.dataset.until) - instant));
  }
}

// Untouched where it is the same: writing it again would drop a selection.
function show(element, text) {
  if (element.textContent !== text) {
    element.textContent = text;
  }
}

setInterval(() => tick(), 1000);
