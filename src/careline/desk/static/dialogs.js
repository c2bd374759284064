// Dialogs: made by the server, shown by the browser's own <dialog>, sent without leaving the page.

import { $, $$, get, parsed, post, refreshQueue, refreshTalk, toast, visit } from "./page.js";

const dialog = () => $("#dialog");

export async function openDialog(url) {
  try {
    fill(await get(url));
  } catch (error) {
    toast(error.message, true);
    return;
  }
  if (!dialog().open) dialog().showModal();
  ready();
}

function fill(html) {
  const content = parsed(html).body;
  dialog().replaceChildren(...[...content.childNodes].map((one) => document.adoptNode(one)));
}

function ready() {
  ($("[autofocus]", dialog()) ?? $("#dialog-title")).focus();
}

async function submit(form) {
  const problem = $(".problem", form);
  const buttons = $$("button[type=submit]", form);
  if (buttons.some((one) => one.disabled)) return;
  buttons.forEach((one) => (one.disabled = true));
  if (problem) problem.hidden = true;
  try {
    const answer = await post(form.action, new URLSearchParams(new FormData(form)));
    if (answer.html !== undefined) {
      fill(answer.html);
      ready();
      return;
    }
    dialog().close();
    if (answer.said) toast(answer.said);
    if (answer.open) await visit(`/desk/conversations/${answer.open}`);
    else await Promise.all([refreshTalk(), refreshQueue()]);
    document.dispatchEvent(new Event("desk:acted"));
  } catch (error) {
    if (problem) {
      problem.textContent = error.message;
      problem.hidden = false;
    } else toast(error.message, true);
  } finally {
    buttons.forEach((one) => (one.disabled = false));
  }
}

document.addEventListener("click", (event) => {
  const opens = event.target.closest("[data-dialog]");
  if (opens) openDialog(opens.dataset.dialog);
  if (event.target.closest("[data-close]") || event.target === dialog()) dialog().close();
});

document.addEventListener("submit", (event) => {
  if (!event.target.matches("[data-dialog-form]")) return;
  event.preventDefault();
  submit(event.target);
});

// A number takes that choice at once.
document.addEventListener("keydown", (event) => {
  if (!dialog()?.open || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.matches("input:not([type=radio]), textarea, select")) return;
  if (!/^[1-9]$/.test(event.key)) return;
  const choices = $$(".choose input[type=radio]", dialog());
  const choice = choices[Number(event.key) - 1];
  if (!choice || !choice.parentElement.querySelector("kbd")) return;
  event.preventDefault();
  choice.checked = true;
  choice.form.requestSubmit();
});

document.addEventListener("input", (event) => {
  // Writing a time or an amount chooses it.
  if (event.target.matches(".choose label input:not([type=radio])"))
    event.target.closest("label").querySelector("input[type=radio]").checked = true;
});
