// The customer's messages until the server has acknowledged them; kept over reloads, shared by tabs.

import type { Store } from "./storage.ts";
import type { Entry } from "./types.ts";

export class Outbox {
  constructor(private store: Store) {}

  entries(): Entry[] {
    return this.store.get<Entry[]>("outbox") ?? [];
  }

  add(entry: Entry): void {
    this.store.set("outbox", [...this.entries(), entry]);
  }

  remove(id: string): void {
    const all = this.entries();
    const left = all.filter((entry) => entry.id !== id);
    if (left.length < all.length) this.store.set("outbox", left);
  }

  fail(id: string, because: string): void {
    this.#change(id, (entry) => ({ ...entry, failure: because }));
  }

  retry(id: string): void {
    this.#change(id, ({ failure: _, ...entry }) => entry);
  }

  next(): Entry | undefined {
    return this.entries().find((entry) => entry.failure === undefined);
  }

  #change(id: string, how: (entry: Entry) => Entry): void {
    this.store.set("outbox", this.entries().map((entry) => (entry.id === id ? how(entry) : entry)));
  }
}
