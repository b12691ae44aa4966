// Instants in words, in the zone of the page, as dashboard/text/words.py writes them.

import { length } from "./words.js";

const zone = document.documentElement.dataset.zone || "UTC";
const offsetFormat = new Intl.DateTimeFormat("en", { timeZone: zone, timeZoneName: "longOffset" });
const QUARTER = 15 * 60_000;
// Clocks are set back by less.
const SET_BACK = 6 * 3_600_000;
const offsets = new Map();

// No zone changes its offset but at a full quarter of an hour.
function offsetAt(instant) {
  const quarter = Math.floor(instant / QUARTER);
  if (!offsets.has(quarter)) {
    const parts = offsetFormat.formatToParts(quarter * QUARTER);
    const name = parts.find((part) => part.type === "timeZoneName").value;
    const [, sign, hours, minutes] = /GMT(?:([+-])(\d\d):(\d\d))?/.exec(name);
    const ahead = (Number(hours ?? 0) * 60 + Number(minutes ?? 0)) * 60_000;
    offsets.set(quarter, {
      milliseconds: sign === "-" ? -ahead : ahead,
      label: ahead ? `UTC${sign === "-" ? "−" : "+"}${hours}:${minutes}` : "UTC",
    });
  }
  return offsets.get(quarter);
}

const labelAt = (instant) => offsetAt(instant).label;

function local(instant) {
  return new Date(Math.floor(instant) + offsetAt(instant).milliseconds).toISOString();
}

// Whether clocks showed this time of day twice.
function comesTwice(instant) {
  const own = offsetAt(instant).milliseconds;
  return [instant - SET_BACK, instant + SET_BACK].some((near) => {
    const other = offsetAt(near).milliseconds;
    return other !== own && offsetAt(instant + own - other).milliseconds === other;
  });
}

const dateOf = (text) => text.slice(0, 10);
const withDate = (text, end) => text.slice(0, end).replace("T", " ");
const withoutDate = (text, end) => text.slice(11, end);
// Milliseconds only where there are any.
const endOf = (text) => (text.slice(20, 23) === "000" ? 19 : 23);

// The date and the offset of that day's instant are left out where they hold.
export function timeWords(dayInstant) {
  const day = dateOf(local(dayInstant));
  const dated = (text, end) => (dateOf(text) === day ? withoutDate : withDate)(text, end);
  const written = (text) => dated(text, endOf(text));
  const full = (instant) => `${written(local(instant))} ${labelAt(instant)}`;
  const stretch = (start, end) => {
    const [first, last] = [local(start), local(end)];
    const atStart = labelAt(start) === labelAt(end) ? written(first) : full(start);
    const atEnd = (dateOf(first) === dateOf(last) ? withoutDate : withDate)(last, endOf(last));
    return `${atStart} – ${atEnd} ${labelAt(end)}`;
  };
  return {
    bare: (instant) =>
      labelAt(instant) === labelAt(dayInstant) && !comesTwice(instant)
        ? written(local(instant))
        : full(instant),
    full,
    // With every digit, so that it keeps its width while it runs.
    exact: (instant) => `${dated(local(instant), 23)} ${labelAt(instant)}`,
    range: (start, end) => `${stretch(start, end)} (${length(end - start)})`,
  };
}

// 14:05:09 UTC−05:00, for what happened while the page was open.
export function clockTime(instant) {
  return `${withoutDate(local(instant), 19)} ${labelAt(instant)}`;
}
