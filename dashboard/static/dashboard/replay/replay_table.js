// The decision table of an instant: its rows are those of the live page, and so are its words.

import { runnerAddress } from "../web/addresses.js";
import { badge } from "./replay_marks.js";
import { step } from "./replay_reading.js";
import { count, duration, filled, roundHalfEven } from "../text/words.js";

export function decisions(section, read, words) {
  const body = section.querySelector("tbody");
  const blank = section.querySelector("template").content.firstElementChild;
  const capped = section.querySelector("[data-capped]");
  const { runners } = document.getElementById("lane-labels").dataset;
  const instant = (at) => read.payload.start + at;

  return function show(t) {
    const epoch = read.epochs[read.epochAt(t)];
    const turn = read.turnAt(t);
    const places = turn.runner === null ? [] : epoch.shown;
    const shown = around(places, read.position(epoch, turn.runner), read.payload.rows);
    section.querySelector("[data-empty=nobody]").hidden = turn.runner !== null;
    section.querySelector("[data-empty=none]").hidden = turn.runner === null || shown.length > 0;
    section.querySelector(".table-scroll").hidden = shown.length === 0;
    capped.hidden = shown.length === places.length;
    const total = count(places.length, "runner");
    set(capped, `Showing the ${shown.length} around the scheduled runner, of ${total}.`);
    set(section.querySelector(".replay-clock"), words.exact(instant(t)));
    while (body.childElementCount > shown.length) {
      body.lastElementChild.remove();
    }
    while (body.childElementCount < shown.length) {
      body.append(blank.cloneNode(true));
    }
    const { holders } = read.standingAt(t);
    [...body.children].forEach((row, index) => {
      fill(row, told(read, epoch, turn, holders, shown[index], t));
    });
  };

  function fill(row, { runner, place, isOwner, window, answer, why, turn }) {
    const [position, name, times, until, said, next] = row.children;
    row.id = `runner-${place}`;
    row.classList.toggle("owner", isOwner);
    set(position, String(place + 1));
    const [link, copy] = name.children;
    const id = read.payload.runners[runner];
    set(link, read.name(runner));
    link.href = runnerAddress(runners, id);
    link.title = id;
    copy.dataset.copy = id;
    copy.title = `Copy the id ${id}`;
    const range = window && [window.start, window.end].map((at) => words.bare(instant(at)));
    set(times, range ? range.join(" – ") : "none");
    set(until, window ? words.bare(instant(window.until)) : "never");
    if (said.dataset.said !== `${answer.mark} ${why}`) {
      const reason = document.createElement("span");
      reason.className = "muted";
      reason.textContent = why;
      said.dataset.said = `${answer.mark} ${why}`;
      said.replaceChildren(badge(answer), " ", reason);
    }
    set(next, turn);
  }
}

// As many of these ascending places as a table has rows, with the owner's in the middle.
function around(places, owner, rows) {
  const middle = step(places, owner - 1) + 1;
  const first = Math.max(0, Math.min(middle - Math.floor(rows / 2), places.length - rows));
  return places.slice(first, first + rows);
}

// What one runner would be told, and when its turn is; by the answers that came with the payload.
function told(read, epoch, turn, holders, place, t) {
  const { answers, others, held, holds } = read.words;
  const runner = epoch.order[place];
  const isOwner = runner === turn.runner;
  const window = read.windowOf(epoch, place);
  let code = isOwner ? turn.answer : others[turn.answer];
  const holder = holders.length ? read.name(holders[0].runner) : "";
  if (holders.some((each) => each.runner === runner)) {
    code = holds;
  } else if (holder && held[code]) {
    code = held[code];
  }
  const late = window ? ((t - window.start) / (window.end - window.start)) * 100 : 0;
  const why = filled(answers[code].why, {
    assigned: read.name(turn.runner),
    holder,
    late: String(roundHalfEven(late)),
  });
  const next = nextTurn(read, epoch, place, window, t);
  return { runner, place, isOwner, window, answer: answers[code], why, turn: next };
}

function nextTurn(read, epoch, place, window, t) {
  if (!window) {
    return "never";
  }
  const isOpen = t < window.end && t <= window.until;
  const start = isOpen ? window.start : read.windowOf(epoch, place, epoch.cycle[1]).start;
  return start <= t ? "now" : `in ${duration(start - t)}`;
}

function set(element, text) {
  if (element.textContent !== text) {
    element.textContent = text;
  }
}
