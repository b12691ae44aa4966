// Plays a replay: moves its instant on as time goes by, times the speed chosen. Never by itself; where
// less motion is asked for, in steps of a second.

const calm = matchMedia("(prefers-reduced-motion: reduce)");
const CALM_STEP = 1000;

export function player(panel, { at, start, isOver, go }) {
  const button = panel.querySelector("[data-replay=play]");
  const speeds = panel.querySelectorAll("[data-speed]");
  let speed = 10;
  let since = null;

  function show() {
    const isPlaying = since !== null;
    button.setAttribute("aria-pressed", String(isPlaying));
    button.title = isPlaying ? "Pause" : "Play the cycle";
  }

  async function frame(instant) {
    if (since === null) {
      return;
    }
    const passed = instant - since;
    if (passed >= (calm.matches ? CALM_STEP : 0)) {
      since = instant;
      await go(at() + passed * speed);
    }
    if (isOver()) {
      pause();
    } else {
      requestAnimationFrame(frame);
    }
  }

  function pause() {
    since = null;
    show();
  }

  async function toggle() {
    if (since !== null) {
      pause();
      return;
    }
    since = performance.now();
    show();
    await go(start());
    since &&= performance.now();
    requestAnimationFrame(frame);
  }

  for (const each of speeds) {
    each.addEventListener("click", () => {
      speed = Number(each.dataset.speed);
      for (const other of speeds) {
        other.setAttribute("aria-pressed", String(other === each));
      }
    });
  }

  return { toggle, pause };
}
