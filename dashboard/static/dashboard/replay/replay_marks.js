// The shapes of marks.svg, brought into the page once: a mark made from the file itself asks for it
// each time, and a replay makes many.

const SVG = "http://www.w3.org/2000/svg";
const PREFIX = "replay-mark-";

export async function loadMarks(address) {
  const answer = await fetch(address);
  if (!answer.ok) {
    return;
  }
  const file = new DOMParser().parseFromString(await answer.text(), "image/svg+xml");
  const sprite = document.createElementNS(SVG, "svg");
  sprite.setAttribute("class", "unseen");
  sprite.setAttribute("aria-hidden", "true");
  for (const symbol of file.querySelectorAll("symbol")) {
    symbol.id = PREFIX + symbol.id;
    sprite.append(document.importNode(symbol, true));
  }
  document.body.append(sprite);
}

export function mark(key) {
  const shape = document.createElementNS(SVG, "svg");
  shape.setAttribute("class", `mark ${key}`);
  shape.setAttribute("aria-hidden", "true");
  shape.appendChild(document.createElementNS(SVG, "use")).setAttribute("href", `#${PREFIX}${key}`);
  return shape;
}

export function badge(signal) {
  const element = document.createElement("span");
  element.className = `badge ${signal.mark}`;
  element.append(mark(signal.mark), signal.word);
  return element;
}
