// Replay: a scrubber moves "now" through a cycle that is over, and chart, decision table, standing
// and log follow, all from one payload. Nothing is asked of the server meanwhile. The instant is in
// the address (?t=), so that it can be passed on.

import { figures } from "./replay_figure.js";
import { logRows } from "./replay_log.js";
import { loadMarks, mark } from "./replay_marks.js";
import { player } from "./replay_player.js";
import { reading, step } from "./replay_reading.js";
import { standingLine } from "./replay_standing.js";
import { decisions } from "./replay_table.js";
import { timeWords } from "./replay_words.js";
import { themed } from "./theme.js";
import { ownFigure, react, standInFor } from "./timeline.js";

const panel = document.getElementById("replay");
const range = document.getElementById("replay-range");
const clock = document.getElementById("replay-instant");
const line = document.getElementById("replay-standing");
const table = document.getElementById("replay-decisions");
const verdicts = document.getElementById("decisions-title").closest("section");
const leave = panel.querySelector("[data-replay=leave]");
const ADDRESS_EVERY = 400;
const ARROW = 1000;

const payload = JSON.parse(document.getElementById("replay-data").textContent);
const read = reading(payload);
const words = timeWords(payload.start);
const happenings = payload.happenings.map(Math.ceil);
const lastInstant = Math.ceil(payload.length) - 1;
const showDecisions = decisions(table, read, words);
const showStanding = standingLine(line, read);
const log = logRows(read);

let at = null;
let figureAt = null;
let isDrawing = false;
let addressTimer = null;

const standIn = {
  instant: () => payload.start + at,
  redraw() {
    const { figure, styles } = themed({ figure: ownFigure(), styles: payload.traces });
    figureAt = figures(read, figure, styles, words);
    return react(figureAt(at));
  },
};

// Draws at most once a frame, and ends with the latest instant asked for.
async function draw() {
  if (isDrawing) {
    return;
  }
  isDrawing = true;
  panel.setAttribute("aria-busy", "true");
  let drawn = null;
  while (at !== null && drawn !== at) {
    await new Promise(requestAnimationFrame);
    if (at === null) {
      break;
    }
    drawn = at;
    tell();
    await react(figureAt(drawn));
    follow();
  }
  isDrawing = false;
  panel.setAttribute("aria-busy", "false");
}

function tell() {
  const instant = payload.start + at;
  range.value = String(at);
  range.setAttribute("aria-valuetext", words.exact(instant));
  clock.textContent = words.exact(instant);
  clock.dateTime = new Date(instant).toISOString();
  showStanding(at);
  showDecisions(at);
  log.show(at);
}

async function go(to) {
  const isFirst = at === null;
  at = Math.min(Math.max(Math.round(to), 0), lastInstant);
  if (isFirst) {
    dress(true);
    tell();
    await standInFor(standIn);
    follow();
  }
  rememberInAddress();
  await draw();
}

async function end() {
  play.pause();
  at = null;
  dress(false);
  log.leave();
  range.value = range.max;
  range.removeAttribute("aria-valuetext");
  rememberInAddress();
  await standInFor(null);
}

// Where the chart scrolls sideways, the now line is kept in sight.
function follow() {
  const box = document.querySelector(".chart-scroll");
  const beside = document.getElementById("lane-labels").clientWidth;
  const { left, right } = box.getBoundingClientRect();
  const { x } = box.querySelector(".now-line").getBoundingClientRect();
  if (box.scrollWidth > box.clientWidth && x && (x < left + beside || x > right)) {
    box.scrollLeft += x - (left + beside + right) / 2;
  }
}

// What the page shows instead of what it knows now.
function dress(isReplaying) {
  document.getElementById("main").classList.toggle("replaying", isReplaying);
  panel.querySelector(".replay-idle").hidden = isReplaying;
  clock.hidden = !isReplaying;
  line.hidden = !isReplaying;
  leave.hidden = !isReplaying;
  table.hidden = !isReplaying;
  verdicts.hidden = isReplaying;
  verdicts.before(table);
  dressLegend(isReplaying);
}

// What is over in the whole cycle may be running in a replay.
function dressLegend(isReplaying) {
  const legend = document.querySelector(".legend");
  legend?.querySelector(".replay-only")?.remove();
  if (isReplaying && legend && !legend.querySelector(".mark.running")) {
    const item = document.createElement("li");
    item.className = "replay-only";
    item.append(mark(read.words.running.mark), read.words.running.word);
    legend.prepend(item);
  }
}

// The scrubber lies over the chart's time axis: its thumb is above the now line.
function align() {
  const { l, r } = document.getElementById("timeline").layout.margin;
  range.style.setProperty("--axis-left", `${l}px`);
  range.style.setProperty("--axis-right", `${r}px`);
}

// Browsers allow a page few changes of its address a second.
function rememberInAddress() {
  addressTimer ??= setTimeout(() => {
    addressTimer = null;
    const address = new URL(location.href);
    if (at === null) {
      address.searchParams.delete("t");
    } else {
      const instant = new Date(payload.start + at).toISOString().replace(".000Z", "Z");
      address.searchParams.set("t", instant);
    }
    history.replaceState(history.state, "", address.href.replaceAll("%3A", ":"));
  }, ADDRESS_EVERY);
}

const current = () => at ?? lastInstant;

function previousHappening() {
  return happenings[step(happenings, current() - 1)] ?? 0;
}

function nextHappening() {
  return happenings[step(happenings, current()) + 1] ?? lastInstant;
}

function slotLength() {
  const { order, slot } = read.epochs[read.epochAt(current())];
  return order.length ? slot : payload.length / 10;
}

const keys = {
  ArrowLeft: () => current() - ARROW,
  ArrowDown: () => current() - ARROW,
  ArrowRight: () => current() + ARROW,
  ArrowUp: () => current() + ARROW,
  PageDown: () => current() - slotLength(),
  PageUp: () => current() + slotLength(),
  Home: () => 0,
  End: () => lastInstant,
};

range.max = String(lastInstant);
range.value = range.max;
range.addEventListener("keydown", (event) => {
  const move = keys[event.key];
  if (move && !event.altKey && !event.ctrlKey && !event.metaKey) {
    event.preventDefault();
    go(move());
  }
});
range.addEventListener("input", () => go(Number(range.value)));

const play = player(panel, {
  at: () => at,
  // From the end, or before the first step, it begins at the beginning.
  start: () => (at === null || at >= lastInstant ? 0 : at),
  isOver: () => at === null || at >= lastInstant,
  go,
});
const actions = {
  play: play.toggle,
  previous: () => go(previousHappening()),
  next: () => go(nextHappening()),
  leave: end,
};

panel.addEventListener("click", (event) => {
  actions[event.target.closest("[data-replay]")?.dataset.replay]?.();
});

await loadMarks(panel.dataset.marks);
align();
panel.hidden = false;
if (panel.dataset.at !== undefined) {
  go(Number(panel.dataset.at));
}
