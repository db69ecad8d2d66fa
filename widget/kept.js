// What survives a reload: kept in this tab, until it is closed. Where the browser keeps nothing,
// the chat works from memory, and a reload begins a new one.

class Kept {
  /** @param {string} desk @param {Tongue} page */
  constructor(desk, page) {
    this.name = `luukku ${desk}`;
    this.page = page;
    /** @type {Talk} */
    this.talk = { ...this.fresh(), ...this.read() };
  }

  /** @returns {Talk} */
  fresh() {
    return {
      id: null, language: this.page, page: this.page, open: false, unread: 0, draft: "",
      outbox: [], choices: [], tickets: [],
    };
  }

  read() {
    try {
      return JSON.parse(sessionStorage.getItem(this.name) || "{}");
    } catch {
      return {};
    }
  }

  write() {
    try {
      sessionStorage.setItem(this.name, JSON.stringify(this.talk));
    } catch {
      // Nothing to do: it is in memory.
    }
  }

  /** Nothing of the conversation is left in this browser; the page's language stays. */
  forget() {
    this.talk = { ...this.fresh(), page: this.talk.page };
    try {
      sessionStorage.removeItem(this.name);
    } catch {
      // It never kept anything.
    }
  }
}

/** A key of the visitor's own: the same message sent again is known by it. */
function newId() {
  // Only a page that came over HTTPS or from this machine has randomUUID.
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
