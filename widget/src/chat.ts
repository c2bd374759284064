// The conversation behind the panel: what is said, what waits to be sent, who answers, what is new.

import { Api, type SessionGiven } from "./api.ts";
import { delayMs, Waiter } from "./backoff.ts";
import { Refused, SessionEnded, Unreachable } from "./errors.ts";
import type { ServerEvent } from "./events.ts";
import { Outbox } from "./outbox.ts";
import { Session } from "./session.ts";
import { withLock } from "./storage.ts";
import { Stream } from "./stream.ts";
import { Timeline } from "./timeline.ts";
import type { Attachment, Choice, Entry, History, Message, Mode } from "./types.ts";
import { newUuid } from "./uuid.ts";
import { words } from "./words.ts";

const TYPING_AT_MOST_MS = 30_000; // should the "off" get lost
const TYPING_TOLD_EVERY_MS = 3_000; // the server forgets it after six seconds

export class Chat extends EventTarget {
  mode: Mode = "bot";
  typing = false;
  reachable = true;
  #loaded = false; // the history was read at least once
  #live = false; // what comes now is new, not history
  #timeline = new Timeline();
  #outbox: Outbox;
  #stream: Stream | null = null;
  #looking = false;
  #waiter = new Waiter();
  #sending: Promise<void> | null = null;
  #typingTimer: ReturnType<typeof setTimeout> | undefined;
  #told = { arrived: "", read: "" }; // the newest message of a colleague that we told about
  #typedAt = 0;
  #unwatch: () => void;
  #stopped = false;

  constructor(
    private api: Api,
    private session: Session,
  ) {
    super();
    this.#outbox = new Outbox(session.store);
    this.#unwatch = session.store.watch((name) => this.#otherTabChanged(name));
    // A visitor who says nothing leaves no conversation behind: the session starts with a message.
    if (session.kept() || this.#outbox.next()) this.connect();
    else if (session.identity) void session.resume().then((found) => found && !this.#stopped && this.connect());
  }

  get loading(): boolean {
    return this.#stream !== null && !this.#loaded && this.reachable;
  }

  get messages(): Message[] {
    return this.#timeline.messages;
  }

  get waiting(): Entry[] {
    return this.#timeline.stillOut(this.#outbox.entries());
  }

  get unread(): number {
    return this.#timeline.unread(this.session.store.get<string>("seen"));
  }

  get spentChoices(): Map<string, string> {
    return this.#timeline.spentChoices(this.waiting);
  }

  /** Start listening; without a session kept from before this makes one. */
  connect(): void {
    this.#stream ??= new Stream({
      open: async (signal) =>
        this.api.stream((await this.session.ensure()).token, this.#timeline.newest, signal),
      opened: () => this.#catchUp(),
      event: (event) => this.#take(event),
      reachable: (yes) => this.#setReachable(yes),
      sessionEnded: () => this.#startAfresh(),
    });
    void this.#flush();
  }

  stop(): void {
    this.#stopped = true;
    this.#stream?.stop();
    this.#unwatch();
    this.#waiter.wake();
  }

  /** Whether the customer has the messages before their eyes; what they see is read. */
  look(yes: boolean): void {
    this.#looking = yes;
    this.#markSeen();
    this.#tellSeen();
    this.#changed();
  }

  send(text: string, attachments: Attachment[] = [], choice?: Choice): void {
    const entry: Entry = { id: newUuid(), text, attachments, at: new Date().toISOString() };
    if (choice) entry.payload = choice.payload;
    this.#outbox.add(entry);
    this.#live ||= this.session.kept() === null; // no history can be waiting there
    this.#changed();
    this.connect();
    this.#stream?.wake();
  }

  /** The customer is writing; a colleague who answers sees it, the bot does not care. */
  typed(): void {
    if (this.mode !== "person" || Date.now() - this.#typedAt < TYPING_TOLD_EVERY_MS) return;
    this.#typedAt = Date.now();
    this.#tell((session) => this.api.typing(session.token, true));
  }

  retry(id: string): void {
    this.#outbox.retry(id);
    this.#changed();
    void this.#flush();
  }

  discard(id: string): void {
    this.#outbox.remove(id);
    this.#changed();
  }

  async upload(file: File, progress: (part: number) => void, signal: AbortSignal): Promise<Attachment> {
    return this.#authorised((session) => this.api.upload(session.token, file, progress, signal));
  }

  async download(url: string): Promise<Blob> {
    return this.#authorised((session) => this.api.download(session.token, url));
  }

  get base(): string {
    return this.api.base;
  }

  // --- sending -----------------------------------------------------------------------------

  async #flush(): Promise<void> {
    this.#waiter.wake(); // a new message is a good moment to try the old ones again
    this.#sending ??= this.#sendUntilEmpty().finally(() => (this.#sending = null));
    await this.#sending;
  }

  async #sendUntilEmpty(): Promise<void> {
    for (let attempt = 0; this.#outbox.next() && !this.#stopped; ) {
      try {
        // One tab at a time: messages written in two tabs leave in the order they were written.
        await withLock(this.session.key + "send", () => this.#sendNext());
        attempt = 0;
        this.#setReachable(true);
      } catch (error) {
        if (!(error instanceof Unreachable || error instanceof SessionEnded)) throw error;
        this.#setReachable(false);
        await this.#waiter.wait(delayMs(attempt++, Math.random()));
      }
    }
  }

  async #sendNext(): Promise<void> {
    const entry = this.#outbox.next();
    if (!entry) return; // another tab has sent it meanwhile
    try {
      this.#merge([await this.#authorised((session) => this.api.send(session.token, entry))]);
      this.#outbox.remove(entry.id);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      this.#outbox.fail(entry.id, error.message || words.refused);
    }
    this.#changed();
  }

  async #authorised<T>(work: (session: SessionGiven) => Promise<T>): Promise<T> {
    const session = await this.session.ensure();
    try {
      return await work(session);
    } catch (error) {
      if (!(error instanceof SessionEnded)) throw error;
      await this.#startAfresh(session);
      return work(await this.session.ensure());
    }
  }

  async #startAfresh(ended = this.session.kept()): Promise<void> {
    const before = ended?.conversation;
    const now = await this.session.renew(ended?.token ?? "");
    if (before === now.conversation) return;
    this.#timeline = new Timeline(); // the old conversation is no longer ours to read
    this.session.store.set("seen", null);
    this.#stream?.reopen();
    this.#changed();
  }

  // --- receiving ---------------------------------------------------------------------------

  async #catchUp(): Promise<void> {
    const { token } = await this.session.ensure();
    let history: History;
    do {
      history = await this.api.history(token, this.#timeline.newest);
      this.#merge(history.messages);
    } while (history.messages.length >= 50); // there may be another page
    this.mode = history.mode;
    this.#loaded = this.#live = true;
    void this.#flush();
    this.#changed();
  }

  #take({ type, data }: ServerEvent): void {
    if (type === "message") this.#merge([JSON.parse(data) as Message]);
    if (type === "mode") this.mode = (JSON.parse(data) as { mode: Mode }).mode;
    if (type === "typing") this.#setTyping((JSON.parse(data) as { on: boolean }).on);
    this.#changed();
  }

  #merge(messages: Message[]): void {
    const fresh = this.#timeline.merge(messages).filter((each) => each.author !== "customer");
    for (const message of messages) if (message.client_id) this.#outbox.remove(message.client_id);
    if (this.#looking) this.#markSeen();
    this.#tellSeen();
    if (this.#live && fresh.length > 0) {
      this.dispatchEvent(new CustomEvent<Message[]>("arrived", { detail: fresh }));
    }
    this.#changed();
  }

  #setTyping(on: boolean): void {
    clearTimeout(this.#typingTimer);
    this.typing = on;
    if (on) this.#typingTimer = setTimeout(() => (this.#setTyping(false), this.#changed()), TYPING_AT_MOST_MS);
  }

  #setReachable(yes: boolean): void {
    if (!yes) this.#setTyping(false);
    if (this.reachable === yes) return;
    this.reachable = yes;
    if (yes) this.#waiter.wake();
    this.#changed();
  }

  #markSeen(): void {
    const { newest } = this.#timeline;
    const { store } = this.session;
    if (this.#looking && newest > (store.get<string>("seen") ?? "")) store.set("seen", newest);
  }

  /** Tells the colleague who wrote how far their words have come. */
  #tellSeen(): void {
    const newest = this.messages.findLast((each) => each.author === "staff")?.id ?? "";
    const how = this.#looking ? "read" : "arrived";
    if (newest <= this.#told[how] || newest <= this.#told.read) return;
    this.#told[how] = newest;
    const read = this.#looking;
    this.#tell((session) => this.api.seen(session.token, newest, read));
  }

  /** Something that is not worth a retry: unreachable now, it is told with the next message. */
  #tell(work: (session: SessionGiven) => Promise<void>): void {
    const session = this.session.kept();
    if (session) void work(session).catch(() => undefined);
  }

  #otherTabChanged(name: string): void {
    if (name === "session") this.connect();
    this.#changed();
  }

  #changed(): void {
    this.dispatchEvent(new Event("change"));
  }
}
