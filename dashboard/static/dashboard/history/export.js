// A click on [data-export] fetches the file, says how far it is, and saves it when it is whole.
// What broke off is never saved. Without this module the links download by themselves.

import { duration } from "../text/words.js";

const SAY_EVERY = 250;
const TELL_EVERY = 10_000;
// Parts are handed to the browser in such pieces, which keeps them off the page, on disk if need be.
const PIECE = 8 * 1024 * 1024;
// Beyond that it is better off with the browser's own downloads, which write to disk at once.
const LARGE = 128 * 1024 * 1024;
const NEWLINE = 10;
const QUOTE = 34;

let running = null;

const place = (name) => document.querySelector(`[data-export-${name}]`);
const count = (number) => number.toLocaleString("en");
const inRows = (number) => `${count(number)} ${number === 1 ? "row" : "rows"}`;
const size = (bytes) =>
  bytes < 1e6 ? `${Math.ceil(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;

// The rows in a stream, whose parts end anywhere. A newline in quotes is part of a cell of CSV; in
// NDJSON there is none inside of a row.
class Rows {
  constructor(form) {
    this.isCsv = form === "csv";
    this.lines = 0;
    this.isQuoted = false;
    this.last = NEWLINE;
  }

  read(bytes) {
    for (const byte of bytes) {
      if (byte === QUOTE && this.isCsv) {
        this.isQuoted = !this.isQuoted;
      } else if (byte === NEWLINE && !this.isQuoted) {
        this.lines += 1;
      }
    }
    this.last = bytes.length ? bytes[bytes.length - 1] : this.last;
  }

  get number() {
    return Math.max(0, this.lines - (this.isCsv ? 1 : 0));
  }

  // A last line without an end says that an error of the server cut the file off.
  get isWhole() {
    return this.last === NEWLINE && !this.isQuoted;
  }
}

class Failure extends Error {}

async function save(link) {
  running?.abort.abort();
  const state = {
    link,
    form: link.dataset.export,
    total: link.dataset.total,
    abort: new AbortController(),
    rows: new Rows(link.dataset.export),
    bytes: 0,
    begun: performance.now(),
    toldAt: performance.now(),
    end: "",
  };
  running = state;
  place("plain").href = link.href;
  tell(state, "Export begins.");
  const timer = setInterval(() => say(state), SAY_EVERY);
  say(state);
  try {
    const response = await answer(state);
    const file = await whole(state, response.body.getReader());
    hand(file, nameOf(response));
    state.end = `Saved ${inRows(state.rows.number)}, ${size(state.bytes)}.`;
  } catch (error) {
    state.end = reason(state, error);
  }
  clearInterval(timer);
  if (running === state) {
    running = null;
    say(state);
    tell(state, state.end);
  }
}

async function answer({ link, abort }) {
  const response = await fetch(link.href, { signal: abort.signal });
  if (response.redirected) {
    throw new Failure("Your session has ended: sign in, and export again.");
  }
  if (!response.ok) {
    throw new Failure(`Slotwatch answers with an error (${response.status}): nothing was saved.`);
  }
  return response;
}

async function whole(state, reader) {
  const pieces = [];
  let parts = [];
  let held = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) {
      break;
    }
    state.rows.read(value);
    state.bytes += value.length;
    held += value.length;
    parts.push(value);
    if (held >= PIECE) {
      pieces.push(new Blob(parts));
      parts = [];
      held = 0;
    }
  }
  if (!state.rows.isWhole) {
    throw new Error("the last line has no end");
  }
  return new Blob([...pieces, ...parts]);
}

function reason({ abort, rows }, error) {
  if (abort.signal.aborted) {
    return "Cancelled: nothing was saved.";
  }
  if (error instanceof Failure) {
    return error.message;
  }
  return rows.lines
    ? `Cut off after ${inRows(rows.number)}: nothing was saved. Try again.`
    : "Can't reach Slotwatch: nothing was saved. Try again.";
}

function nameOf(response) {
  const header = response.headers.get("Content-Disposition") ?? "";
  return header.match(/filename="([^"]+)"/)?.[1] ?? "export";
}

function hand(file, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  // Not at once: the browser reads it when the click is over.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

// The page may have been drawn anew meanwhile: its places are looked for each time.
function say(state) {
  const box = document.getElementById("export-progress");
  if (!box || (running && running !== state)) {
    return;
  }
  box.hidden = false;
  place("line").textContent = state.end || progress(state);
  place("cancel").hidden = Boolean(state.end);
  place("plain").hidden = Boolean(state.end) || state.bytes < LARGE;
  if (!state.end && performance.now() - state.toldAt > TELL_EVERY) {
    tell(state, progress(state));
  }
}

// For screen readers, which are not to hear of every step.
function tell(state, text) {
  state.toldAt = performance.now();
  place("said")?.replaceChildren(text);
}

function progress({ rows, bytes, begun, total }) {
  const elapsed = performance.now() - begun;
  if (!bytes) {
    return `Waiting for the first rows, ${duration(elapsed)}`;
  }
  const rate = Math.round((1000 * rows.number) / Math.max(elapsed, SAY_EVERY));
  const known = total ? `${count(rows.number)} of ${total} rows` : inRows(rows.number);
  return `${known}, ${size(bytes)}, ${count(rate)} rows/s, ${duration(elapsed)}`;
}

document.addEventListener("click", (event) => {
  const { target } = event;
  const link = target.closest("[data-export]");
  // With a key held down it is the browser's own: another tab, a download.
  const isPlain = event.ctrlKey || event.metaKey || event.shiftKey || event.altKey;
  if (link && !isPlain) {
    event.preventDefault();
    save(link);
  } else if (target.closest("[data-export-cancel]")) {
    running?.abort.abort();
  } else if (target.closest("[data-export-plain]")) {
    // The link goes on by itself.
    running?.abort.abort();
  }
});
