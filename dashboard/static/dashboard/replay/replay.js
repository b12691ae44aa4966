// Replay: a scrubber moves "now" through a cycle that is over, and chart, decision table, standing
// and log follow, all from one payload. Nothing is asked of the server meanwhile. The instant is in
// the address (?t=), so that it can be passed on.

import { figures } from "./replay_figure.js";
import { logRows } from "./replay_log.js";
import { loadMarks } from "./replay_marks.js";
import { addressOf, replayPage } from "./replay_page.js";
import { player } from "./replay_player.js";
import { reading, step } from "./replay_reading.js";
import { standingLine } from "./replay_standing.js";
import { decisions } from "./replay_table.js";
import { timeWords } from "../text/time_words.js";
import { themed } from "../web/theme.js";
import { ownFigure, place, react, standInFor } from "../timeline/timeline.js";

const panel = document.getElementById("replay");
const range = document.getElementById("replay-range");
const clock = document.getElementById("replay-instant");
const line = document.getElementById("replay-standing");
const table = document.getElementById("replay-decisions");
const ARROW = 1000;
// A chart that takes longer than QUICK to draw waits until the scrubber has stood still for REST, or
// for PATIENCE times as long as it takes: the thumb, the now line and the words never wait for it.
const QUICK = 50;
const REST = 120;
const PATIENCE = 10;

const payload = JSON.parse(document.getElementById("replay-data").textContent);
const read = reading(payload);
const words = timeWords(payload.start);
const happenings = payload.happenings.map(Math.ceil);
const lastInstant = Math.ceil(payload.length) - 1;
const showDecisions = decisions(table, read, words);
const showStanding = standingLine(line, read);
const page = replayPage(panel, read);
const remember = addressOf(() => (at === null ? null : payload.start + at));

let at = null;
let figure = null;
let drawn = null;
let drawnAt = 0;
let cost = 0;
let isDrawing = false;
let restTimer = null;
let log = logRows(read);

const standIn = {
  instant: () => payload.start + at,
  redraw() {
    const { own, styles } = themed({ own: ownFigure(), styles: payload.traces });
    figure = figures(read, own, styles, words);
    return chartAt();
  },
};

// Follows at most once a frame, and ends with the latest instant asked for.
async function draw() {
  if (isDrawing) {
    return;
  }
  isDrawing = true;
  clearTimeout(restTimer);
  panel.setAttribute("aria-busy", "true");
  let told = null;
  while (at !== null && told !== at) {
    await new Promise(requestAnimationFrame);
    if (at !== null) {
      told = at;
      tell();
      await follow();
    }
  }
  isDrawing = false;
  restTimer = setTimeout(rest, drawn === at ? 0 : REST);
}

// Where only what runs has grown, the overlay shows that at once, and the chart when there is time.
async function follow() {
  const isSame = figure.moment(drawn) === figure.moment(at) && at >= drawn;
  const mayDraw = cost < QUICK || performance.now() - drawnAt > PATIENCE * cost;
  if (isSame || !mayDraw) {
    place();
  } else {
    await chartAt();
  }
  page.keepInSight();
}

async function chartAt() {
  const began = performance.now();
  drawn = at;
  await react(figure.at(at));
  drawnAt = performance.now();
  cost = drawnAt - began;
}

async function rest() {
  if (at !== null && drawn !== at) {
    await chartAt();
  }
  panel.setAttribute("aria-busy", String(isDrawing));
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
    page.dress(true);
    tell();
    await standInFor(standIn);
  }
  remember();
  await draw();
}

async function end() {
  play.pause();
  at = null;
  drawn = null;
  page.dress(false);
  log.leave();
  restRange();
  remember();
  await standInFor(null);
}

function restRange() {
  range.value = range.max;
  range.setAttribute("aria-valuetext", range.dataset.idle);
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
restRange();
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
page.align();
panel.hidden = false;

document.addEventListener("slotwatch:refreshed", () => {
  page.align();
  log = logRows(read);
  if (at !== null) {
    page.dress(true);
    tell();
  }
});
if (panel.dataset.at !== undefined) {
  go(Number(panel.dataset.at));
}
