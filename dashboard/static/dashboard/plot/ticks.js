// The ticks of a time axis: at round times of the clocks of its zone, before a change of clocks and
// after it. Plotly's own would be at round times of the offset that the axis is drawn in.

import { clockOf } from "./instants.js";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const STEPS = [
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500],
  ...[1, 2, 5, 10, 15, 30].map((each) => each * SECOND),
  ...[1, 2, 5, 10, 15, 30].map((each) => each * MINUTE),
  ...[1, 2, 3, 6, 12].map((each) => each * HOUR),
  ...[1, 2, 7, 14].map((each) => each * DAY),
];
// Longer ones are counted in months.
const MONTH = 30 * DAY;
const MONTHS = [1, 2, 3, 6, ...[1, 2, 5, 10, 20, 50, 100, 200, 500, 1000].map((each) => each * 12)];
// Weeks begin on a Monday: 1970 began on a Thursday.
const MONDAY = 4 * DAY;
const NAMES = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");
// How far apart ticks are at least, in pixels: their words have to fit.
const ROOM = { "time and seconds": 84, time: 74, "time over date": 76 };
const ROOM_OF_DAYS = 88;
// Around a change of clocks: a date with an offset may be beside it.
const ROOM_OF_CHANGES = { ...ROOM, "time over date": 110 };
const ROOM_OF_MILLISECONDS = 100;
// Where nothing is laid out yet.
const SOME_WIDTH = 600;

// `layout` with the ticks of the range that Plotly is going to show: with the same revision it keeps
// the one that somebody chose.
export function withTicks(chart, layout) {
  const isKept = chart.layout && chart.layout.uirevision === layout.uirevision;
  const range = isKept ? chart.layout.xaxis.range : layout.xaxis.range;
  return { ...layout, xaxis: { ...layout.xaxis, ...ticks(chart, layout, range) } };
}

// Brings the ticks of a drawn chart in line with what it shows.
export async function retick(chart) {
  const { layout } = chart;
  const { tickvals, ticktext } = ticks(chart, layout, layout.xaxis.range);
  if (String(tickvals) !== String(layout.xaxis.tickvals) || String(ticktext) !== String(layout.xaxis.ticktext)) {
    await window.Plotly.relayout(chart, { "xaxis.tickvals": tickvals, "xaxis.ticktext": ticktext });
  }
}

function ticks(chart, { meta, margin, xaxis }, range) {
  const clock = clockOf(meta.clock);
  const [from, to] = range.map(clock.instant);
  const width = chart.clientWidth - margin.l - margin.r;
  const pixel = (to - from) / (width > 0 ? width : SOME_WIDTH);
  const step = stepOf(pixel, meta.clock.ticks);
  // Beside what is shown there are some more, which a hand may pull in.
  const first = xaxis.minallowed ? Math.max(from - (to - from), clock.instant(xaxis.minallowed)) : from;
  const last = xaxis.maxallowed ? Math.min(to + (to - from), clock.instant(xaxis.maxallowed)) : to;
  const instants = isWhole(step)
    ? [...days(clock, step, first, last)]
    : withChanges(clock, [...times(clock, step, first, last)], ROOM_OF_CHANGES[meta.clock.ticks] * pixel);
  return {
    tickmode: "array",
    tickvals: instants.map(clock.drawn),
    ticktext: texts(clock, step, instants, from, to, meta.clock.ticks),
  };
}

function stepOf(millisecondsAPixel, style) {
  const room = (length) => {
    if (length >= DAY) {
      return ROOM_OF_DAYS;
    }
    return length < SECOND ? ROOM_OF_MILLISECONDS : ROOM[style];
  };
  const fits = (length) => length / room(length) >= millisecondsAPixel;
  const length = STEPS.find(fits);
  if (length) {
    return { length };
  }
  const months = MONTHS.find((each) => fits(each * MONTH)) ?? MONTHS.at(-1);
  return { length: months * MONTH, months };
}

// Round times of each period of the clocks; what comes twice is there twice.
function* times({ periods }, { length }, first, last) {
  for (const { since, until, ahead } of periods) {
    const start = Math.max(since, first) + ahead;
    const end = Math.min(until - 1, last) + ahead;
    for (let wall = Math.ceil(start / length) * length; wall <= end; wall += length) {
      yield wall - ahead;
    }
  }
}

// Where clocks are changed, a tick says so; the others make room for its words.
function withChanges({ periods }, instants, room) {
  const changes = periods.slice(1).map(({ since }) => since);
  const others = instants.filter((each) => changes.every((at) => Math.abs(at - each) >= room));
  return [...others, ...changes].sort((one, other) => one - other);
}

// Midnights; a day has one, also where its clocks leave it out or show it twice.
function* days(clock, step, first, last) {
  for (const wall of step.months ? months(clock, step, first) : midnights(clock, step, first)) {
    const instant = clock.reached(wall);
    if (instant > last) {
      return;
    }
    if (instant >= first) {
      yield instant;
    }
  }
}

function* midnights({ periods }, { length }, first) {
  const shift = length % (7 * DAY) ? 0 : MONDAY;
  const start = Math.floor((first + periods[0].ahead - shift) / length) * length + shift;
  for (let wall = start; ; wall += length) {
    yield wall;
  }
}

function* months(clock, step, first) {
  const year = Number(clock.wall(first).slice(0, 4));
  const decades = Math.max(step.months, 12);
  for (let month = Math.floor((year * 12) / decades) * decades; ; month += step.months) {
    // By name: Date.UTC takes years below 100 for those of the 20th century.
    yield new Date(0).setUTCFullYear(Math.floor(month / 12), month % 12, 1);
  }
}

function texts(clock, step, instants, from, to, style) {
  const isOver = style === "time over date";
  let before = null;
  return instants.map((instant) => {
    const wall = clock.wall(instant);
    const now = { date: wall.slice(0, 10), label: clock.label(instant) };
    const isFirst = instant >= from && (before === null || before.instant < from);
    const more = [];
    if (!isWhole(step) && (isFirst ? isOver || to - from > DAY : before && before.date !== now.date)) {
      more.push(isOver ? now.date : short(now.date));
    }
    // One axis of one line has the zone at its left.
    if (clock.periods.length > 1 && (isFirst ? isOver : before && before.label !== now.label)) {
      more.push(now.label);
    }
    before = { ...now, instant };
    return [main(step, wall, style), more.join(" ")].filter(Boolean).join(isOver ? "<br>" : " ");
  });
}

const isWhole = (step) => step.length >= DAY;

function main(step, wall, style) {
  if (step.months) {
    return wall.slice(0, step.months % 12 ? 7 : 4);
  }
  if (isWhole(step)) {
    return style === "time over date" ? wall.slice(0, 10) : short(wall.slice(0, 10));
  }
  if (step.length < SECOND) {
    return wall.slice(11, 23);
  }
  return wall.slice(11, step.length < MINUTE || style === "time and seconds" ? 19 : 16);
}

const short = (date) => `${Number(date.slice(8))} ${NAMES[Number(date.slice(5, 7)) - 1]}`;
