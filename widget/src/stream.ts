// Keep one stream of events open, for as long as somebody looks at the page.

import { SessionEnded, Unreachable } from "./errors.ts";
import { delayMs, Waiter } from "./backoff.ts";
import { eventsOf, type ServerEvent } from "./events.ts";

const STEADY_MS = 5_000; // a connection that lasted this long was a good one
const REST_AFTER_MS = 60_000; // a hidden tab gives its connection back: browsers allow six to a server

export interface StreamUse {
  open(signal: AbortSignal): Promise<Response>;
  /** Called with every opened stream, before its events are read: fetch what was missed. */
  opened(): Promise<void>;
  event(event: ServerEvent): void;
  reachable(yes: boolean): void;
  /** The token is no longer good; get another one. */
  sessionEnded(): Promise<void>;
}

export class Stream {
  #waiter = new Waiter();
  #aborter = new AbortController();
  #attempt = 0;
  #resting = false;
  #stopped = false;
  #restTimer: ReturnType<typeof setTimeout> | undefined;
  #listening = new AbortController();

  constructor(private use: StreamUse) {
    const { signal } = this.#listening;
    window.addEventListener("online", () => this.wake(), { signal });
    window.addEventListener("offline", () => this.#cut(), { signal });
    window.addEventListener("pageshow", () => this.wake(), { signal });
    window.addEventListener("pagehide", () => this.#aborter.abort(), { signal });
    document.addEventListener("visibilitychange", () => this.#visibility(), { signal });
    void this.#run();
  }

  wake(): void {
    this.#attempt = 0;
    this.#waiter.wake();
  }

  /** Leave the connection there is, for one with the token of now. */
  reopen(): void {
    this.#aborter.abort();
    this.wake();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#restTimer);
    this.#listening.abort();
    this.#aborter.abort();
    this.#waiter.wake();
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      if (this.#resting) await this.#waiter.wait(2 ** 30); // until the tab is looked at
      else await this.#once();
      if (!this.#stopped && !this.#resting) {
        await this.#waiter.wait(delayMs(this.#attempt++, Math.random()));
      }
    }
  }

  async #once(): Promise<void> {
    this.#aborter = new AbortController();
    let openedAt = Infinity;
    try {
      const response = await this.use.open(this.#aborter.signal);
      openedAt = performance.now();
      await this.use.opened();
      this.use.reachable(true);
      for await (const event of eventsOf(response)) this.use.event(event);
    } catch (error) {
      if (error instanceof SessionEnded) await this.use.sessionEnded().catch(() => this.#lost());
      else if (openedAt === Infinity || error instanceof Unreachable) this.#lost();
      // else: an open stream broke off; whether the server is there shows when we try again
    }
    if (performance.now() - openedAt > STEADY_MS) this.#attempt = 0;
  }

  #lost(): void {
    if (!this.#resting && !this.#stopped) this.use.reachable(false);
  }

  #cut(): void {
    this.#aborter.abort();
    this.use.reachable(false);
  }

  #visibility(): void {
    clearTimeout(this.#restTimer);
    if (document.visibilityState === "hidden") {
      this.#restTimer = setTimeout(() => {
        this.#resting = true;
        this.#aborter.abort();
      }, REST_AFTER_MS);
    } else {
      this.#resting = false;
      this.wake();
    }
  }
}
