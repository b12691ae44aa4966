// The service's standing at an instant, in a sentence: who holds it, who is scheduled, who is next.

import { mark } from "./replay_marks.js";
import { count, duration, length } from "../text/words.js";

export function standingLine(line, read) {
  return function show(t) {
    const { words } = read;
    const { standing, sentence, holders } = read.standingAt(t);
    const signal = words.standings[standing];
    const epoch = read.epochs[read.epochAt(t)];
    const turn = read.turnAt(t);
    const next = read.nextTurn(t);
    const values = {
      count: count(holders.length, "run"),
      holders: holders.map((each) => `${read.name(each.runner)} for ${duration(t - each.since)}`),
      holder: holders[0] && read.name(holders[0].runner),
      since: holders[0] && duration(t - holders[0].since),
      owner: turn.runner === null ? "" : read.name(turn.runner),
      left: duration(graceEnd(epoch, turn) - t),
      next: next && read.name(next.runner),
      until: next && duration(next.at - t),
      runners: count(epoch.order.length, "runner"),
      window: epoch.window === null ? "" : length(epoch.window),
    };
    const says = [words.sentences[sentence]];
    if (turn.runner !== null && !says[0].includes("{owner}")) {
      says.push(words.scheduled);
    }
    if (next) {
      says.push(words.next);
    }
    if (turn.runner !== null) {
      says.push(epoch.window === null ? words.windowless : words.fleet);
    }
    const word = document.createElement("strong");
    word.textContent = `${signal.word}${signal.isTrouble ? "." : ":"}`;
    line.className = `standing ${signal.mark}${signal.isTrouble ? " trouble" : ""}`;
    line.replaceChildren(mark(signal.mark), " ", word, " ", ...parts(says.join(" "), values));
  };
}

function graceEnd(epoch, turn) {
  return epoch.graces.get(turn.runner)?.[1] ?? 0;
}

const NAMES = new Set(["holder", "owner", "next"]);

// A sentence as nodes, names in bold.
function parts(sentence, values) {
  return sentence.split(/\{(\w+)\}/).map((part, index) => {
    if (index % 2 === 0) {
      return part;
    }
    const text = Array.isArray(values[part]) ? values[part].join(", ") : values[part];
    if (!NAMES.has(part)) {
      return text;
    }
    const bold = document.createElement("b");
    bold.textContent = text;
    return bold;
  });
}
