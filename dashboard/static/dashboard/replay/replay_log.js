// The log as it was at an instant: rows that came later are hidden, and a row tells no more than was
// known then.

import { duration } from "../text/words.js";
import { badge } from "./replay_marks.js";
import { watchedUntil } from "./replay_plan.js";

const ROW = /^(execution|change)-(.+)$/;
const WHAT = 2;
const WHY = 3;

export function logRows(read) {
  const table = document.querySelector(".log");
  const none = document.getElementById("replay-log");
  const rows = [...(table?.querySelectorAll("tbody tr") ?? [])].flatMap((row) => {
    const [, kind, key] = ROW.exec(row.id) ?? [];
    const [from, known] = kind === "change" ? changed(key) : (read.payload.log[key] ?? []);
    return from === undefined ? [] : [{ row, from, known, said: null }];
  });

  // A change is told by its instant, in seconds.
  function changed(key) {
    const at = Math.round((Number(key) * 1000 - read.payload.start) * 1000) / 1000;
    return [at, at];
  }

  function show(t) {
    for (const each of rows) {
      each.row.hidden = each.from > t;
      const isKnown = each.known !== null && each.known <= t;
      if (isKnown) {
        tellAll(each);
      } else if (!each.row.hidden) {
        tellSoFar(each, t);
      }
    }
    showNone(rows.length > 0 && rows.every(({ row }) => row.hidden));
  }

  // Where no row is left, that is said in place of the table.
  function showNone(isShown) {
    if (table && table.hidden !== isShown) {
      none.hidden = !isShown;
      table.hidden = isShown;
      table.parentElement.after(none);
    }
  }

  // How a run went on was not known yet, nor that an attempt would be repeated.
  function tellSoFar(each, t) {
    const { row, from } = each;
    const cells = [row.children[WHAT], row.children[WHY]];
    const isFirst = each.said === null;
    each.said ??= cells.map((cell) => [...cell.childNodes]);
    if (isBlock(each)) {
      if (isFirst) {
        cells[0].replaceChildren(each.said[0].find((node) => node.nodeType === Node.ELEMENT_NODE));
      }
      return;
    }
    // How long it went on is known only while somebody watches.
    const isWatched = watchedUntil(read.payload, t) === t;
    const soFar = ` ${read.words.soFar.replace("{since}", duration(t - from))}`;
    cells[0].replaceChildren(badge(read.words.running), ...(isWatched ? [soFar] : []));
    cells[1].replaceChildren();
  }

  function isBlock({ said }) {
    return said[0].some((node) => /\bblocked-/.test(node.className ?? ""));
  }

  function tellAll(each) {
    if (each.said) {
      each.row.children[WHAT].replaceChildren(...each.said[0]);
      each.row.children[WHY].replaceChildren(...each.said[1]);
      each.said = null;
    }
  }

  function leave() {
    for (const each of rows) {
      each.row.hidden = false;
      tellAll(each);
    }
    showNone(false);
  }

  return { show, leave };
}
