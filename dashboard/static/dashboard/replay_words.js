// Instants in the page's zone and exact lengths, as dashboard/words.py writes them.
// Where the date of the cycle's first day holds, it is left out.

import { duration } from "./words.js";

const zone = document.documentElement.dataset.zone || "UTC";
const offsetFormat = new Intl.DateTimeFormat("en", { timeZone: zone, timeZoneName: "longOffset" });
const QUARTER = 15 * 60_000;
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

function local(instant) {
  return new Date(Math.floor(instant) + offsetAt(instant).milliseconds).toISOString();
}

export function timeWords(dayInstant) {
  const day = local(dayInstant).slice(0, 10);
  const dated = (text, end) =>
    text.startsWith(day) ? text.slice(11, end) : text.slice(0, end).replace("T", " ");
  const bare = (instant) => {
    const text = local(instant);
    return dated(text, text.slice(20, 23) === "000" ? 19 : 23);
  };
  const full = (instant) => `${bare(instant)} ${offsetAt(instant).label}`;
  return {
    bare,
    full,
    // With every digit, so that it keeps its width while it runs.
    exact: (instant) => `${dated(local(instant), 23)} ${offsetAt(instant).label}`,
    range: (start, end) => `${bare(start)} – ${full(end)} (${length(end - start)})`,
  };
}

// 850 ms, 7.5 s, 1 m 20 s, 3 h 05 m.
export function length(milliseconds) {
  const whole = roundHalfEven(Math.max(milliseconds, 0));
  if (whole === 0) {
    return "0 s";
  }
  if (whole < 1000) {
    return `${whole} ms`;
  }
  if (whole < 60_000) {
    return `${whole / 1000} s`;
  }
  return duration(roundHalfEven(whole / 1000) * 1000);
}

// As Python rounds.
export function roundHalfEven(number) {
  const floor = Math.floor(number);
  if (number - floor === 0.5) {
    return floor % 2 ? floor + 1 : floor;
  }
  return Math.round(number);
}

export function count(number, singular) {
  return `${number.toLocaleString("en")} ${singular}${number === 1 ? "" : "s"}`;
}

// "{holder} holds for {since}." with its gaps filled.
export function filled(sentence, values) {
  return sentence.replace(/\{(\w+)\}/g, (_, name) => values[name]);
}
