// Keys pressed on a page that stands already, before its scripts do: keys.js plays them.

window.keysAhead = [];

document.addEventListener("keydown", (event) => {
  if (window.keysAhead === null || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  if (document.body.dataset.desk === undefined || !/^[^ ]$/u.test(event.key)) return;
  if (event.target.matches("input, textarea, select")) return;
  event.preventDefault();
  window.keysAhead.push(event.key);
}, true);
