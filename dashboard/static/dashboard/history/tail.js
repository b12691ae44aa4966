// Live tail: while it is on, the rows of the first page are asked for again every 2 s with whatever
// is newer, and morphed in place. What one reads stays where it is on the screen.

import { clockTime } from "../text/time_words.js";
import { hold, learn, now, release, stand } from "../web/now.js";
import { tick } from "../web/tick.js";

const EVERY = 2_000;
const AT_MOST = 30_000;
const SUMMARY_EVERY = 10_000;

const button = document.getElementById("tail");
const state = document.getElementById("tail-state");

let timer = null;
let failures = 0;
let goodAt = now();
let summaryAt = Date.now();

const isOn = () => button.getAttribute("aria-pressed") === "true";
const rows = () => document.getElementById("rows");

function schedule() {
  clearTimeout(timer);
  if (isOn() && !document.hidden) {
    timer = setTimeout(ask, Math.min(AT_MOST, EVERY * 2 ** Math.min(failures, 5)));
  }
}

async function ask() {
  try {
    const response = await fetch(button.dataset.tail, {
      headers: { "HX-Request": "true" },
      signal: AbortSignal.timeout(10_000),
    });
    if (response.redirected || response.headers.has("HX-Redirect")) {
      stop("Not live: your session has ended. Reload the page to sign in.");
      return;
    }
    if (!response.ok) {
      throw new Error(`Slotwatch answers ${response.status}`);
    }
    const html = await response.text();
    if (!isOn()) {
      return; // switched off meanwhile, or the rows are those of another page
    }
    learn(Number(response.headers.get("Slotwatch-Now")) * 1000);
    goodAt = now();
    release();
    show(html);
    failures = 0;
    say("Live");
  } catch (error) {
    if (!isOn()) {
      return;
    }
    failures += 1;
    hold(goodAt);
    tick();
    say(`Not live: ${error.message || "can’t reach Slotwatch"}. Trying again.`);
  }
  schedule();
}

function show(html) {
  const before = new Set(Array.from(rows().rows, (row) => row.id));
  const anchor = Array.from(rows().rows).find((row) => row.getBoundingClientRect().bottom > 0);
  const top = anchor?.getBoundingClientRect().top;
  window.Idiomorph.morph(rows(), html, { ignoreActiveValue: true });
  document.getElementById("as-of").textContent = `As of ${clockTime(goodAt)}`;
  const fresh = Array.from(rows().rows).filter((row) => !before.has(row.id));
  for (const row of fresh) {
    row.classList.add("fresh");
  }
  // At the top one watches what comes in; further down one reads.
  if (anchor?.isConnected && scrollY > 0) {
    scrollBy({ top: anchor.getBoundingClientRect().top - top, behavior: "instant" });
  }
  tick();
  if (fresh.length && Date.now() - summaryAt > SUMMARY_EVERY) {
    summaryAt = Date.now();
    window.htmx.trigger(document.getElementById("summary"), "slotwatch:summary");
  }
}

function stop(why) {
  clearTimeout(timer);
  button.setAttribute("aria-pressed", "false");
  // What counted on goes back to what the rows are as of, now and not with the next second.
  hold(goodAt);
  tick();
  say(why);
}

function say(text) {
  if (state.textContent !== text) {
    state.textContent = text;
  }
}

if (button) {
  button.hidden = false;
  button.addEventListener("click", () => {
    if (isOn()) {
      stop("");
      return;
    }
    button.setAttribute("aria-pressed", "true");
    say("Live");
    ask();
  });
  // Only the first page has new rows.
  document.addEventListener("slotwatch:paged", () => {
    stop("");
    button.hidden = true;
  });
  document.addEventListener("visibilitychange", () => (document.hidden ? schedule() : isOn() && ask()));
}

// After the tail has stopped: the rows that came are newer than what it had.
document.addEventListener("slotwatch:paged", stand);
