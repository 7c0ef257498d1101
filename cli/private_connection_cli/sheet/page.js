"use strict";
const told = document.getElementById("copied");
async function copy(id) {
  const from = document.getElementById(id);
  const text = from.textContent;
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const range = document.createRange();
    range.selectNodeContents(from);
    const selection = getSelection();
    selection.removeAllRanges();
    selection.addRange(range);
    if (!document.execCommand("copy")) {
      told.textContent = "Selected. Copy it with the keyboard.";
      return;
    }
  }
  told.textContent = `Copied ${text}`;
}
for (const button of document.querySelectorAll("[data-copy]")) {
  button.addEventListener("click", () => copy(button.dataset.copy));
}
