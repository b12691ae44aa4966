// The server's time. Counters, the now line and the ages of what is shown all go by it, so that a
// browser with a wrong clock still counts right.

let ahead = 0;

export function learn(serverMilliseconds) {
  ahead = serverMilliseconds - Date.now();
}

export function now() {
  return Date.now() + ahead;
}

// While nothing new can be learnt, what is shown stays as it was when something last was.
let heldAt = null;

export function hold(at) {
  heldAt = at;
}

export function release() {
  heldAt = null;
}

// A replay stands at an instant of its own, and nothing on its page counts on from there.
let pinnedAt = null;

export function pin(at) {
  pinnedAt = at;
}

export const isPinned = () => pinnedAt !== null;

// The instant that counters and drawings are of: the present, as long as they are kept up to date.
export function shownNow() {
  return pinnedAt ?? heldAt ?? now();
}

// The page as the server made it: nothing counts on until a module keeps it up to date.
export function stand() {
  const page = document.querySelector("[data-now]");
  if (page) {
    learn(Number(page.dataset.now) * 1000);
  }
  hold(now());
}

stand();
