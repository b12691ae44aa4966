// What the traces of a replay are made of. Instants are milliseconds since the start of the cycle.

import { clockOf } from "../plot/instants.js";

// A scale puts them on the chart's axis; bars are clipped to the cycle.
export function scaleOf(payload, meta) {
  const { drawn, instant } = clockOf(meta.clock);
  return {
    length: payload.length,
    instant: (at) => payload.start + at,
    x: (at) => drawn(payload.start + at),
    at: (x) => instant(x) - payload.start,
    // How wide a bar is, between instants as exact as they are drawn.
    width: (from, to) => Math.round(payload.start + to) - Math.round(payload.start + from),
  };
}

export function bars({ x, width, length }) {
  const data = { y: [], base: [], x: [], middles: [], customdata: [], text: [] };
  return {
    add(lane, from, to, hover = "", text = "") {
      const left = Math.max(from, 0);
      const right = Math.min(to, length);
      if (left < right) {
        data.y.push(lane);
        data.base.push(x(left));
        data.x.push(width(left, right));
        data.middles.push(x((left + right) / 2));
        data.customdata.push(hover);
        data.text.push(text);
      }
    },
    trace: (style) => ({
      ...style,
      y: data.y,
      base: data.base,
      x: data.x,
      ...(style.hovertemplate && { customdata: data.customdata }),
      ...(style.textposition && { text: data.text }),
    }),
    // Points to aim for, where bars are too thin.
    middles: (style) => ({
      ...style,
      y: data.y,
      x: data.middles,
      customdata: data.customdata,
    }),
  };
}

export function points({ x }) {
  const data = { y: [], x: [], customdata: [] };
  return {
    add(lane, at, hover = "") {
      data.y.push(lane);
      data.x.push(x(at));
      data.customdata.push(hover);
    },
    // The outline of a bar of this height.
    addOutline(lane, height, from, to) {
      const [top, bottom] = [lane - height / 2, lane + height / 2];
      data.y.push(top, top, bottom, bottom, top, null);
      data.x.push(x(from), x(to), x(to), x(from), x(from), null);
    },
    trace: (style) => ({
      ...style,
      y: data.y,
      x: data.x,
      ...(style.hovertemplate && { customdata: data.customdata }),
    }),
  };
}

// A trace of points with those alone whose index passes.
export function only(trace, passes) {
  const lists = ["x", "y", "customdata", "text"].filter((key) => Array.isArray(trace[key]));
  const kept = lists.map((key) => [key, trace[key].filter((_, index) => passes(index))]);
  return { ...trace, ...Object.fromEntries(kept) };
}

// What is left of a stretch: of overlapping bars the pointer finds the wrong one.
export function without(stretch, covered) {
  let left = [stretch];
  for (const [start, end] of covered) {
    left = left.flatMap(([first, last]) =>
      [
        [first, Math.min(last, start)],
        [Math.max(first, end), last],
      ].filter(([from, to]) => from < to),
    );
  }
  return left;
}
