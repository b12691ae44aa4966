// Plays a replay: one frame after the other, so far apart as the speed chosen has it. Never by itself;
// where less motion is asked for, a frame a second.

const TICK = matchMedia("(prefers-reduced-motion: reduce)").matches ? 1000 : 200;

// `start` tells where to begin, `go` goes on by so many milliseconds and is fulfilled once that is
// shown, with whether there is more to come.
export function player(panel, { start, go }) {
  const button = panel.querySelector("[data-play]");
  const speeds = panel.querySelectorAll("[data-speed]");
  let speed = 10;
  let playing = null;

  function set(next) {
    playing = next;
    button.setAttribute("aria-pressed", String(playing !== null));
    button.title = playing === null ? "Play the cycle (space)" : "Pause (space)";
  }

  async function play() {
    const mine = {};
    set(mine);
    await start();
    for (let isMore = true; isMore && playing === mine; ) {
      const began = performance.now();
      await pause(TICK);
      // As many as there was time for, where the last one took longer.
      const ticks = Math.max(1, Math.round((performance.now() - began) / TICK));
      isMore = playing === mine && (await go(ticks * TICK * speed));
    }
    if (playing === mine) {
      set(null);
    }
  }

  for (const each of speeds) {
    each.addEventListener("click", () => {
      speed = Number(each.dataset.speed);
      for (const other of speeds) {
        other.setAttribute("aria-pressed", String(other === each));
      }
    });
  }
  const stop = () => set(null);
  const toggle = () => (playing === null ? play() : stop());
  button.addEventListener("click", toggle);
  return { toggle, stop, step: () => TICK * speed, isPlaying: () => playing !== null };
}

const pause = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));
