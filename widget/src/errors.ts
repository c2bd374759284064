// What can go wrong between the widget and the server, by what to do about it.

/** Nothing came back, or the server is in trouble: keep it and try again later. */
export class Unreachable extends Error {}

/** The token is no longer good: start a new session and try again. */
export class SessionEnded extends Error {}

/** The server said no for good; its words are fit for the customer. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

export function failureFrom(status: number, body: string): Error {
  const { code, message } = described(body);
  if (status === 401) return new SessionEnded(code);
  if (status === 408 || status === 425 || status === 429 || status >= 500 || status === 0) {
    return new Unreachable(`status ${status}`);
  }
  return new Refused(status, code, message);
}

function described(body: string): { code: string; message: string } {
  try {
    const { error } = JSON.parse(body) as { error?: { code?: string; message?: string } };
    return { code: error?.code ?? "", message: error?.message ?? "" };
  } catch {
    return { code: "", message: "" }; // a proxy's page, not ours
  }
}
