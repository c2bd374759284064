// What happens elsewhere shows here by itself: the queue, the open conversation, who is writing.

import { $, $$, conversation, refreshQueue, refreshTalk, toast } from "./page.js";

const SOUND = "careline:sound";
const RING_WITHIN = 2000; // milliseconds
const CLOCKS_EVERY = 30_000; // milliseconds; waiting times and deadlines are the server's words

let source = null;
let again = 0;
let waiting = null; // how many wait; null before we know
let asked = null; // how many approvals wait; null before we know
let lastTalk = "";

export function connect() {
  source?.close();
  clearTimeout(again);
  lastTalk = "";
  source = new EventSource(`/desk/events?c=${encodeURIComponent(conversation())}`);
  source.addEventListener("open", () => delete document.body.dataset.offline);
  source.addEventListener("queue", (event) => showQueue(JSON.parse(event.data).counts));
  source.addEventListener("conversation", (event) => showTalk(event.data));
  source.addEventListener("attention", (event) => showAttention(JSON.parse(event.data).counts));
  source.addEventListener("decided", (event) => toast(JSON.parse(event.data).said));
  source.addEventListener("typing", (event) => showTyping(JSON.parse(event.data).on));
  source.addEventListener("error", () => {
    document.body.dataset.offline = "";
    if (source.readyState !== EventSource.CLOSED) return;
    if ($("#queue")) refreshQueue(); // tells whether it is the line or the session that has ended
    again = setTimeout(connect, 2000);
  });
}

function showQueue(counts) {
  if (waiting !== null && counts.unassigned > waiting) {
    toast("Somebody new waits for a person.");
    if (wantsSound()) ring();
  }
  waiting = counts.unassigned;
  title();
  if ($("#queue")) refreshQueue();
}

function showAttention(counts) {
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

function showTyping(on) {
  const sign = $("#typing");
  if (!sign) return;
  const thread = $("#thread");
  const atEnd = thread.scrollHeight - thread.scrollTop - thread.clientHeight < 60;
  sign.hidden = !on;
  if (atEnd) thread.scrollTop = thread.scrollHeight;
}

export function title() {
  const plain = document.title.replace(/^\(\d+\) /, "");
  document.title = waiting ? `(${waiting}) ${plain}` : plain;
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
