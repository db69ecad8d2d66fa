// To the desk and back. No request carries a cookie, and none goes anywhere else.

const PAUSES = [1, 2, 4, 8, 15, 30]; // seconds between tries; the last one repeats
const PATIENCE = 20; // seconds: far over the desk's own time limit
const POLL_WAIT = 25; // seconds that the desk may hold a long poll
const FIRST_SIGN = 8; // seconds until a stream that says nothing is held for a stopped one
const SILENCE = 45; // seconds: three of the desk's signs of life

class Wire {
  /** @param {string} desk */
  constructor(desk) {
    this.desk = desk;
  }

  /**
   * @template T
   * @param {string} path
   * @param {{ body?: unknown, patience?: number, signal?: AbortSignal }} [how]
   * @returns {Promise<Came<T>>}
   */
  async ask(path, { body, patience = PATIENCE, signal } = {}) {
    const limit = new Limit(patience, signal);
    try {
      const answer = await fetch(this.desk + path, {
        method: body ? "POST" : "GET",
        headers: body ? { "Content-Type": "application/json" } : { Accept: "application/json" },
        body: body ? JSON.stringify(body) : undefined,
        credentials: "omit", signal: limit.signal, referrerPolicy: "no-referrer",
      });
      if (answer.ok) return { told: await answer.json() };
      if (answer.status >= 500) return null;
      const later = answer.status === 429 ? Number(answer.headers.get("Retry-After")) || 5 : undefined;
      return { refused: answer.status, problem: await answer.json().catch(() => null), later };
    } catch {
      return null;
    } finally {
      limit.over();
    }
  }

  /**
   * The lines of a stream as they come; true when it ended after it had worked.
   * @param {string} path @param {AbortSignal} signal @param {(line: Line) => void} heard
   */
  async stream(path, signal, heard) {
    const limit = new Limit(FIRST_SIGN, signal);
    let works = false;
    try {
      const answer = await fetch(this.desk + path, {
        headers: { Accept: "text/event-stream" },
        credentials: "omit", signal: limit.signal, referrerPolicy: "no-referrer",
      });
      if (!answer.ok || !answer.body) return false;
      for await (const event of events(answer.body, () => { works = true; limit.again(SILENCE); })) {
        heard(JSON.parse(event));
      }
    } catch {
      // Broken off: what came before it counts, and the next one goes on after the last line.
    } finally {
      limit.over();
    }
    return works;
  }
}

/** Stops a request after some seconds, or when `outer` is stopped. */
class Limit {
  /** @param {number} seconds @param {AbortSignal} [outer] */
  constructor(seconds, outer) {
    this.stopper = new AbortController();
    this.outer = outer;
    this.stop = () => this.stopper.abort();
    if (outer?.aborted) this.stop();
    outer?.addEventListener("abort", this.stop);
    this.timer = setTimeout(this.stop, seconds * 1000);
  }

  get signal() {
    return this.stopper.signal;
  }

  /** @param {number} seconds */
  again(seconds) {
    clearTimeout(this.timer);
    this.timer = setTimeout(this.stop, seconds * 1000);
  }

  over() {
    clearTimeout(this.timer);
    this.outer?.removeEventListener("abort", this.stop);
  }
}

/**
 * The data of each event; `alive` is called for every sign of life, comments too.
 * @param {ReadableStream<Uint8Array>} body @param {() => void} alive
 */
async function* events(body, alive) {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    alive();
    // Within an event no carriage return can stand: the desk writes JSON.
    const blocks = (rest + decoder.decode(value, { stream: true }).replaceAll("\r", "")).split("\n\n");
    rest = blocks.pop() || "";
    for (const block of blocks) {
      const data = block.split("\n").filter((one) => one.startsWith("data:"));
      if (data.length) yield data.map((one) => one.slice(5).trim()).join("\n");
    }
  }
}

/** Waits between tries; `wake` ends the wait. */
class Pause {
  wake = () => {};

  /** @param {number} tries @param {number} [least] seconds */
  wait(tries, least = 0) {
    const seconds = Math.max(least, PAUSES[Math.min(tries, PAUSES.length - 1)]);
    return /** @type {Promise<void>} */ (new Promise((resolve) => {
      const timer = setTimeout(resolve, seconds * 1000);
      this.wake = () => { clearTimeout(timer); resolve(); };
    }));
  }
}
