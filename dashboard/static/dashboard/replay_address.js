// Keeps the instant of a replay in the address (?t=), so that it can be passed on and opened.

// Browsers allow a page few changes of its address a second.
const EVERY = 400;

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
