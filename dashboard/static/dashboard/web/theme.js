// The theme: auto, light or dark, at once and on every page. Charts are told, since they hold their
// colours themselves, and ask here what a variable of tokens.css is worth now.

import { remember } from "./cookies.js";

const root = document.documentElement;
const buttons = document.querySelectorAll("[data-theme-choice]");
const VARIABLE = /^var\((--[\w-]+)\)$/;

function show() {
  for (const button of buttons) {
    button.setAttribute("aria-pressed", String(button.dataset.themeChoice === root.dataset.theme));
  }
}

function announce() {
  document.dispatchEvent(new CustomEvent("slotwatch:theme"));
}

for (const button of buttons) {
  button.closest("[role=group]").hidden = false;
  button.addEventListener("click", () => {
    root.dataset.theme = button.dataset.themeChoice;
    remember("slotwatch_theme", root.dataset.theme);
    show();
    announce();
  });
}
show();
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", announce);

// A copy of a figure in which every "var(--name)" is the value that the theme gives it. Lists of
// numbers and texts are handed through as they are, but for one that begins with a variable: that
// has a style for each point.
export function themed(figure) {
  const probe = document.body.appendChild(document.createElement("i"));
  // Where a system forces its colours, charts keep theirs (components.css).
  probe.style.forcedColorAdjust = "none";
  const known = new Map();
  const worth = (name) => {
    if (!known.has(name)) {
      probe.style.color = "";
      probe.style.color = `var(${name})`;
      const raw = getComputedStyle(root).getPropertyValue(name).trim();
      const isColour = raw.startsWith("#") || raw.startsWith("light-dark");
      known.set(name, isColour ? getComputedStyle(probe).color : raw);
    }
    return known.get(name);
  };
  const walk = (value) => {
    if (typeof value === "string") {
      const variable = VARIABLE.exec(value);
      return variable ? worth(variable[1]) : value;
    }
    if (Array.isArray(value)) {
      const [first] = value;
      const isStyled = typeof first === "string" && VARIABLE.test(first);
      return isStyled || (typeof first === "object" && first !== null) ? value.map(walk) : value;
    }
    if (value && typeof value === "object") {
      return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, walk(each)]));
    }
    return value;
  };
  const result = walk(figure);
  probe.remove();
  return result;
}
