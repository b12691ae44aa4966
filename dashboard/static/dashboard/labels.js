// The lanes' labels: elements beside the chart, which stay in sight when a narrow screen scrolls it
// sideways. A click on one copies the whole runner id.

export function labels(column) {
  const zone = column.appendChild(document.createElement("div"));
  const ribbon = column.appendChild(document.createElement("div"));
  const lanes = column.appendChild(document.createElement("div"));
  zone.className = "zone-label";
  ribbon.className = "ribbon-label";
  ribbon.textContent = "scheduled";

  return function show({ meta, margin, height }) {
    column.style.width = `${margin.l}px`;
    column.style.height = `${height}px`;
    zone.style.height = `${margin.t}px`;
    zone.textContent = meta.zone;
    ribbon.style.height = `${meta.lanesTop}px`;
    while (lanes.childElementCount > meta.labels.length) {
      lanes.lastChild.remove();
    }
    while (lanes.childElementCount < meta.labels.length) {
      const label = lanes.appendChild(document.createElement("div"));
      label.className = "lane-label";
      label.style.height = `${meta.lanePx}px`;
    }
    [...lanes.children].forEach((label, lane) => {
      if (label.dataset.copy !== meta.runners[lane] || label.textContent !== meta.labels[lane]) {
        label.textContent = meta.labels[lane];
        label.dataset.copy = meta.runners[lane];
        label.title = `${meta.runners[lane]} – click to copy`;
      }
    });
  };
}
