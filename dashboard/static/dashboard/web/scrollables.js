// A box that scrolls sideways can be scrolled by keyboard, too: it takes the focus as long as there
// is more of it than is seen, and nothing in it does.

const BOXES = ".chart-scroll, .table-scroll";
const FOCUSABLE =
  ":is(a[href], button, input, select, textarea, summary, [tabindex]):not([tabindex='-1'])";

function prepare(box) {
  const isCut = box.scrollWidth > box.clientWidth;
  if (isCut && !box.querySelector(FOCUSABLE)) {
    box.tabIndex = 0;
  } else {
    box.removeAttribute("tabindex");
  }
}

const sizes = new ResizeObserver((entries) => entries.forEach(({ target }) => prepare(target)));

function observe() {
  for (const box of document.querySelectorAll(BOXES)) {
    sizes.observe(box);
    prepare(box);
  }
}

document.addEventListener("htmx:afterSettle", observe);
observe();
