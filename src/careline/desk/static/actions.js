// Buttons that do one thing at once, and what the answer says.

import {
  $, conversation, during, post, refresh, refreshQueue, refreshTalk, toast, took,
} from "./page.js";
import { writeAhead } from "./composer.js";

/** Cards too: those that were on their way before it was done may be put into the page after it. */
const showHowItStands = () => Promise.all([refreshTalk(), refreshQueue(), refresh("cards")]);

/** Gives true when it was done. */
export const act = (url, { quiet = false, body } = {}) => during("deed", async () => {
  try {
    const answer = await post(url, body);
    if (answer.said && !quiet) toast(answer.said);
    await showHowItStands();
    document.dispatchEvent(new Event("desk:acted"));
    return true;
  } catch (error) {
    toast(error.message, true);
    await showHowItStands();
    return false;
  }
});

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-post]");
  if (!button || button.disabled) return;
  button.disabled = true;
  took(conversation());
  const doing = act(button.dataset.post);
  if (button.dataset.then === "reply") writeAhead(doing);
  const done = await doing;
  button.disabled = false;
  if (done && "gone" in button.dataset) button.closest(".card").remove();
});

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.matches("[data-inline-form]")) return;
  event.preventDefault();
  if (await act(form.action, { body: new URLSearchParams(new FormData(form)) })) form.closest(".card").remove();
});

// A menu is put away by a click anywhere else.
document.addEventListener("click", (event) => {
  const open = $("details.menu[open]");
  if (open && (!open.contains(event.target) || event.target.closest(".menu-list"))) open.open = false;
});
