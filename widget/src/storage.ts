// What must outlive a reload, in the browser's storage, or in memory where the browser refuses it.

type Kind = "localStorage" | "sessionStorage";

export class Store {
  #memory = new Map<string, string>();
  #backing: Storage | null;

  constructor(
    readonly prefix: string,
    kind: Kind = "localStorage",
  ) {
    this.#backing = usable(kind);
  }

  get<T>(name: string): T | null {
    const raw = this.#read(this.prefix + name);
    if (raw === null) return null;
    try {
      return JSON.parse(raw) as T;
    } catch {
      return null; // somebody else wrote there: as good as nothing
    }
  }

  set(name: string, value: unknown): void {
    const raw = JSON.stringify(value);
    this.#memory.set(this.prefix + name, raw);
    try {
      this.#backing?.setItem(this.prefix + name, raw);
    } catch {
      this.#backing = null; // full or withdrawn: go on in memory
    }
  }

  /** Call back when another tab changed something of ours. */
  watch(changed: (name: string) => void): () => void {
    const listen = (event: StorageEvent) => {
      if (event.key?.startsWith(this.prefix)) changed(event.key.slice(this.prefix.length));
    };
    window.addEventListener("storage", listen);
    return () => window.removeEventListener("storage", listen);
  }

  #read(key: string): string | null {
    try {
      if (this.#backing) return this.#backing.getItem(key);
    } catch {
      this.#backing = null;
    }
    return this.#memory.get(key) ?? null;
  }
}

function usable(kind: Kind): Storage | null {
  try {
    const storage = window[kind]; // throws where the customer blocks site data
    storage.setItem("careline:probe", "1");
    storage.removeItem("careline:probe");
    return storage;
  } catch {
    return null;
  }
}

/** Run `work` while no other tab runs work of that name; alone where the browser has no locks. */
export async function withLock<T>(name: string, work: () => Promise<T>): Promise<T> {
  let started = false;
  const begin = () => {
    started = true;
    return work();
  };
  try {
    if (navigator.locks) return (await navigator.locks.request(name, begin)) as T;
  } catch (error) {
    if (started) throw error; // the work's own failure; a refused lock comes before it starts
  }
  return work();
}
