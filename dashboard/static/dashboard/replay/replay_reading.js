// Reads a replay's payload (dashboard/replay/payload.py): which epoch, turn and standing hold at an instant,
// and where the windows of a plan are. Decides nothing: what it finds was decided by the server.
// All instants are milliseconds since the start of the cycle.

const micro = (milliseconds) => Math.round(milliseconds * 1000) / 1000;

// The last of these ascending instants that is not after `at`.
export function step(instants, at) {
  let low = 0;
  let high = instants.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (instants[middle] <= at) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low - 1;
}

export function reading(payload) {
  const { epochs, turns, standings, runs, words } = payload;
  const starts = epochs.map((epoch) => epoch.start);
  const graces = payload.graces.map((list) => new Map(list.map(([runner, ...each]) => [runner, each])));
  const shown = new Set(payload.shown);
  let members = new Set();
  for (const epoch of epochs) {
    const left = new Set(epoch.left);
    members = new Set([...members].filter((runner) => !left.has(runner)).concat(epoch.joined));
    epoch.order = [...members].sort((one, other) => one - other);
    epoch.graces = graces[epoch.policy];
    // The positions of those whose lanes are shown.
    epoch.shown = [...epoch.order.keys()].filter((place) => shown.has(epoch.order[place]));
  }

  const name = (runner) => payload.names[runner] || payload.runners[runner];
  const epochAt = (at) => step(starts, at);

  function position(epoch, runner) {
    const found = step(epoch.order, runner);
    return epoch.order[found] === runner ? found : -1;
  }

  // The window of a position in the cycle of its plan that begins at `cycle`; null without one.
  function windowOf(epoch, place, cycle = epoch.cycle[0]) {
    if (epoch.window === null) {
      return null;
    }
    const start = micro(cycle + place * epoch.slot);
    const end = micro(cycle + place * epoch.slot + epoch.window);
    return { start, end, until: epoch.startable === null ? end : micro(start + epoch.startable) };
  }

  function turnAt(at) {
    const found = step(turns.at, at);
    return {
      runner: turns.runner[found],
      answer: turns.answers[turns.answer[found]],
      until: turns.at[found + 1] ?? payload.length,
    };
  }

  function standingAt(at) {
    const found = step(standings.at, at);
    return {
      standing: standings.standings[standings.standing[found]],
      sentence: standings.standings[standings.sentence[found]],
      holders: standings.runs[found].map((run) => ({ runner: runs[run][0], since: runs[run][1] })),
    };
  }

  // Whose turn follows, and when; null where there is none to wait for.
  function nextTurn(at) {
    const epoch = epochs[epochAt(at)];
    const { runner } = turnAt(at);
    if (runner === null || epoch.order.length < 2 || epoch.window === null) {
      return null;
    }
    const place = position(epoch, runner) + 1;
    return place < epoch.order.length
      ? { runner: epoch.order[place], at: windowOf(epoch, place).start }
      : { runner: epoch.order[0], at: epoch.cycle[1] };
  }

  return { payload, words, epochs, name, epochAt, position, windowOf, turnAt, standingAt, nextTurn };
}

// The cycles of an epoch's plan that lie in [its start, stop), each by its start: more than one
// only where the policy's interval is shorter than the cycle shown.
function* cyclesOf(epoch, stop) {
  const [first, end] = epoch.cycle;
  for (let cycle = first; cycle < stop; cycle += end - first) {
    yield cycle;
  }
}

// A runner's windows as they were planned at an instant of epoch `number`: before it as they were,
// from its start on by its plan to the end of the cycle.
export function slotsOf(read, runner, number) {
  const slots = [];
  for (let each = 0; each <= number; each += 1) {
    const epoch = read.epochs[each];
    const place = read.position(epoch, runner);
    const stop = each < number ? epoch.end : read.payload.length;
    if (place < 0 || epoch.window === null) {
      continue;
    }
    for (const cycle of cyclesOf(epoch, stop)) {
      const window = read.windowOf(epoch, place, cycle);
      const from = Math.max(window.start, epoch.start);
      const to = Math.min(window.end, stop);
      const last = slots.at(-1);
      if (from >= to) {
        continue;
      }
      if (last && last.to === from && isSame(last, place, window)) {
        last.to = to;
      } else {
        slots.push({ place, window, from, to });
      }
    }
  }
  return slots;
}

function isSame(slot, place, window) {
  const { start, until, end } = slot.window;
  return (
    slot.place === place && start === window.start && until === window.until && end === window.end
  );
}

// Who is scheduled when, as it was known at an instant of epoch `number`; neighbours differ.
export function ownersAt(read, number) {
  const owners = [];
  const add = (runner, from, to, inGrace) => {
    const last = owners.at(-1);
    if (from >= to) {
      return;
    }
    if (last && last.runner === runner && last.inGrace === inGrace) {
      last.to = to;
    } else {
      owners.push({ runner, from, to, inGrace });
    }
  };
  for (let each = 0; each <= number; each += 1) {
    const epoch = read.epochs[each];
    const stop = each < number ? epoch.end : read.payload.length;
    if (!epoch.order.length) {
      add(null, epoch.start, stop, false);
      continue;
    }
    for (const cycle of cyclesOf(epoch, stop)) {
      const end = Math.min(cycle + epoch.cycle[1] - epoch.cycle[0], stop);
      epoch.order.forEach((runner, place) => {
        const from = Math.max(micro(cycle + place * epoch.slot), epoch.start);
        const isLast = place + 1 === epoch.order.length;
        const to = isLast ? end : Math.min(micro(cycle + (place + 1) * epoch.slot), end);
        const settled = Math.min(Math.max(epoch.graces.get(runner)?.[1] ?? from, from), to);
        add(runner, from, settled, true);
        add(runner, Math.max(from, settled), to, false);
      });
    }
  }
  return owners;
}
