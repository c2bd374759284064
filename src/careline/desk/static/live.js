// What happens elsewhere shows here by itself: the queue, the open conversation, who is writing.

import { $, $$, conversation, isUnderWay, refresh, refreshQueue, refreshTalk, toast } from "./page.js";

const SOUND = "careline:sound";
const RING_WITHIN = 2000; // milliseconds
const CLOCKS_EVERY = 30_000; // milliseconds; waiting times and deadlines are the server's words

let source = null;
let again = 0;
let waiting = null; // how many wait for anybody; null before we know
let mine = null; // what I hold, by id, and how it stands; null before we know
let asked = null; // how many approvals wait; null before we know
let latest = null; // the last word about both, told once what I am doing myself is done
const own = new Set(); // what I took, woke or opened with my own hands is no news to me
let lastTalk = "";
let isTyping = false; // the customer; the sign in a part that is fetched again knows nothing of it

export function connect() {
  source?.close();
  clearTimeout(again);
  lastTalk = "";
  isTyping = false;
  source = new EventSource(`/desk/events?c=${encodeURIComponent(conversation())}`);
  source.addEventListener("open", () => delete document.body.dataset.offline);
  source.addEventListener("queue", (event) => {
    latest = JSON.parse(event.data);
    if (!isUnderWay("deed") && !isUnderWay("place")) showQueue();
  });
  source.addEventListener("conversation", (event) => showTalk(event.data));
  source.addEventListener("attention", (event) => showAttention(JSON.parse(event.data)));
  source.addEventListener("decided", (event) => toast(JSON.parse(event.data).said));
  source.addEventListener("typing", (event) => {
    isTyping = JSON.parse(event.data).on;
    showTyping();
  });
  source.addEventListener("error", () => {
    document.body.dataset.offline = "";
    if (source.readyState !== EventSource.CLOSED) return;
    if ($("#queue")) refreshQueue(); // tells whether it is the line or the session that has ended
    again = setTimeout(connect, 2000);
  });
}

document.addEventListener("desk:settled", ({ detail }) => {
  if (!detail.came) own.clear();
  if (latest && !isUnderWay()) showQueue();
});

document.addEventListener("desk:took", ({ detail }) => own.add(detail.id));

function showQueue() {
  const { counts, mine: now } = latest;
  latest = null;
  const news = [...newsOfMine(now)];
  if (waiting !== null && counts.unassigned > waiting) news.push("Somebody new waits for a person.");
  for (const words of news) toast(words);
  if (news.length && wantsSound()) ring();
  waiting = counts.unassigned;
  mine = now;
  for (const id of own) if (now[id]) own.delete(id);
  title();
  if ($("#queue")) refreshQueue();
}

/** What came to me, or moved, without my doing; what lies open before my eyes shows by itself. */
function newsOfMine(now) {
  if (mine === null) return [];
  const seen = document.visibilityState === "visible" ? conversation() : "";
  const taken = new Set([...own].map((id) => now[id]?.customer)); // and with it their others
  const news = new Set();
  for (const [id, how] of Object.entries(now)) {
    if (id === seen || (taken.has(how.customer) && !mine[id])) continue;
    if (!mine[id]) news.add("Another conversation is yours now.");
    else if (how.position > mine[id].position) news.add("A customer of yours has written.");
  }
  return news;
}

function showAttention({ counts, marks }) {
  const page = $("[data-live]");
  if (page && page.dataset.mark !== marks[page.dataset.live]) refresh("cards");
  for (const one of $$("[data-count]")) {
    const count = counts[one.dataset.count] ?? 0;
    one.textContent = count;
    one.hidden = !count;
  }
  const isNews = asked !== null && counts.approvals > asked;
  if (isNews && $("[data-count=approvals]")) toast("Something new waits for a lead's approval.");
  asked = counts.approvals;
}

function showTalk(said) {
  const first = lastTalk === "";
  lastTalk = said;
  const now = JSON.parse(said);
  const talk = $("#talk");
  if (!talk || now.id !== conversation()) return;
  // What came between the page and this stream is seen by comparing; after that, any news counts.
  const known = talk.dataset.mode === now.mode && Number(talk.dataset.position) >= now.position
    && talk.dataset.holder === (now.holder ?? "");
  if (!first || !known) refreshTalk();
}

document.addEventListener("desk:part", ({ detail }) => {
  if (detail.id === "talk") showTyping();
});

function showTyping() {
  const sign = $("#typing");
  if (!sign || sign.hidden !== isTyping) return;
  const thread = $("#thread");
  const atEnd = thread.scrollHeight - thread.scrollTop - thread.clientHeight < 60;
  sign.hidden = !isTyping;
  if (atEnd) thread.scrollTop = thread.scrollHeight;
}

/** "(2 yours, 3) Queue": two customers wait for my answer, three for anybody's. */
export function title() {
  const plain = document.title.replace(/^\((\d+ yours)?(, )?\d*\) /, "");
  const forMe = Object.values(mine ?? {}).filter((each) => each.waits).length;
  const parts = [forMe ? `${forMe} yours` : "", waiting || ""].filter(Boolean);
  document.title = parts.length ? `(${parts.join(", ")}) ${plain}` : plain;
}

const wantsSound = () => localStorage.getItem(SOUND) === "on";

let audio = null; // one for the page: browsers allow few, and start them only once somebody acts

function awake() {
  audio ??= new AudioContext();
  return audio.resume();
}

async function ring() {
  const asked = performance.now();
  await awake();
  if (performance.now() - asked > RING_WITHIN) return; // it is old news by now
  const tone = audio.createOscillator();
  const volume = audio.createGain();
  tone.frequency.value = 660;
  volume.gain.setValueAtTime(0.08, audio.currentTime);
  volume.gain.exponentialRampToValueAtTime(0.001, audio.currentTime + 0.4);
  tone.connect(volume).connect(audio.destination);
  tone.start();
  tone.stop(audio.currentTime + 0.4);
}

function showSound() {
  $("[data-sound]")?.setAttribute("aria-pressed", wantsSound());
}

document.addEventListener("click", (event) => {
  if (!event.target.closest("[data-sound]")) return;
  localStorage.setItem(SOUND, wantsSound() ? "off" : "on");
  showSound();
  if (wantsSound()) ring();
});

for (const act of ["pointerdown", "keydown"]) {
  document.addEventListener(act, () => { if (wantsSound()) awake(); }, { once: true });
}

setInterval(() => {
  if (document.visibilityState !== "visible") return;
  if ($("#queue")) refreshQueue();
}, CLOCKS_EVERY);

showSound();
