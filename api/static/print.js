// Buttons that print; a page without a script tells how to print by the browser itself.
for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => print());
}
for (const one of document.querySelectorAll("[data-without-print]")) one.hidden = true;
