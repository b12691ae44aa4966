// What a word means, beside it: on hover and on focus. A click or a tap opens the same by the
// browser's own means (popovertarget), which need no script.

const GAP = 6;

const hintOf = (word) => document.getElementById(word.getAttribute("popovertarget"));
const wordAt = (target) => (target instanceof Element ? target.closest(".hint-word") : null);

// By hover or focus; what was clicked stays until it is dismissed.
let shown = null;
let latest = null;

function show(word) {
  const hint = hintOf(word);
  latest = word;
  if (hint && !hint.matches(":popover-open")) {
    shown = hint;
    hint.showPopover();
  }
}

function hide() {
  if (shown?.matches(":popover-open")) {
    shown.hidePopover();
  }
  shown = null;
}

function place(hint) {
  const word = latest?.isConnected && hintOf(latest) === hint ? latest : null;
  if (!word) {
    return;
  }
  const at = word.getBoundingClientRect();
  const { width, height } = hint.getBoundingClientRect();
  const below = at.bottom + GAP + height < innerHeight;
  hint.style.left = `${Math.max(GAP, Math.min(at.left, innerWidth - width - GAP))}px`;
  hint.style.top = `${below ? at.bottom + GAP : Math.max(GAP, at.top - GAP - height)}px`;
}

document.addEventListener("pointerover", ({ target, pointerType }) => {
  const word = wordAt(target);
  if (word && pointerType === "mouse") {
    show(word);
  }
});

document.addEventListener("pointerout", ({ target, relatedTarget, pointerType }) => {
  // On the way into the hint itself, which has a link, it stays.
  if (wordAt(target) && pointerType === "mouse" && !relatedTarget?.closest?.(".hint")) {
    hide();
  }
});

document.addEventListener("focusin", ({ target }) => {
  const word = wordAt(target);
  if (word?.matches(":focus-visible")) {
    show(word);
  }
});

document.addEventListener("focusout", ({ target, relatedTarget }) => {
  if (wordAt(target) && !relatedTarget?.closest?.(".hint")) {
    hide();
  }
});

document.addEventListener("pointerdown", ({ target }) => {
  const word = wordAt(target);
  if (word) {
    latest = word;
    // The click that follows would close what the hover opened.
    hide();
  }
});

document.addEventListener("toggle", ({ target, newState }) => {
  if (newState === "open" && target.classList.contains("hint")) {
    place(target);
  }
}, true);

addEventListener("scroll", hide, { passive: true, capture: true });
