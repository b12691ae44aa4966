// The chart as it was at an instant: the page's own figure without what had not happened yet, with
// windows and ribbon by the plan of the instant's epoch. How things look comes from the server.

import {
  blockedTraces,
  coveredBy,
  pointTraces,
  readRuns,
  runsAt,
  runTraces,
} from "./replay_attempts.js";
import {
  gracesAt,
  ribbonTraces,
  trackTraces,
  unwatchedTraces,
  watchedUntil,
  windowTraces,
} from "./replay_plan.js";
import { ownersAt, slotsOf, step } from "./replay_reading.js";
import { scaleOf } from "./replay_traces.js";
import { readVerdicts, verdictLines, verdictsAt, verdictTraces } from "./replay_verdicts.js";

// `figure` (the page's) and `styles` are in the colours of the theme; returns what draws an
// instant, and tells two apart.
export function figures(read, figure, styles, words) {
  const { payload } = read;
  const { layout } = figure;
  const { meta } = layout;
  const indexes = new Map(payload.runners.map((id, runner) => [id, runner]));
  const lanes = meta.runners.map((id) => indexes.get(id));
  const scale = scaleOf(payload, meta);
  const named = (name) => figure.data.filter((trace) => trace.name === name);
  const laneOf = new Map(lanes.map((runner, lane) => [runner, lane]));
  const chart = { read, figure, styles, words, meta, scale, named, laneOf };
  const runs = readRuns(chart);
  const verdicts = readVerdicts(chart);
  const plans = new Map();

  // What only changes with the epoch, made when it is first seen.
  function planned(number) {
    if (!plans.has(number)) {
      plans.set(number, {
        owners: ownersAt(read, number),
        slots: lanes.map((runner) => slotsOf(read, runner, number)),
      });
    }
    return plans.get(number);
  }

  // When the plan of an epoch next changed: what begins a cycle of that plan before was known.
  function changeAfter(number) {
    const next = read.epochs.find(
      (epoch, index) =>
        index > number &&
        (epoch.joined.length || epoch.left.length || epoch.policy !== read.epochs[number].policy),
    );
    return next ? scale.at(scale.x(next.start)) : Infinity;
  }

  function layoutAt(t, change, running) {
    return {
      ...layout,
      xaxis: { ...layout.xaxis, range: [...layout.xaxis.range] },
      yaxis: { ...layout.yaxis },
      yaxis2: { ...layout.yaxis2 },
      shapes: (layout.shapes ?? []).filter((shape) => scale.at(shape.x0) < change),
      meta: { ...meta, running: running.map(({ lane }) => ({ lane, from: scale.instant(t) })) },
    };
  }

  // Between two of these instants nothing changes but the ends of what runs, which the overlay lets
  // grow as on the live page.
  const moments = [...new Set(changes(chart))].sort((one, other) => one - other);

  function at(t) {
    const number = read.epochAt(t);
    const { owners, slots } = planned(number);
    const change = changeAfter(number);
    const known = runsAt(runs, read, t);
    const isWatched = watchedUntil(payload, t) === t;
    // The overlay lets grow only what is known to go on.
    const goesOn = (run) => isWatched && run.name === "running";
    const said = verdictsAt(chart, verdicts, slots, t);
    const [unknown, ...judged] = verdictTraces(chart, said, t);
    const graces = gracesAt(read.epochs[number], lanes, t);
    return {
      data: [
        ...ribbonTraces(chart, owners, t),
        ...pointTraces(chart, "change", (x) => scale.at(x) < change),
        ...trackTraces(chart, t),
        ...windowTraces(chart, slots, graces, coveredBy(known), verdictLines(said), t),
        ...pointTraces(chart, "silence", (x) => scale.at(x) <= t),
        unknown,
        ...unwatchedTraces(chart, t),
        ...runTraces(chart, known, t),
        ...judged,
        ...blockedTraces(chart, t),
      ],
      layout: layoutAt(t, change, known.filter(goesOn)),
    };
  }

  return { at, moment: (t) => step(moments, t) };
}

function* changes({ read, figure, scale }) {
  const { payload } = read;
  yield* payload.turns.at;
  yield* payload.happenings;
  yield* payload.graces.flat().map(([, began]) => began);
  yield* payload.unwatched.flat();
  yield* payload.verdicts.at;
  for (const trace of figure.data) {
    for (const x of trace.base ?? trace.x) {
      yield x === null ? 0 : scale.at(x);
    }
    yield* (trace.base ?? []).map((base, index) => scale.at(base) + trace.x[index]);
  }
}
