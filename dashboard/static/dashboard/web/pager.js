// The next and the previous page take the place of the rows alone, by htmx: totals, chart and filter
// stay as they are. The address goes along; where the server does not answer, the browser goes there.

const TARGET = "executions";

// Without its fragment: a link into the page ("Skip to content") is no other page.
const address = () => location.pathname + location.search;

let shown = address();

const isPaging = (event) => event.detail.target?.id === TARGET;

document.addEventListener("htmx:afterSwap", (event) => {
  if (isPaging(event)) {
    history.pushState(null, "", event.detail.pathInfo.requestPath);
    shown = address();
    document.dispatchEvent(new CustomEvent("slotwatch:paged"));
  }
});

for (const failure of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) {
  document.addEventListener(failure, (event) => {
    if (isPaging(event)) {
      location.assign(event.detail.pathInfo.requestPath);
    }
  });
}

addEventListener("popstate", () => {
  if (address() !== shown) {
    location.reload();
  }
});
