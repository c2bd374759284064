// Whose conversation this is: the token for it, kept per server and per customer.

import type { Api, SessionGiven } from "./api.ts";
import { Refused, SessionEnded } from "./errors.ts";
import { Store, withLock } from "./storage.ts";

interface Saved extends SessionGiven {
  verified: boolean; // started with the shop's signed identity
}

export class Session {
  readonly store: Store;
  readonly key: string;
  #identityRefused = false;

  constructor(
    private api: Api,
    readonly identity: string | null,
  ) {
    this.key = `careline:${new URL(api.base).host}:${subjectOf(identity)}:`;
    this.store = new Store(this.key);
  }

  /** The session kept from before, if it still fits who is signed in. */
  kept(): SessionGiven | null {
    const saved = this.store.get<Saved>("session");
    if (!saved) return null;
    const better = this.identity !== null && !saved.verified && !this.#identityRefused;
    return better ? null : saved;
  }

  async ensure(): Promise<SessionGiven> {
    return this.kept() ?? withLock(this.key + "session", async () => this.kept() ?? this.#start());
  }

  /** A new session instead of the one with this token; another tab may have made it already. */
  async renew(ended: string): Promise<SessionGiven> {
    return withLock(this.key + "session", async () => {
      const kept = this.kept();
      return kept && kept.token !== ended ? kept : this.#start();
    });
  }

  /** On a device that does not know it yet: take up the conversation that goes on with them. */
  async resume(): Promise<SessionGiven | null> {
    return withLock(this.key + "session", async () => this.kept() ?? this.#start(true).catch(() => null));
  }

  async #start(existing?: true): Promise<SessionGiven> {
    const identity = this.#identityRefused ? null : this.identity;
    try {
      const given = await this.api.startSession(identity, existing);
      this.store.set("session", { ...given, verified: identity !== null });
      return given;
    } catch (error) {
      if (identity === null || !(error instanceof SessionEnded || error instanceof Refused)) throw error;
      // The page's identity is stale or wrong. The shop may call identify() with a fresh one;
      // meanwhile the customer is served as somebody we do not know yet.
      this.#identityRefused = true;
      window.dispatchEvent(new CustomEvent("careline:identity-refused"));
      return this.#start(existing);
    }
  }
}

/** Who the identity speaks of. Read without checking it: it only names a drawer in the storage. */
function subjectOf(identity: string | null): string {
  if (!identity) return "visitor";
  try {
    const part = identity.split(".")[1] ?? "";
    const bytes = Uint8Array.from(atob(part.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
    const { sub } = JSON.parse(new TextDecoder().decode(bytes)) as { sub?: string };
    return sub ? `customer-${sub}` : "visitor";
  } catch {
    return "visitor";
  }
}
