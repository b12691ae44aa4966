// The server's time. Counters, the now line and the ages of what is shown all go by it, so that a
// browser with a wrong clock still counts right.

let ahead = 0;

export function learn(serverMilliseconds) {
  ahead = serverMilliseconds - Date.now();
}

export function now() {
  return Date.now() + ahead;
}

const page = document.querySelector("[data-now]");
if (page) {
  learn(Number(page.dataset.now) * 1000);
}
