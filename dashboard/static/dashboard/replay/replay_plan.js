// The plan of an instant: who owned what so far and who will by it, each lane's windows and grace;
// and beside them who was heard of, and where nobody watched.

import { safe } from "../plot/hovers.js";
import { bars, without } from "./replay_traces.js";

// Who was heard of: who still is at the instant is expected to stay.
export function trackTraces({ scale, named }, t) {
  return [...named("heartbeats"), ...named("not eligible")].map((trace) => {
    const drawn = bars(scale);
    trace.base.forEach((base, index) => {
      const from = scale.at(base);
      const to = from + trace.x[index];
      if (from <= t) {
        drawn.add(trace.y[index], from, to >= t ? scale.length : to);
      }
    });
    return drawn.trace(trace);
  });
}

// Lane to the stretch of its grace, of those who had been heard of.
export function gracesAt(epoch, lanes, t) {
  const found = new Map();
  lanes.forEach((runner, lane) => {
    const grace = epoch.graces.get(runner);
    if (grace && grace[0] <= t) {
      found.set(lane, grace);
    }
  });
  return found;
}

// `slots`: the windows of each lane; `covered`: by lane, the stretches that runs lie over; `lines`:
// by window, what was said of it. Of patterns, none is drawn over another.
export function windowTraces(chart, slots, graces, covered, lines, t) {
  const gaps = gapsAt(chart.read.payload, t);
  const plain = bars(chart.scale);
  const late = bars(chart.scale);
  const grace = bars(chart.scale);
  slots.forEach((list, lane) => {
    const patterned = graces.has(lane) ? [...gaps, graces.get(lane)] : gaps;
    for (const slot of list) {
      const hover = windowHover(chart, lane, slot, graces.get(lane)) + (lines.get(slot) ?? "");
      for (const [from, to] of without([slot.from, slot.to], covered.get(lane) ?? [])) {
        plain.add(lane, from, to, hover);
      }
      if (slot.window.until < slot.to) {
        const part = [Math.max(slot.from, slot.window.until), slot.to];
        for (const [from, to] of without(part, patterned)) {
          late.add(lane, from, to);
        }
      }
    }
  });
  for (const [lane, stretch] of graces) {
    for (const [from, to] of without(stretch, gaps)) {
      grace.add(lane, from, to);
    }
  }
  const { styles } = chart;
  return [plain.trace(styles.window), late.trace(styles.late), grace.trace(styles.grace)];
}

function windowHover({ meta, scale, words }, lane, { place, window }, grace) {
  const lines = [`${safe(meta.labels[lane])} · slot ${place + 1}`];
  if (meta.labels[lane] !== meta.runners[lane]) {
    lines.push(safe(meta.runners[lane]));
  }
  lines.push(`window ${words.range(scale.instant(window.start), scale.instant(window.end))}`);
  if (window.until < window.end) {
    lines.push(`may start until ${words.bare(scale.instant(window.until))}`);
  }
  if (grace) {
    lines.push(`in grace until ${words.bare(scale.instant(grace[1]))}`);
  }
  return lines.join("<br>");
}

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
    const name = safe(read.name(runner));
    const more = inGrace ? "<br>in grace: nobody may start meanwhile" : "";
    const isPresent = from <= t && t < to;
    const band = bands.get(isPresent ? "present" : index % 2 ? "owner_odd" : "owner_even");
    const text = owners.length <= payload.named ? name : "";
    for (const [start, end] of without([from, to], gaps)) {
      band.add(0, start, end, `${name} is scheduled<br>${range}${more}`, text);
    }
    for (const [start, end] of inGrace ? without([from, to], gaps) : []) {
      grace.add(payload.graceAt, start, end);
    }
  });
  return [...[...bands].map(([key, each]) => each.trace(styles[key])), grace.trace(styles.ribbon_grace)];
}

export function unwatchedTraces(chart, t) {
  const { read, scale, words, named } = chart;
  return named("unwatched").map((trace) => {
    const drawn = bars(scale);
    for (const [from, to] of gapsAt(read.payload, t)) {
      const over = `not watched<br>${words.range(scale.instant(from), scale.instant(to))}`;
      const hover = to === t ? unwatchedSince(chart, from) : over;
      drawn.add(trace.y[0], from, to, hover, "not watched");
    }
    return drawn.trace(trace);
  });
}

// The last instant up to t that was watched, as far as the cycle tells.
export function watchedUntil({ unwatched }, t) {
  const gap = unwatched.find(([from, to]) => from < t && t <= to);
  return gap ? gap[0] : t;
}

export function unwatchedSince({ read, scale, words }, from) {
  const second = Math.floor(scale.instant(from) / 1000) * 1000;
  return read.words.unwatched.replace("{since}", words.bare(second));
}

export function gapsAt({ unwatched }, t) {
  return unwatched.filter(([from]) => from < t).map(([from, to]) => [from, Math.min(to, t)]);
}
