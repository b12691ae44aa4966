// Decides when the page asks for its fragment, and says so when that fails. The asking and the
// swapping are htmx's: this module fires the event that hx-trigger names, and listens.
//
// Every 2 s, or right when the server said that something will change; never while the tab is
// hidden or the viewer has paused; ever more slowly, up to half a minute, while the server does not
// answer.

import { hold, isPinned, learn, now, release } from "./now.js";
import { isPaused, offer } from "./pause.js";
import { tick } from "./tick.js";
import { clockTime } from "../text/time_words.js";
import { duration } from "../text/words.js";

const asker = document.getElementById("refresh");
const freshness = document.getElementById("freshness");
const trouble = document.getElementById("trouble");
const troubleText = document.getElementById("trouble-text");
const troubleLink = document.getElementById("trouble-link");

const EVERY = Number(asker.dataset.every);
const AT_MOST = 30_000;
const AT_LEAST = 1_000;
// Asked exactly at the change, a server whose clock is a hair behind would say "nothing new".
const AFTER_CHANGE = 30;
// All who look at a service are told of the same change: asked at once, the last would wait longer.
const SPREAD = 200;
// Without an answer for so long, what is shown is not counted on: it may be otherwise by now.
const OUTDATED = EVERY + 5_000;

let goodAt = now();
let resumedAt = goodAt;
let failingSince = null;
let failures = 0;
let answer = "";
let timer = null;
let nextAt = 0;
let isAsking = false;
let isEnded = false;

const known = () => document.getElementById("known");
// Whether there was anything to ask for when the page came.
const wasLive = !known()?.hasAttribute("data-over");
const isOver = () => isEnded || Boolean(known()?.hasAttribute("data-over"));
const isResting = () => isOver() || isPaused() || document.hidden;

function schedule() {
  clearTimeout(timer);
  timer = null;
  if (isResting()) {
    return;
  }
  const wait = failures ? backOff() : untilChange();
  nextAt = Date.now() + wait;
  timer = setTimeout(ask, wait);
}

function backOff() {
  return Math.min(AT_MOST, EVERY * 2 ** Math.min(failures - 1, 6)) * (0.85 + Math.random() * 0.15);
}

function untilChange() {
  const change = Number(known()?.dataset.nextChange ?? 0) * 1000;
  const wait = change - now() + AFTER_CHANGE + Math.random() * SPREAD;
  return change ? Math.min(EVERY, Math.max(AT_LEAST, wait)) : EVERY;
}

function ask() {
  clearTimeout(timer);
  if (isAsking || isResting()) {
    return;
  }
  isAsking = true;
  window.htmx.trigger(asker, "slotwatch:refresh");
}

function succeeded() {
  goodAt = now();
  release();
  failingSince = null;
  failures = 0;
  say();
}

function failed(why) {
  failures += 1;
  failingSince ??= now();
  answer = why;
}

function ended(signIn) {
  isEnded = true;
  clearTimeout(timer);
  offer(false);
  holdAll();
  if (freshness) {
    set(freshness, `As of ${clockTime(goodAt)}; signed out`);
  }
  trouble.hidden = false;
  troubleText.textContent = `Your session has ended; showing data from ${clockTime(goodAt)}.`;
  troubleLink.href = signIn;
  troubleLink.hidden = false;
}

function holdAll() {
  hold(goodAt);
  tick();
}

// What the page says about itself: how old its data is, and that the server is away.
function say() {
  if (isEnded) {
    return;
  }
  offer(!isOver());
  if (isPaused() && !isOver()) {
    sayPaused();
    return;
  }
  const age = now() - goodAt;
  const isLate = now() - Math.max(goodAt, resumedAt) > OUTDATED && !document.hidden;
  const isCut = !isOver() && (failures > 0 || isLate);
  if (isCut || isOver()) {
    holdAll();
  }
  if (freshness && !isOver()) {
    set(freshness, isCut ? `As of ${clockTime(goodAt)}; not connected` : `Updated ${duration(age)} ago`);
    freshness.classList.toggle("stale", isCut);
  } else if (freshness && wasLive && !isPinned()) {
    // It was asked until it was over, and is not any more.
    set(freshness, `As of ${clockTime(goodAt)}`);
  }
  trouble.hidden = failures === 0;
  if (failures) {
    const wait = isAsking ? "now" : `in ${duration(nextAt - Date.now() + 999)}`;
    set(
      troubleText,
      `${answer} since ${clockTime(failingSince)}; showing data from ${clockTime(goodAt)}; retrying ${wait}.`,
    );
  }
}

// Nobody asks, so that it is of no matter whether there would be an answer.
function sayPaused() {
  holdAll();
  set(freshness, `Paused, as of ${clockTime(goodAt)}`);
  freshness.classList.add("stale");
  trouble.hidden = true;
}

function set(element, text) {
  if (element.textContent !== text) {
    element.textContent = text;
  }
}

asker.addEventListener("htmx:beforeOnLoad", (event) => {
  const { xhr } = event.detail;
  const stamp = Number(xhr.getResponseHeader("Slotwatch-Now"));
  if (stamp) {
    learn(stamp * 1000);
  }
  const signIn = xhr.getResponseHeader("HX-Redirect");
  if (signIn || xhr.status === 401) {
    // Not followed by itself: whoever watches is told, and keeps what is on the screen.
    event.preventDefault();
    ended(signIn || "/login/");
  } else if (isPaused()) {
    // It was on its way when the viewer paused.
    event.preventDefault();
  }
});

asker.addEventListener("htmx:afterRequest", (event) => {
  const { successful, xhr } = event.detail;
  isAsking = false;
  if (isEnded || isPaused()) {
    return;
  }
  if (successful) {
    succeeded();
  } else {
    failed(xhr.status ? `Slotwatch answers with an error (${xhr.status})` : "Can't reach Slotwatch");
  }
  schedule();
  say();
});

document.addEventListener("htmx:afterSettle", () => {
  // Fresh text is as of the server's answer, and the page counts on from there at once.
  tick();
  document.dispatchEvent(new CustomEvent("slotwatch:refreshed"));
});

document.addEventListener("slotwatch:paused", () => {
  resumedAt = now();
  schedule();
  ask();
  say();
});
document.addEventListener("visibilitychange", () => (document.hidden ? schedule() : ask()));
addEventListener("online", ask);
addEventListener("offline", ask);
addEventListener("pageshow", (event) => event.persisted && ask());
setInterval(say, 1000);
release();
say();
schedule();
