// Steps by key from cycle to cycle: ← and → to the neighbours, L to live. Not while something is
// typed, nor where the arrows have a meaning of their own.

const LINKS = {
  ArrowLeft: "#status a[rel=prev]",
  ArrowRight: "#status a[rel=next]",
  l: "#status a.to-live",
  L: "#status a.to-live",
};
const OWN_KEYS = "input, select, textarea, [contenteditable], [role=slider], .chart-scroll, .table-scroll";

addEventListener("keydown", (event) => {
  const isPlain = !(event.altKey || event.ctrlKey || event.metaKey || event.shiftKey);
  if (!isPlain || event.repeat || event.defaultPrevented || hasOwnKeys(event.target)) {
    return;
  }
  const link = LINKS[event.key] && document.querySelector(LINKS[event.key]);
  if (link) {
    event.preventDefault();
    link.click();
  }
});

// A box that scrolls sideways takes the arrows while it has the focus itself.
function hasOwnKeys(target) {
  return target instanceof Element && target.matches(OWN_KEYS);
}
