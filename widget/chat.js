// One chat on a page: its frame, its log and its conversation, brought together.

class Chat {
  /** @param {HTMLElement} host @param {ShadowRoot} root */
  constructor(host, root) {
    this.host = host;
    this.root = root;
    this.desk = (host.getAttribute("desk") || HOME).replace(/\/$/, "");
    const asked = host.getAttribute("lang") || document.documentElement.lang;
    this.kept = new Kept(this.desk, asked.toLowerCase().startsWith("sv") ? "sv" : "fi");
    this.wire = new Wire(this.desk);
    this.talking = new Talking(this.wire, this.kept, this.view(), () => this.about());
    this.checked = false;
    this.blocked = false; // the desk does not serve this site
    this.parts = this.frame();
    this.log = this.newLog();
    this.fill([]);
  }

  /** Goes on from where the page was left. */
  begin() {
    DARK.addEventListener("change", () => this.paint());
    addEventListener("online", () => this.talking.wake());
    addEventListener("pageshow", (event) => { if (event.persisted) this.talking.listen(); });
    if (this.talk.open) this.open(false);
    this.talking.restore();
  }

  get talk() {
    return this.kept.talk;
  }

  get t() {
    return DESK_TEXTS[this.talk.page];
  }

  get ticketPage() {
    return `${this.desk}/ticket?lang=${this.talk.page}`;
  }

  /** What goes with every message: where the visitor is, without what a form was sent with. */
  about() {
    const municipality = this.host.getAttribute("municipality");
    return { channel: "widget", page: location.origin + location.pathname, municipality };
  }

  /** Tells the page that the panel stands in; never what was said. @param {string} what */
  emit(what) {
    this.host.dispatchEvent(new CustomEvent(`luukku-${what}`, { bubbles: true, composed: true }));
  }

  // --- drawing ---

  frame() {
    return frame(this.t, this.acts(), this.talk.page);
  }

  newLog() {
    return new ChatLog(this.parts.log, this.t, () => this.talk, this.ticketPage);
  }

  /** Puts the frame on the page, with these lines in it. @param {Line[]} lines */
  fill(lines) {
    const { whole, field, more } = this.parts;
    this.root.replaceChildren(whole);
    this.log.refill(lines);
    this.offer(this.talk.choices);
    field.value = this.talk.draft;
    field.addEventListener("input", () => this.drafted(field.value));
    more.hidden = !lines.length;
    this.paint();
    this.count(this.talk.unread);
  }

  redraw(lines = this.log.lines) {
    this.parts = this.frame();
    this.log = this.newLog();
    this.fill(lines);
  }

  /** The colours: the page's wish, else the visitor's. */
  paint() {
    const scheme = this.host.getAttribute("scheme");
    const dark = scheme === "dark" || (scheme !== "light" && DARK.matches);
    const { dataset } = this.parts.whole;
    dataset.scheme = dark ? "dark" : "light";
    dataset.theme = this.host.getAttribute("theme") || "blue";
  }

  /** @returns {Acts} */
  acts() {
    return {
      open: () => this.open(),
      close: () => this.close(),
      turn: () => this.turn(),
      person: () => this.talking.send(this.t.person),
      submit: () => this.submit(),
      save: () => saveText(this.log.lines, this.t),
      print: () => printPage(this.log.lines, this.talk, this.t, this.ticketPage),
      rate: () => this.sheet(ratingForm(this.t, (...given) => this.rate(...given), () => this.back())),
      end: () => this.sheet(endSheet(this.t, () => this.end(), () => this.back())),
    };
  }

  /** @returns {View} */
  view() {
    return {
      own: ({ text, message_id }) => this.show({ author: "customer", text, message_id }),
      refill: (lines) => {
        const unsent = this.talk.outbox.map((one) => ({ author: "customer", ...one }));
        this.log.refill([...lines, ...unsent]);
        this.parts.more.hidden = !this.log.lines.length;
      },
      offer: (choices) => this.offer(choices),
      status: (name) => this.status(name),
      answered: ({ message_id }, answer) => {
        this.log.answered(message_id, answer);
        this.came(answer.replies.length);
        if (answer.outcome.ticket?.secret) this.emit("ticket");
      },
      waits: ({ message_id }, problem) => {
        const why = problem?.[this.talk.page];
        const told = !why || problem?.error === "danger" ? why : `${why} ${this.t.sends_itself}`;
        this.log.waits(message_id, () => this.talking.wake(), told);
      },
      refused: (message, problem) => this.refused(message, problem),
      heard: (line) => { this.show(line); this.came(1); },
    };
  }

  /** @param {Line} line */
  show(line) {
    this.log.show(line);
    this.parts.more.hidden = false;
  }

  /** @param {Choice[]} choices */
  offer(choices) {
    this.log.offer(choices, (value) => {
      this.parts.field.focus({ preventScroll: true }); // the button pressed goes away
      this.talking.send(value);
    });
  }

  /** @param {string} name of a text; an empty one clears it */
  status(name) {
    const { status } = this.parts;
    status.textContent = name && this.t[name];
    status.classList.toggle("typing", name === "typing");
  }

  // --- opening and closing ---

  /** @param {boolean} [asked] where the visitor did not ask, the focus stays */
  open(asked = true) {
    const { launcher, panel, field, log } = this.parts;
    const opens = panel.hidden && (asked || !this.talk.open);
    launcher.hidden = true;
    panel.hidden = false;
    this.talk.open = true;
    this.count(0);
    log.lastElementChild?.scrollIntoView({ block: "nearest" });
    if (asked) (matchMedia("(pointer: coarse)").matches ? panel : field).focus();
    this.check();
    if (opens) this.emit("open");
  }

  close() {
    const { launcher, panel } = this.parts;
    panel.hidden = true;
    launcher.hidden = false;
    this.talk.open = false;
    this.kept.write();
    launcher.focus();
    this.emit("close");
  }

  /** Whether the desk serves this site, and whether the site's own colours can be read. */
  async check() {
    if (this.checked) return this.block();
    this.checked = true;
    const ratio = contrast(this.parts.sender);
    if (ratio < 4.5) console.warn(`luukku-chat: contrast ${ratio.toFixed(1)}:1 is under 4.5:1`);
    /** @type {Came<{ allowed: boolean }>} */
    const came = await this.wire.ask("/widget/door");
    this.blocked = came !== null && "told" in came && !came.told.allowed;
    if (this.blocked) console.error(`luukku-chat: ${location.origin} is not allowed at ${this.desk}`);
    this.block();
  }

  block() {
    if (!this.blocked) return;
    this.parts.problem.replaceChildren(...refusal(this.t, `${this.desk}/?lang=${this.talk.page}`));
    this.parts.composer.hidden = true;
  }

  /** The other language; what was said stays as it was said. */
  turn() {
    this.talk.page = this.talk.page === "fi" ? "sv" : "fi";
    this.redraw();
    this.open(false);
    this.parts.turn.focus();
    this.talking.wake(); // what waits says so again
  }

  /** So many lines came: those that nobody saw are counted. @param {number} lines */
  came(lines) {
    if (!this.talk.open) this.count(this.talk.unread + lines);
    this.emit("message");
  }

  /** @param {number} unread */
  count(unread) {
    const { launcher, unread: badge } = this.parts;
    this.talk.unread = unread;
    this.kept.write();
    badge.textContent = unread ? String(unread) : "";
    const told = unread === 1 ? this.t.unread_one : this.t.unread_many.replace("{count}", String(unread));
    launcher.setAttribute("aria-label", unread ? `${this.t.launch}, ${told}` : this.t.launch);
    this.parts.news.textContent = unread ? told : "";
  }

  // --- writing ---

  /** @param {string} draft */
  drafted(draft) {
    this.talk.draft = draft;
    this.kept.write();
  }

  submit() {
    const { field } = this.parts;
    const text = field.value.trim();
    field.focus();
    if (!text) return this.status("write_something");
    field.value = "";
    this.drafted("");
    this.talking.send(text);
  }

  /** @param {Unsent} message @param {Record<string, string> | null} problem */
  refused({ message_id, text }, problem) {
    this.log.refused(message_id, problem?.[this.talk.page] || "");
    const { field } = this.parts;
    if (!field.value) this.drafted((field.value = text));
  }

  // --- rating and ending ---

  /** In the place of the field; `back` brings that back. @param {HTMLElement} sheet */
  sheet(sheet) {
    const { panel, composer, more } = this.parts;
    composer.hidden = true;
    more.hidden = true;
    panel.append(sheet);
    /** @type {HTMLElement | null} */ (sheet.querySelector("input, button"))?.focus();
  }

  back() {
    const { composer, more, field } = this.parts;
    this.root.querySelector(".sheet")?.remove();
    composer.hidden = Boolean(this.blocked);
    more.hidden = !this.log.lines.length;
    more.open = false;
    field.focus();
  }

  /** @param {number} stars @param {string} text */
  async rate(stars, text) {
    const came = await this.talking.rate(stars, text);
    const done = came !== null && "told" in came;
    if (done) this.back();
    this.status(done ? "rate_done" : "rate_failed");
  }

  end() {
    this.talking.end();
    this.redraw([]);
    this.close();
    this.emit("end");
  }
}
