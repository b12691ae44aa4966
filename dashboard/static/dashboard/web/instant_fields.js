// The browser's picker beside a field for an instant: it writes ISO in the zone of the page, which
// the server turns into UTC.

for (const label of document.querySelectorAll("label.instant")) {
  const [text, picker] = label.querySelectorAll("input");
  picker.hidden = false;
  picker.addEventListener("change", () => {
    if (picker.value) {
      text.value = picker.value.replace("T", " ");
    }
  });
}
