// How long to wait before trying again, and a wait that can be cut short.

const FIRST_MS = 500;
const LONGEST_MS = 30_000;

/** Doubles with each attempt, with jitter so that a restarted server is not met by everyone at once. */
export function delayMs(attempt: number, random: number): number {
  return Math.min(LONGEST_MS, FIRST_MS * 2 ** attempt) * (0.5 + random / 2);
}

/** Waits that end early on `wake()`: the network is back, the tab is looked at again. */
export class Waiter {
  #waking = new Set<() => void>();

  wait(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.#waking.delete(done);
        resolve();
      };
      const timer = setTimeout(done, milliseconds);
      this.#waking.add(done);
    });
  }

  wake(): void {
    for (const done of [...this.#waking]) done();
  }
}
