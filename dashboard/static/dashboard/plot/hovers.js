// Hovers on a lane leave room for its runner's name and id, which the figure has once (traces.py).

const ROOM = /<(name|id)>/g;
const MARKUP = { "&": "&amp;", "<": "&lt;", ">": "&gt;" };

// A text that is not taken for markup.
export const safe = (text) => text.replace(/[&<>]/g, (character) => MARKUP[character]);

export function spelled({ data, layout }) {
  const names = layout.meta.labels.map(safe);
  const ids = layout.meta.runners.map(safe);
  const spell = (hover, lane) =>
    hover.replace(ROOM, (_, what) => (what === "name" ? names[lane] : ids[lane]));
  return {
    layout,
    data: data.map((trace) =>
      trace.customdata && trace.yaxis !== "y2"
        ? { ...trace, customdata: trace.customdata.map((each, at) => spell(each, trace.y[at])) }
        : trace,
    ),
  };
}
