// The band on top at an instant: who owned what so far and who will by the plan of that instant, and
// where nobody watched.

import { bars, escaped, without } from "./replay_traces.js";

export function ribbonTraces({ read, scale, styles, words }, owners, t) {
  const { payload } = read;
  const bands = new Map(
    ["owner_even", "owner_odd", "nobody", "present"].map((key) => [key, bars(scale)]),
  );
  const grace = bars(scale);
  const gaps = gapsAt(payload, t);
  owners.forEach(({ runner, from, to, inGrace }, index) => {
    const range = words.range(scale.instant(from), scale.instant(to));
    if (runner === null) {
      bands.get("nobody").add(0, from, to, `no runners<br>${range}`);
      return;
    }
    const name = escaped(read.name(runner));
    const more = inGrace ? "<br>in grace: nobody may start meanwhile" : "";
    const isPresent = from <= t && t < to;
    const band = bands.get(isPresent ? "present" : index % 2 ? "owner_odd" : "owner_even");
    const text = owners.length <= payload.named ? name : "";
    for (const [start, end] of without([from, to], gaps)) {
      band.add(0, start, end, `${name} is scheduled<br>${range}${more}`, text);
    }
    if (inGrace) {
      grace.add(payload.graceAt, from, to);
    }
  });
  return [...[...bands].map(([key, each]) => each.trace(styles[key])), grace.trace(styles.ribbon_grace)];
}

export function unwatchedTraces({ read, scale, words, named }, t) {
  return named("unwatched").map((trace) => {
    const drawn = bars(scale);
    for (const [from, to] of gapsAt(read.payload, t)) {
      const hover = `not watched<br>${words.range(scale.instant(from), scale.instant(to))}`;
      drawn.add(trace.y[0], from, to, hover, "not watched");
    }
    return drawn.trace(trace);
  });
}

function gapsAt({ unwatched }, t) {
  return unwatched.filter(([from]) => from < t).map(([from, to]) => [from, Math.min(to, t)]);
}
