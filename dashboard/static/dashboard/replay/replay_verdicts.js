// What was said of the windows at an instant: by a mark, by a line in the window's hover, or both.

import { safe } from "../plot/hovers.js";
import { gapsAt } from "./replay_plan.js";
import { bars, points, without } from "./replay_traces.js";

const UNKNOWN = "unknown";
const DERIVED = / derived$/;
const OPEN = /-open$/;
// A window is the plan's and the verdict's to a microsecond or two.
const SAME = 0.01;

// By lane its windows, each with the steps of what was said of it.
export function readVerdicts({ read, laneOf }) {
  const { runner, start, windowless, at, mark, same, words, marks } = read.payload.verdicts;
  const lanes = new Map();
  let before = "";
  let window = null;
  at.forEach((each, index) => {
    before = before.slice(0, same[index]) + words[index];
    if (window?.runner !== runner[index] || window.start !== start[index]) {
      window = { runner: runner[index], start: start[index], end: windowless[index], steps: [] };
      const lane = laneOf.get(window.runner);
      lanes.set(lane, [...(lanes.get(lane) ?? []), window]);
    }
    window.steps.push({ at: each, mark: marks[mark[index]], words: before });
  });
  return lanes;
}

// `slots`: the windows of each lane as planned at the instant. Where there is none, what is said
// holds to the end of the cycle as far as was known.
export function verdictsAt({ read, scale }, verdicts, slots, t) {
  return slots.flatMap((list, lane) =>
    (verdicts.get(lane) ?? []).flatMap(({ runner, start, end, steps }) => {
      const said = steps.findLast((each) => each.at <= t);
      const slot = end ? null : list.find(({ from }) => Math.abs(from - start) < SAME);
      if (!said?.words || slot === undefined) {
        return [];
      }
      const place = slot ? slot.place : read.position(read.epochs[read.epochAt(start)], runner);
      const to = slot ? slot.to : end > t ? scale.length : end;
      return [{ ...said, lane, slot, place, from: start, to, isThin: to - start < read.payload.thin }];
    }),
  );
}

// The lines of the windows' hovers; a mark that covers its window says the same.
export function verdictLines(said) {
  return new Map(
    said
      .filter(({ mark, isThin }) => !isThin || mark === "" || mark === UNKNOWN)
      .map(({ slot, words }) => [slot, `<br>${words}`]),
  );
}

// The first trace, of windows that were not watched, belongs under the runs.
export function verdictTraces({ read, meta, scale, styles }, said, t) {
  const gaps = gapsAt(read.payload, t);
  const unknown = bars(scale);
  const outlines = points(scale);
  const grounds = points(scale);
  const marked = new Map();
  const symbols = [];
  for (const { mark, words, lane, slot, place, from, to, isThin } of said) {
    if (mark === UNKNOWN) {
      for (const [start, end] of without([from, to], gaps)) {
        unknown.add(lane, start, end);
      }
    } else if (mark) {
      const near = slot ? to : from + 2 * read.payload.windowlessAt;
      const at = (from + Math.min(to, near)) / 2;
      marked.set(mark, marked.get(mark) ?? points(scale));
      marked.get(mark).add(lane, at, `${safe(meta.labels[lane])} · slot ${place + 1}<br>${words}`);
      if (DERIVED.test(mark)) {
        grounds.add(lane, at);
        symbols.push(styles[mark].marker.symbol.replace(OPEN, ""));
        if (slot && !isThin) {
          outlines.addOutline(lane, styles[UNKNOWN].width, from, to);
        }
      }
    }
  }
  const ground = { ...styles.grounds, marker: { ...styles.grounds.marker, symbol: symbols } };
  return [
    unknown.trace(styles[UNKNOWN]),
    outlines.trace(styles.outlines),
    grounds.trace(ground),
    ...[...marked].map(([mark, each]) => each.trace(styles[mark])),
  ];
}
