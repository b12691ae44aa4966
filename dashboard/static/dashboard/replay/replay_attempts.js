// What had happened on the lanes at an instant: runs, of which those that went on then are running,
// and blocked attempts from their first one on.

import { unwatchedSince, watchedUntil } from "./replay_plan.js";
import { bars, only } from "./replay_traces.js";
import { length } from "../text/words.js";

// What nobody wrote down is told of the finished cycle only.
const DERIVED = " derived";
// Milliseconds that a run is drawn at least.
const SHORTEST = 1;
const RUNS = ["running", "completed", "abandoned"];
// The lines of a hover that were true before a run ended, or an attempt was repeated.
const KEPT_FACTS = /^(runner|window|scheduled:|run|came after) /;

// The runs that are drawn, with the trace and the hover that the page's figure has for each.
export function readRuns({ read, scale, named, laneOf }) {
  const drawn = new Map();
  const aims = named("aim").flatMap(({ x, y, customdata }) =>
    x.map((each, index) => ({ lane: y[index], at: scale.at(each), hover: customdata[index] })),
  );
  for (const trace of RUNS.flatMap(named)) {
    trace.base.forEach((base, index) => {
      const lane = trace.y[index];
      // A bar too thin to point at has its hover beside it.
      const middle = scale.at(base) + trace.x[index] / 2;
      const aim = () => aims.find((each) => each.lane === lane && Math.abs(each.at - middle) <= 1);
      const hover = trace.customdata?.[index] ?? aim()?.hover ?? "";
      drawn.set(`${lane} ${base}`, { name: trace.name, hover });
    });
  }
  return read.payload.runs.flatMap(([runner, start, end]) => {
    const lane = laneOf.get(runner);
    const found = drawn.get(`${lane} ${scale.x(Math.max(start, 0))}`);
    return found ? [{ lane, start, end, ...found }] : [];
  });
}

// The runs begun by an instant, as far as they were known to have gone.
export function runsAt(runs, { payload }, t) {
  const until = watchedUntil(payload, t);
  const soFar = (run) => ({ ...run, name: "running", end: Math.max(until, run.start + SHORTEST) });
  return runs
    .filter((run) => run.start <= t)
    .map((run) => (run.end !== null && run.end <= t ? run : soFar(run)));
}

export function coveredBy(known) {
  const covered = new Map();
  for (const { lane, start, end } of known) {
    covered.set(lane, [...(covered.get(lane) ?? []), [start, end]]);
  }
  return covered;
}

export function runTraces(chart, known, t) {
  const { scale, styles, named, read } = chart;
  const shown = RUNS.filter((name) => name === "running" || named(name).length);
  const wide = new Map(shown.map((name) => [name, bars(scale)]));
  const narrow = new Map(shown.map((name) => [name, bars(scale)]));
  const aims = bars(scale);
  for (const run of known) {
    const hover = run.name === "running" ? runningHover(chart, run, t) : run.hover;
    const isThin = Math.min(run.end, scale.length) - Math.max(run.start, 0) < read.payload.thin;
    (isThin ? narrow : wide).get(run.name).add(run.lane, run.start, run.end, hover);
    if (isThin) {
      aims.add(run.lane, run.start, run.end, hover);
    }
  }
  const style = (name) => {
    const traces = named(name);
    return traces.find((trace) => trace.hovertemplate) ?? traces[0] ?? styles.running;
  };
  const silent = (name) => {
    const { customdata, hovertemplate, ...rest } = style(name);
    return { ...rest, hoverinfo: "skip" };
  };
  return [
    ...[...narrow].map(([name, each]) => each.trace(silent(name))),
    ...[...wide].map(([name, each]) => each.trace(style(name))),
    aims.middles(styles.aim),
  ];
}

function runningHover(chart, run, t) {
  const { read, scale, words } = chart;
  const [title, , ...facts] = run.hover.split("<br>");
  const name = title.slice(title.indexOf(" · "));
  const since = `since ${words.full(scale.instant(run.start))}`;
  const until = watchedUntil(read.payload, t);
  const goes =
    until === t
      ? [`${since}, ${length(t - run.start)} so far`]
      : [since, unwatchedSince(chart, until)];
  const known = facts.filter((line) => KEPT_FACTS.test(line));
  return [`${read.words.running.word}${name}`, ...goes, ...known].join("<br>");
}

// The points of a name that were known.
export function pointTraces({ named }, name, isKnown) {
  return named(name).map((trace) => only(trace, (index) => isKnown(trace.x[index])));
}

// A repeated block shows that it was repeated from its last attempt on: when the ones between came
// is not stored.
export function blockedTraces(chart, t) {
  const { figure, scale, named } = chart;
  const lastOf = new Map();
  const lines = named("repeats").map((trace) => {
    // Two points and a gap for each.
    const last = (index) => trace.x[index - (index % 3) + 1];
    trace.x.forEach((x, index) => lastOf.set(`${trace.y[index]} ${x}`, last(index)));
    return only(trace, (index) => scale.at(last(index)) <= t);
  });
  const marks = figure.data.filter(({ name }) => name.startsWith("blocked-") && !name.endsWith(DERIVED));
  const shown = marks.map((trace) => {
    const begun = only(trace, (index) => scale.at(trace.x[index]) <= t);
    const customdata = begun.customdata.map((hover, index) => {
      const last = lastOf.get(`${begun.y[index]} ${begun.x[index]}`);
      return last && scale.at(last) > t ? firstAttempt(chart, hover, begun.x[index]) : hover;
    });
    return { ...begun, customdata };
  });
  return [...lines, ...shown, ...pointTraces(chart, "counts", (x) => scale.at(x) <= t)];
}

function firstAttempt({ scale, words }, hover, x) {
  const [title, , ...facts] = hover.split("<br>");
  // Its reason is told in the words of the last attempt.
  const known = facts
    .filter((line) => KEPT_FACTS.test(line))
    // That there would be others was not known.
    .map((line) => line.replace(/ at its first attempt$/, ""));
  return [title, words.full(scale.instant(scale.at(x))), ...known].join("<br>");
}
