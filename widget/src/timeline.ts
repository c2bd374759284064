// The messages as the customer sees them: each once, in order, whichever way it reached us.

import type { Entry, Message } from "./types.ts";

export class Timeline {
  #byId = new Map<string, Message>();
  messages: Message[] = []; // in order
  newest = ""; // ids ascend with time, so "newer" is a plain comparison

  /** Takes messages from an answer, the stream or the history; returns those not known before. */
  merge(incoming: Message[]): Message[] {
    const fresh = incoming.filter((message) => !this.#byId.has(message.id));
    for (const message of incoming) {
      this.#byId.set(message.id, message);
      if (message.id > this.newest) this.newest = message.id;
    }
    this.messages = [...this.#byId.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
    return fresh;
  }

  /** What waits in the outbox and is not here yet under the same client id. */
  stillOut(entries: Entry[]): Entry[] {
    const known = new Set(this.messages.map((message) => message.client_id));
    return entries.filter((entry) => !known.has(entry.id));
  }

  /** Messages for the customer after the one seen last. */
  unread(seen: string | null): number {
    const from = seen ?? this.messages.findLast((each) => each.author === "customer")?.id ?? "";
    return this.messages.filter((each) => each.author !== "customer" && each.id > from).length;
  }

  /** Titles of the choices that are over, by message id: the one that was used, or "" for none. */
  spentChoices(entries: Entry[]): Map<string, string> {
    const spent = new Map<string, string>();
    let answer: string | undefined = entries[0]?.text;
    for (const message of [...this.messages].reverse()) {
      if (message.author === "customer") answer = message.text;
      else if (answer !== undefined && message.buttons?.length) {
        const used = message.buttons.find((choice) => choice.title === answer);
        spent.set(message.id, used?.title ?? "");
      }
    }
    return spent;
  }
}
