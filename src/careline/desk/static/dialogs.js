// Dialogs: made by the server, shown by the browser's own <dialog>, sent without leaving the page.

import {
  $, $$, conversation, during, get, parsed, post, refreshQueue, refreshTalk, toast, visit,
} from "./page.js";

import { inWords } from "./promises.js";

const dialog = () => $("#dialog");

let asked = 0; // the latest one counts

/** Gives true when it is open. */
export const openDialog = (url) => during("place", async () => {
  const own = ++asked;
  const from = conversation();
  let html;
  try {
    html = await get(url);
  } catch (error) {
    toast(error.message, true);
    return false;
  }
  if (own !== asked || from !== conversation()) return false;
  fill(html);
  if (!dialog().open) dialog().showModal();
  ready();
  return true;
});

function fill(html) {
  const content = parsed(html).body;
  dialog().replaceChildren(...[...content.childNodes].map((one) => document.adoptNode(one)));
}

function ready() {
  ($("[autofocus]", dialog()) ?? $("#dialog-title")).focus();
}

/** The answer is for the dialog that asked: another one may be open by now. */
async function submit(form) {
  const problem = $(".problem", form);
  const buttons = $$("button[type=submit]", form);
  if (buttons.some((one) => one.disabled)) return false;
  buttons.forEach((one) => (one.disabled = true));
  if (problem) problem.hidden = true;
  const isThere = () => form.isConnected && dialog().open;
  try {
    const answer = await post(form.action, new URLSearchParams(new FormData(form)));
    if (answer.html !== undefined) {
      if (!isThere()) return false;
      fill(answer.html);
      ready();
      return true;
    }
    if (isThere()) dialog().close();
    if (answer.said) toast(answer.said);
    if (answer.promised?.length) toast(`Written down as promised: ${inWords(answer.promised)}.`);
    if (answer.open) await visit(`/desk/conversations/${answer.open}`);
    else await Promise.all([refreshTalk(), refreshQueue()]);
    document.dispatchEvent(new Event("desk:acted"));
    return true;
  } catch (error) {
    if (problem && isThere()) {
      problem.textContent = error.message;
      problem.hidden = false;
    } else toast(error.message, true);
    return false;
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
  const form = event.target;
  during("deed", () => submit(form));
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
