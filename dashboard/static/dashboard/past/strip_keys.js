// The strip as one stop of the keyboard: arrows go from cell to cell, Enter opens its cycle. A
// screen reader meets one link, the one that has the turn, in place of a thousand.

const CELL = ".strip-rows .cells a";

const cellsOf = (root) => [...root.querySelectorAll(".cells a")];

let turn = null;

const addressOf = (cell) => cell.getAttribute("href");

// Whose turn it was, else the cycle of this page, else the latest one.
function chosen(cells) {
  return (
    cells.find((cell) => addressOf(cell) === turn) ??
    cells.find((cell) => cell.querySelector(".here")) ??
    cells.at(-1)
  );
}

function hold(cells, cell) {
  for (const each of cells) {
    const isIt = each === cell;
    each.setAttribute("tabindex", isIt ? "0" : "-1");
    if (isIt) {
      each.removeAttribute("aria-hidden");
    } else {
      each.setAttribute("aria-hidden", "true");
    }
  }
}

function goTo(cell) {
  turn = addressOf(cell);
  hold(cellsOf(cell.closest(".strip-rows")), cell);
  cell.focus();
}

// The cell of the row above or below that is nearest to what is over or under this one.
function across(cell, step) {
  const strip = cell.closest(".strip-rows");
  const all = [...strip.querySelectorAll(".cells")].filter((row) => row.querySelector("a"));
  const row = all[all.indexOf(cell.closest(".cells")) + step];
  const left = cell.getBoundingClientRect().left;
  const away = (each) => Math.abs(each.getBoundingClientRect().left - left);
  return row && cellsOf(row).reduce((best, each) => (away(each) < away(best) ? each : best));
}

const STEPS = {
  ArrowLeft: (cells, at) => cells[at - 1],
  ArrowRight: (cells, at) => cells[at + 1],
  ArrowUp: (cells, at) => across(cells[at], -1),
  ArrowDown: (cells, at) => across(cells[at], 1),
  Home: (cells) => cells[0],
  End: (cells) => cells.at(-1),
};

document.addEventListener("keydown", (event) => {
  const cell = event.target instanceof Element && event.target.closest(CELL);
  const isPlain = !(event.altKey || event.ctrlKey || event.metaKey || event.shiftKey);
  if (!cell || !isPlain || !STEPS[event.key]) {
    return;
  }
  event.preventDefault();
  const cells = cellsOf(cell.closest(".strip-rows"));
  const next = STEPS[event.key](cells, cells.indexOf(cell));
  if (next) {
    goTo(next);
  }
});

// The strip of a wide screen, and that of a narrow one: one of them is seen.
function prepare() {
  const focused = document.activeElement?.closest?.(CELL);
  for (const strip of document.querySelectorAll(".strip-rows")) {
    const cells = cellsOf(strip);
    if (cells.length) {
      const cell = chosen(cells);
      hold(cells, cell);
      if (focused && focused !== cell && strip.contains(focused)) {
        cell.focus();
      }
    }
  }
}

document.addEventListener("htmx:afterSettle", prepare);
prepare();
