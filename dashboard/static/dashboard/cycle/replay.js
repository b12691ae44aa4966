// Replay: a scrubber, a player and keys over the frames of a cycle. What a frame shows is the
// server's (dashboard/cycle/); the instant is in the address (?t=), so that it can be passed on.

import { now, pin } from "../web/now.js";
import { frames } from "./frames.js";
import { player } from "./player.js";
import { drawn, place } from "../timeline/timeline.js";

const SECTIONS = "#status:morph,#lanes:morph,#replay-state:morph,#freshness:morph,#below:morph";
const STEP = 1000;
// Browsers allow a page few changes of its address a second.
const REMEMBERED_EVERY = 400;
const OWN_KEYS =
  "input:not(#replay-range), select, textarea, [contenteditable], .chart-scroll, .table-scroll, .strip-rows *";
const PRESSED = "a, button, summary";

const panel = document.getElementById("replay");
const range = document.getElementById("replay-range");
const trouble = panel.querySelector(".replay-trouble");
const start = Number(panel.dataset.start) * 1000;
const end = Number(panel.dataset.end) * 1000;
const tenth = (end - start) / 10;

// The instant that is wanted, in milliseconds since 1970; null while there is no replay.
let at = shown();
let timer = null;

function shown() {
  const { at: seconds } = document.getElementById("replay-state").dataset;
  return seconds === undefined ? null : Number(seconds) * 1000;
}

function address(instant) {
  const url = new URL(panel.dataset.path, location.href);
  url.searchParams.set("t", new Date(instant).toISOString().replace(".000Z", "Z"));
  return `${url.pathname}${url.search.replaceAll("%3A", ":")}`;
}

const want = frames(panel, {
  address,
  async show(text) {
    window.htmx.swap(panel, text, { swapStyle: "none" }, { selectOOB: SECTIONS });
    trouble.hidden = true;
    tell();
    await drawn();
    keepInSight();
  },
  fail() {
    play.stop();
    trouble.hidden = false;
  },
});

const last = () => Math.min(end - 1, Math.floor(now()));
const current = () => at ?? last();

// Whole milliseconds: what a scrubber of a browser can stand at.
function go(to, step = STEP) {
  at = Math.min(Math.max(Math.round(to), start), last());
  range.value = String(at - start);
  pin(at);
  place();
  remember();
  const near = [at + step, at - step, at + 2 * step];
  return want(at, near.filter((each) => each >= start && each <= last()));
}

function tell() {
  const said = panel.querySelector(".replay-instant").textContent.trim();
  range.setAttribute("aria-valuetext", said);
}

function remember() {
  timer ??= setTimeout(() => {
    timer = null;
    history.replaceState(history.state, "", address(at));
  }, REMEMBERED_EVERY);
}

// The thumb is above the now line.
function align() {
  const { l, r } = document.getElementById("timeline").layout.margin;
  range.style.setProperty("--axis-left", `${l}px`);
  range.style.setProperty("--axis-right", `${r}px`);
}

// Where the chart scrolls sideways, the now line is kept in sight.
function keepInSight() {
  const box = document.querySelector(".chart-scroll");
  const beside = document.getElementById("lane-labels").clientWidth;
  const { left, right } = box.getBoundingClientRect();
  const { x } = box.querySelector(".now-line").getBoundingClientRect();
  if (box.scrollWidth > box.clientWidth && x && (x < left + beside || x > right)) {
    box.scrollLeft += x - (left + beside + right) / 2;
  }
}

const play = player(panel, {
  // From the end, or before the first step, it begins at the beginning.
  start: () => go(at === null || at >= last() ? start : at, play.step()),
  async go(by) {
    await go(at + by, play.step());
    return at < last();
  },
});

const everywhere = {
  ArrowLeft: () => current() - STEP,
  ArrowRight: () => current() + STEP,
  Home: () => start,
  End: last,
};
const onTheScrubber = {
  ArrowDown: everywhere.ArrowLeft,
  ArrowUp: everywhere.ArrowRight,
  PageDown: () => current() - tenth,
  PageUp: () => current() + tenth,
};

// Before steps.js, whose arrows lead to other cycles while there is no replay.
addEventListener("keydown", followKey, { capture: true });

function followKey(event) {
  const { key, target } = event;
  const isOnScrubber = target === range;
  const isPlain = !(event.altKey || event.ctrlKey || event.metaKey || event.shiftKey);
  if (!isPlain || (at === null && !isOnScrubber) || target.closest?.(OWN_KEYS)) {
    return;
  }
  const move = everywhere[key] ?? (isOnScrubber ? onTheScrubber[key] : undefined);
  if (move) {
    event.preventDefault();
    go(move());
  } else if (key === " " && !target.closest?.(PRESSED)) {
    event.preventDefault();
    play.toggle();
  }
}

range.addEventListener("input", () => {
  play.stop();
  go(start + Number(range.value));
});

panel.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-step]");
  const isPlain = !(event.altKey || event.ctrlKey || event.metaKey || event.shiftKey);
  if (link?.href && isPlain) {
    event.preventDefault();
    play.stop();
    go(Math.ceil(Date.parse(new URL(link.href).searchParams.get("t"))));
  }
});

// What was asked for before the replay began is of the present.
document.getElementById("refresh").addEventListener("htmx:beforeOnLoad", (event) => {
  if (at !== null) {
    event.preventDefault();
  }
});
document.addEventListener("slotwatch:refreshed", align);

range.max = String(end - 1 - start);
range.value = String(current() - start);
align();
range.hidden = false;
panel.querySelector(".replay-player").hidden = false;
if (at === null) {
  range.setAttribute("aria-valuetext", "The whole cycle");
} else {
  pin(at);
  place();
  tell();
  keepInSight();
}
