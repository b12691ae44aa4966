// Frames of a replay: the page's fragments as of an instant, asked for through htmx. One is asked for
// at a time, and of those that are wanted meanwhile the newest; once none was for a moment, those
// that may be wanted next are fetched ahead.

const KEPT = 100;
const MOMENT = 60;

// `address` tells that of a frame, `show` puts one on the page (and may take its time), `fail` says
// that there is none to be had.
export function frames(source, { address, show, fail }) {
  const kept = new Map();
  let wanted = null;
  let ahead = [];
  let isAsking = false;
  let timer = null;
  let order = 0;
  let shownOrder = 0;

  // Fulfilled once the frame is shown, or is not any more to be.
  function want(at, near) {
    wanted?.settle();
    ahead = near;
    return new Promise((settle) => {
      order += 1;
      wanted = { at, order, settle };
      next();
    });
  }

  async function next() {
    if (wanted && kept.has(wanted.at)) {
      await reached(wanted, kept.get(wanted.at));
    }
    clearTimeout(timer);
    if (!isAsking && wanted) {
      await fetchFrame(wanted.at, wanted);
    } else if (!isAsking) {
      timer = setTimeout(fetchAhead, MOMENT);
    }
  }

  async function fetchAhead() {
    const at = ahead.find((each) => !kept.has(each));
    if (!isAsking && at !== undefined) {
      await fetchFrame(at, null);
    }
  }

  async function fetchFrame(at, asked) {
    isAsking = true;
    const { status, responseText } = (await ask(source, address(at))) ?? {};
    isAsking = false;
    if (status === 200) {
      keep(at, responseText);
      await reached(asked, responseText);
    } else if (asked) {
      fail();
      given(asked);
    } else {
      ahead = [];
    }
    next();
  }

  // A frame that was wanted is shown, unless a later one was already: while the scrubber is dragged,
  // a newer one always is wanted by the time that one comes.
  async function reached(asked, text) {
    if (asked && asked.order > shownOrder) {
      shownOrder = asked.order;
      await show(text);
    }
    given(asked);
  }

  function given(asked) {
    asked?.settle();
    if (wanted === asked) {
      wanted = null;
    }
  }

  function keep(at, text) {
    kept.set(at, text);
    if (kept.size > KEPT) {
      kept.delete(kept.keys().next().value);
    }
  }

  return want;
}

// The answer, or nothing where there is none.
function ask(source, address) {
  return new Promise((resolve) => {
    const handler = (_, { xhr }) => resolve(xhr);
    window.htmx.ajax("GET", address, { source, handler }).catch(() => resolve());
  });
}
