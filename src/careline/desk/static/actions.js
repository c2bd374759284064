// Buttons that do one thing at once, and what the answer says.

import { $, post, refreshQueue, refreshTalk, toast } from "./page.js";
import { choicesSoFar, choose } from "./composer.js";

/** Gives true when it was done. */
export async function act(url, { quiet = false, body } = {}) {
  try {
    const answer = await post(url, body);
    if (answer.said && !quiet) toast(answer.said);
    await Promise.all([refreshTalk(), refreshQueue()]);
    document.dispatchEvent(new Event("desk:acted"));
    return true;
  } catch (error) {
    toast(error.message, true);
    await Promise.all([refreshTalk(), refreshQueue()]);
    return false;
  }
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-post]");
  if (!button || button.disabled) return;
  button.disabled = true;
  const since = choicesSoFar();
  const done = await act(button.dataset.post);
  button.disabled = false;
  if (done && "gone" in button.dataset) button.closest(".card").remove();
  if (done && button.dataset.then === "reply") choose("reply", { since });
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
