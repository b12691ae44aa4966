// Instants in words, in the zone of the page, as dashboard/text/words.py writes them.

const zone = document.documentElement.dataset.zone || "UTC";
const offsetFormat = new Intl.DateTimeFormat("en", { timeZone: zone, timeZoneName: "longOffset" });
const QUARTER = 15 * 60_000;
const offsets = new Map();

// No zone changes its offset but at a full quarter of an hour.
function offsetAt(instant) {
  const quarter = Math.floor(instant / QUARTER);
  if (!offsets.has(quarter)) {
    const parts = offsetFormat.formatToParts(quarter * QUARTER);
    const name = parts.find((part) => part.type === "timeZoneName").value;
    const [, sign, hours, minutes] = /GMT(?:([+-])(\d\d):(\d\d))?/.exec(name);
    const ahead = (Number(hours ?? 0) * 60 + Number(minutes ?? 0)) * 60_000;
    offsets.set(quarter, {
      milliseconds: sign === "-" ? -ahead : ahead,
      label: ahead ? `UTC${sign === "-" ? "−" : "+"}${hours}:${minutes}` : "UTC",
    });
  }
  return offsets.get(quarter);
}

const labelAt = (instant) => offsetAt(instant).label;

function local(instant) {
  return new Date(Math.floor(instant) + offsetAt(instant).milliseconds).toISOString();
}

// 14:05:09 UTC−05:00, for what happened while the page was open.
export function clockTime(instant) {
  return `${local(instant).slice(11, 19)} ${labelAt(instant)}`;
}
