// The demo shop's own script: the picker acts at once, and an order can be asked about.

for (const select of document.querySelectorAll("select[data-submits]")) {
  select.addEventListener("change", () => select.form.submit());
  select.form.querySelector("button").hidden = true; // only needed without scripts
}

for (const button of document.querySelectorAll("button[data-ask]")) {
  button.hidden = false; // of use only with the chat, so only with scripts
  button.addEventListener("click", () => window.Careline?.open(button.dataset.ask));
}
