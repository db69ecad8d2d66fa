// The conversation: each message is sent until it has arrived, once; the staff's lines are heard.

/**
 * What the conversation tells its panel.
 * @typedef {object} View
 * @property {(message: Unsent) => void} own
 * @property {(lines: Line[]) => void} refill
 * @property {(choices: Choice[]) => void} offer
 * @property {(name: "" | "typing" | "proving" | "not_loaded") => void} status
 * @property {(message: Unsent, answer: Answer) => void} answered
 * @property {(message: Unsent, problem?: Record<string, string> | null) => void} waits
 * @property {(message: Unsent, problem: Record<string, string> | null) => void} refused
 * @property {(line: Line) => void} heard
 */

class Talking {
  /**
   * @param {Wire} wire @param {Kept} kept @param {View} view
   * @param {() => Record<string, unknown>} about what goes with every message
   */
  constructor(wire, kept, view, about) {
    this.wire = wire;
    this.kept = kept;
    this.view = view;
    this.about = about;
    this.pause = new Pause(); // of what is sent
    this.rest = new Pause(); // of what is listened for
    this.busy = false; // a message is on its way
    this.held = false; // the desk asked to wait: what is written meanwhile is tried all the same
    this.restoring = false;
    /** @type {Set<number>} ids of the staff's lines shown */
    this.seen = new Set();
    /** @type {AbortController | null} of the staff's lines */
    this.hearing = null;
  }

  get talk() {
    return this.kept.talk;
  }

  /** @param {string} text */
  send(text) {
    const message = { message_id: newId(), text };
    this.talk.outbox.push(message);
    this.offer([]);
    this.view.own(message);
    if (this.restoring || this.held) this.pause.wake();
    else this.deliver();
  }

  /** @param {Choice[]} choices */
  offer(choices) {
    this.talk.choices = choices;
    this.kept.write();
    this.view.offer(choices);
  }

  /** Sends what waits, in its order, until nothing does. */
  async deliver() {
    if (this.busy) return;
    this.busy = true;
    const { talk } = this;
    let place = 0; // behind one that has to wait, another may tell of danger
    for (let tries = 0; talk === this.talk && talk.outbox.length;) {
      const message = talk.outbox[place];
      this.view.status("typing");
      const came = await this.post(message);
      if (talk !== this.talk) break; // ended meanwhile
      this.view.status("");
      if (came === null) {
        this.view.waits(message);
        await this.pause.wait(tries++);
        continue;
      }
      if ("later" in came && came.later) {
        this.view.waits(message, came.problem);
        place = (place + 1) % talk.outbox.length;
        this.held = !place;
        if (this.held) await this.pause.wait(tries++, came.later);
        this.held = false;
        continue;
      }
      tries = 0;
      talk.outbox.splice(place, 1);
      place = 0;
      if ("told" in came) this.answered(message, came.told);
      else this.view.refused(message, came.problem);
      this.kept.write();
    }
    this.busy = false;
    if (talk !== this.talk && this.talk.outbox.length) this.deliver();
  }

  /** @param {Unsent} message @returns {Promise<Came<Answer>>} */
  async post(message) {
    const came = await this.ask(message);
    if (!came || !("refused" in came) || came.problem?.error !== "many") return came;
    // Very many conversations begin at once: the desk asks this browser for a small sum.
    this.view.status("proving");
    const proof = await workedOut(this.wire.desk).catch(() => null);
    return proof ? this.ask(message, proof) : came;
  }

  /** @param {Unsent} message @param {string} [proof] @returns {Promise<Came<Answer>>} */
  ask({ message_id, text }, proof) {
    const { id, page } = this.talk;
    const about = { language: page, ...this.about(), proof };
    return this.wire.ask("/api/chat", { body: { message_id, text, conversation_id: id, ...about } });
  }

  /** @param {Unsent} message @param {Answer} answer */
  answered(message, answer) {
    const { talk } = this;
    const begins = answer.conversation_id !== talk.id;
    talk.id = answer.conversation_id;
    talk.language = answer.language;
    const { ticket } = answer.outcome;
    if (ticket?.secret) talk.tickets.push(ticket);
    this.view.answered(message, answer);
    this.offer(answer.replies.at(-1)?.choices ?? []);
    if (begins) this.listen();
  }

  // --- after a reload ---

  /** What was not sent goes first: then the desk's log holds all of it, and each line once. */
  async restore() {
    const { talk } = this;
    this.restoring = true;
    this.view.refill([]);
    for (let tries = 0; talk === this.talk && (talk.outbox.length || talk.id); tries++) {
      await this.deliver();
      const came = await this.wire.ask(`/api/chat/${talk.id}`);
      if (talk !== this.talk) break;
      if (came && !("later" in came && came.later)) {
        this.restored("told" in came ? came.told : []);
        break;
      }
      this.view.status("not_loaded");
      await this.pause.wait(tries);
    }
    this.restoring = false;
    this.deliver();
  }

  /** @param {Line[]} lines */
  restored(lines) {
    const { talk } = this;
    this.view.status("");
    if (!lines.length) Object.assign(talk, { id: null, choices: [], tickets: [] });
    this.seen = new Set(lines.filter((one) => one.author === "staff").map((one) => one.id || 0));
    this.view.refill(lines);
    this.offer(lines.at(-1)?.author === "bot" ? talk.choices : []);
    this.listen();
  }

  // --- what the staff say ---

  async listen() {
    this.hearing?.abort();
    const { id } = this.talk;
    if (!id) return;
    const { signal } = (this.hearing = new AbortController());
    for (let tries = 0, asks = false; !signal.aborted;) {
      const works = await (asks ? this.poll(id, signal) : this.stream(id, signal));
      tries = works ? 0 : tries + 1;
      // Where streams do not come through, asking does; after a loss of both streams are tried again.
      if (!works) asks = !asks;
      if (tries > 1 && !signal.aborted) await this.rest.wait(tries);
    }
  }

  /** @param {string} id @param {AbortSignal} signal */
  stream(id, signal) {
    return this.wire.stream(this.after(id), signal, (line) => this.heard(line));
  }

  /** @param {string} id @param {AbortSignal} signal */
  async poll(id, signal) {
    const patience = PATIENCE + POLL_WAIT;
    /** @type {Came<Line[]>} */
    const came = await this.wire.ask(`${this.after(id)}&wait=${POLL_WAIT}`, { patience, signal });
    if (!came || !("told" in came) || signal.aborted) return false;
    came.told.forEach((line) => this.heard(line));
    return true;
  }

  /** @param {string} id */
  after(id) {
    return `/api/chat/${id}/events?after=${Math.max(0, ...this.seen)}`;
  }

  /** @param {Line} line */
  heard(line) {
    if (!line.id || this.seen.has(line.id)) return;
    this.seen.add(line.id);
    this.view.heard(line);
    this.view.offer(this.talk.choices); // they stay last
  }

  /** Whoever waits for the next try tries at once. */
  wake() {
    this.pause.wake();
    this.rest.wake();
  }

  // --- the end ---

  /** @param {number} stars @param {string} text @returns {Promise<Came<unknown>>} */
  rate(stars, text) {
    return this.wire.ask(`/api/chat/${this.talk.id}/rating`, { body: { stars, text } });
  }

  /** Nothing more is heard or sent, and nothing is kept in this browser. */
  end() {
    this.hearing?.abort();
    this.kept.forget();
    this.seen.clear();
    this.wake();
  }
}
