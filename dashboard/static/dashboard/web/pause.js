// A viewer can stop a page that refreshes by itself, to read it as it is. Whatever asks by itself
// asks here first, and is told by slotwatch:paused when the viewer has chosen otherwise.

const button = document.getElementById("pause");

export const isPaused = () => button?.dataset.paused === "true";

// Of use only as long as there is something to stop.
export function offer(isOffered) {
  if (button) {
    button.hidden = !isOffered;
  }
}

button?.addEventListener("click", () => {
  // Its word says what it does next: no state is told beside that.
  button.dataset.paused = String(!isPaused());
  document.dispatchEvent(new CustomEvent("slotwatch:paused"));
});
