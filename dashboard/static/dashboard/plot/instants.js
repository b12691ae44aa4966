// Instants on the axes of charts. Plotly takes a number on a date axis as the browser's local time,
// and draws a text as it is: so a chart has texts, and all reckoning is in Unix milliseconds.
//
// A chart is drawn in one offset throughout (dashboard/plot/instants.py says why): what the clocks
// of its zone show at an instant is another thing, and both are here.

// What Plotly leaves out of a text.
const MIDNIGHT = "0000-01-01 00:00:00.000";

// `ahead` is that of the drawing; `offsets` are those of the zone along the axis: from when on, how
// far ahead, in words. All in milliseconds.
export function clockOf({ ahead, offsets }) {
  const periods = offsets.map(([since, zoneAhead, label], index) => ({
    since: index ? since : -Infinity,
    until: offsets[index + 1]?.[0] ?? Infinity,
    ahead: zoneAhead,
    label,
  }));
  const periodAt = (instant) => periods.findLast(({ since }) => since <= instant);
  return {
    periods,
    drawn: (instant) => written(Math.round(instant) + ahead).replace(/\.000$/, ""),
    instant: (drawn) => read(drawn) - ahead,
    // What a clock on the wall shows: "2026-11-01 01:30:00.000".
    wall: (instant) => written(instant + periodAt(instant).ahead),
    label: (instant) => periodAt(instant).label,
    // When the clocks first showed that time, or, where it was left out, went past it.
    reached(wall) {
      const period = periods.find(({ until, ahead: its }) => wall - its < until);
      return Math.max(wall - period.ahead, period.since);
    },
  };
}

function written(milliseconds) {
  return new Date(milliseconds).toISOString().slice(0, 23).replace("T", " ");
}

function read(text) {
  const whole = text.slice(0, 23) + MIDNIGHT.slice(text.length);
  return Date.parse(`${whole.replace(" ", "T")}Z`);
}
