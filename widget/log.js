// The lines of the conversation as the panel shows them, in one language of the panel.

class ChatLog {
  /**
   * @param {HTMLElement} place @param {Texts} t @param {() => Talk} talk
   * @param {string} follow the address of the page where a matter is followed
   */
  constructor(place, t, talk, follow) {
    this.place = place;
    this.t = t;
    this.talk = talk;
    this.follow = follow;
    /** @type {Line[]} */
    this.lines = [];
    /** @type {Map<string, Element>} the own messages' lines, by message_id */
    this.bubbles = new Map();
  }

  /** @param {Line} line */
  show(line) {
    const talk = this.talk();
    const kept = { at: new Date().toISOString(), ...line, language: line.language || talk.language };
    const shown = said(kept, this.t, kept.language);
    this.lines.push(kept);
    this.place.append(shown);
    if (line.message_id) this.bubbles.set(line.message_id, shown);
    for (const ticket of talk.tickets) {
      if (line.author === "bot" && line.text.includes(ticket.secret)) {
        this.place.append(card(ticket, this.t, this.follow));
      }
    }
    shown.scrollIntoView({ block: "nearest" });
    return shown;
  }

  /** All of it anew, without reading it all aloud. @param {Line[]} lines */
  refill(lines) {
    this.place.setAttribute("aria-live", "off");
    this.place.replaceChildren();
    this.lines = [];
    this.bubbles.clear();
    lines.forEach((one) => this.show(one));
    this.place.lastElementChild?.scrollIntoView({ block: "nearest" });
    setTimeout(() => this.place.setAttribute("aria-live", "polite"));
  }

  /** @param {Choice[]} choices @param {(value: string) => void} pick */
  offer(choices, pick) {
    this.place.querySelector(".choices")?.remove();
    if (choices.length) this.place.append(buttons(choices, this.t, this.talk().language, pick));
  }

  /** The replies, from the question on: it is what the reader begins at.
   * @param {string} message_id @param {Answer} answer */
  answered(message_id, answer) {
    const bubble = this.bubbles.get(message_id);
    if (bubble) mark(bubble, "");
    for (const { text, language } of answer.replies) {
      this.show({ author: "bot", text, language: language || answer.language });
    }
    bubble?.scrollIntoView({ block: "start" });
  }

  /** @param {string} message_id @param {() => void} again @param {string} [why] */
  waits(message_id, again, why) {
    const bubble = this.bubbles.get(message_id);
    if (!bubble || (!why && bubble.querySelector(".mark"))) return;
    mark(bubble, why || this.t.not_sent, pressable("quiet", this.t.retry, again));
    bubble.scrollIntoView({ block: "nearest" });
  }

  /** @param {string} message_id @param {string} why */
  refused(message_id, why) {
    const bubble = this.bubbles.get(message_id);
    if (bubble) mark(bubble, `${this.t.not_taken} ${why}`);
  }
}
