// Counters go on counting between refreshes: [data-since] up, [data-until] down, once a second, as
// long as the page is kept up to date. Those that nobody can see are left alone: on a page of a
// thousand, each second would be work for the whole of it.

import { isPinned, shownNow } from "./now.js";
import { duration } from "../text/words.js";

const COUNTERS = "[data-since], [data-until]";
const inSight = new Set();

// One that comes into sight is right at once, and so a little before.
const watcher = new IntersectionObserver(sighted, { rootMargin: "25%" });

function sighted(entries) {
  for (const { target, isIntersecting } of entries) {
    if (isIntersecting) {
      inSight.add(target);
      count(target);
    } else {
      inSight.delete(target);
      // What a refresh took away is not watched any further.
      if (!target.isConnected) {
        watcher.unobserve(target);
      }
    }
  }
}

// Brings the counters in line with the page, also those that a refresh has brought.
export function tick() {
  for (const element of document.querySelectorAll(COUNTERS)) {
    watcher.observe(element);
  }
  inSight.forEach(count);
}

function count(element) {
  const { since, until } = element.dataset;
  // A refresh may have made something else of it; a replay has counters that stand.
  if (isPinned() || (since ?? until) === undefined) {
    return;
  }
  const instant = shownNow();
  const text = duration(since === undefined ? Number(until) - instant : instant - Number(since));
  // Untouched where it is the same: writing it again would drop a selection.
  if (element.textContent !== text) {
    element.textContent = text;
  }
}

// On paper everything is in sight.
addEventListener("beforeprint", () => document.querySelectorAll(COUNTERS).forEach(count));
setInterval(() => inSight.forEach(count), 1000);
tick();
