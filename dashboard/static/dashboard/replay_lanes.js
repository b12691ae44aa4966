// The lanes' ground at an instant: who was heard of, windows as they were planned then, graces.

import { bars, escaped, without } from "./replay_traces.js";

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

// `slots`: the windows of each lane; `covered`: by lane, the stretches that runs lie over.
export function windowTraces(chart, slots, graces, covered) {
  const plain = bars(chart.scale);
  const late = bars(chart.scale);
  const grace = bars(chart.scale);
  slots.forEach((list, lane) => {
    for (const slot of list) {
      const hover = windowHover(chart, lane, slot, graces.get(lane));
      for (const [from, to] of without([slot.from, slot.to], covered.get(lane) ?? [])) {
        plain.add(lane, from, to, hover);
      }
      if (slot.window.until < slot.to) {
        late.add(lane, Math.max(slot.from, slot.window.until), slot.to);
      }
    }
  });
  for (const [lane, [from, to]] of graces) {
    grace.add(lane, from, to);
  }
  const { styles } = chart;
  return [plain.trace(styles.window), late.trace(styles.late), grace.trace(styles.grace)];
}

function windowHover({ meta, scale, words }, lane, { place, window }, grace) {
  const lines = [`${escaped(meta.labels[lane])} · position ${place}`];
  if (meta.labels[lane] !== meta.runners[lane]) {
    lines.push(escaped(meta.runners[lane]));
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
