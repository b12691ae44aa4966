// Tells the server which zone this browser lives in, and makes the switch stay as it was set.

import { remember } from "./cookies.js";

const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
if (zone) {
  remember("slotwatch_zone", zone);
}

for (const link of document.querySelectorAll("[data-times]")) {
  const isLocal = link.dataset.times === "local";
  if (isLocal && zone) {
    link.hidden = false;
    link.title = zone;
  }
  link.addEventListener("click", (event) => {
    event.preventDefault();
    remember("slotwatch_times", link.dataset.times);
    const address = new URL(location.href);
    address.searchParams.delete("tz");
    location.assign(address);
  });
}
