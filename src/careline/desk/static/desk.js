// The desk's page: opens conversations in place, keeps the panes, and starts the rest.

import {
  $, $$, conversation, filtersAsQuery, get, parsed, refreshQueue, toEnd, visit,
} from "./page.js";
import { opened as composerOpened, stand } from "./composer.js";
import { connect, title } from "./live.js";
import "./actions.js";
import "./dialogs.js";
import { playWhatCameAhead } from "./keys.js";

function showPane(name) {
  document.body.dataset.pane = name;
  for (const one of $$("[data-show]")) one.setAttribute("aria-selected", one.dataset.show === name);
}

async function loadCustomer() {
  const pane = $("#pane-customer");
  const address = pane?.dataset.load;
  if (!address) return;
  const id = conversation();
  let content;
  try {
    content = [...parsed(await get(address, { byItself: true })).body.childNodes];
  } catch (error) {
    const words = document.createElement("p");
    words.className = "empty";
    words.textContent = error.message;
    content = [words];
  }
  if (conversation() !== id) return;
  const unfolded = $$("details[id]", pane).map((one) => [one.id, one.open]);
  const scrolled = pane.scrollTop;
  pane.replaceChildren(...content.map((one) => document.adoptNode(one)));
  pane.scrollTop = scrolled;
  for (const [key, open] of unfolded) {
    const fold = document.getElementById(key);
    if (fold) fold.open = open;
  }
}

const CUSTOMER_AFTER = 3000; // milliseconds of quiet
const NARROW = window.matchMedia("(max-width: 800px)");

function opened() {
  composerOpened();
  if (NARROW.matches && $("details.summary")) $("details.summary").open = false; // room for the talk
  toEnd();
  loadCustomer();
  title();
  connect();
}

document.addEventListener("click", (event) => {
  if (event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const pane = event.target.closest("[data-show]");
  if (pane) showPane(pane.dataset.show);
  const link = event.target.closest("[data-open], [data-open-other], [data-view], [data-more], [data-all]");
  if (!link) return;
  event.preventDefault();
  visit(link.getAttribute("href"));
});

document.addEventListener("keydown", (event) => {
  const tab = event.target.closest?.("[data-show]");
  const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  if (!tab || !step) return;
  const tabs = $$("[data-show]:not([disabled])");
  const next = tabs[(tabs.indexOf(tab) + step + tabs.length) % tabs.length];
  showPane(next.dataset.show);
  next.focus();
});

let searching = 0;

function search() {
  const wanted = filtersAsQuery();
  const base = conversation() ? `/desk/conversations/${conversation()}` : "/desk";
  const part = $("#queue");
  part.dataset.part = `/desk/queue?${wanted}`;
  history.replaceState({}, "", `${base}?${wanted}`);
  refreshQueue();
}

document.addEventListener("input", (event) => {
  if (!event.target.closest("#filters")) return;
  clearTimeout(searching);
  searching = setTimeout(search, event.target.type === "search" ? 200 : 0);
});

document.addEventListener("submit", (event) => {
  if (event.target.id !== "filters") return;
  event.preventDefault();
  clearTimeout(searching);
  search();
});

window.addEventListener("popstate", () => visit(location.pathname + location.search, { push: false }));

document.addEventListener("desk:opened", opened);
document.addEventListener("desk:acted", loadCustomer);
let later = 0;

document.addEventListener("desk:part", ({ detail }) => {
  if (detail.id === "queue") title();
  if (detail.id !== "talk") return;
  stand();
  clearTimeout(later); // what happened there may be an order's or a case's news as well
  later = setTimeout(loadCustomer, CUSTOMER_AFTER);
});

if (document.body.dataset.desk !== undefined) opened();
else if ($("[data-live]")) connect();
playWhatCameAhead();
