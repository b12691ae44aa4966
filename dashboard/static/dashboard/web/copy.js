// One click copies what [data-copy] holds, and says so.

const SAID_FOR = 1500;

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) {
    return;
  }
  // Absent where the page came over plain HTTP from another machine; the id is in the hover too.
  if (!navigator.clipboard) {
    getSelection().selectAllChildren(button);
    return;
  }
  try {
    await navigator.clipboard.writeText(button.dataset.copy);
  } catch {
    return;
  }
  button.classList.add("copied");
  setTimeout(() => button.classList.remove("copied"), SAID_FOR);
});
