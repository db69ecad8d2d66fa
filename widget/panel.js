// The frame that the conversation stands in: the button that opens it, and the panel.

const BUBBLE = "M4 3h16a2 2 0 0 1 2 2v11a2 2 0 0 1-2 2h-7l-5 4v-4H4a2 2 0 0 1-2-2V5a2 2 0 0 1 2-2z";
const DOWN = "M5 9l7 7 7-7";

/** What pressing does. @typedef {Record<"open" | "close" | "turn" | "person" | "submit" | "save"
 *   | "print" | "rate" | "end", () => void>} Acts */

/** The parts of one frame, in one language. @param {Texts} t @param {Acts} acts @param {Tongue} page */
function frame(t, acts, page) {
  const other = page === "fi" ? "sv" : "fi";
  const unread = make("span", { class: "unread" });
  const news = make("p", { class: "aside", role: "status" }); // read aloud while the panel is closed
  const launcher = make(
    "button",
    { type: "button", class: "launcher", onclick: acts.open, "aria-haspopup": "dialog" },
    icon(BUBBLE), make("span", {}, t.launch), unread,
  );
  const title = make("h2", { id: "title" }, t.title);
  const log = make("div", { class: "log", role: "log", "aria-live": "polite", "aria-label": t.log });
  const status = make("p", { class: "status", role: "status" });
  const problem = make("div", { class: "blocked", role: "alert" });
  const scroll = make(
    "div",
    { class: "scroll", tabindex: 0, role: "group", "aria-label": t.conversation },
    make("p", { class: "lead" }, t.lead),
    make("p", { class: "automaton", id: "automaton" }, t.automaton),
    problem, log, status,
  );
  const field = /** @type {HTMLTextAreaElement} */ (
    make("textarea", { id: "text", rows: 2, dir: "auto", enterkeyhint: "send" }));
  const sender = make("button", { class: "primary" }, t.send);
  const composer = make(
    "form",
    { class: "composer" },
    make("div", { class: "row" }, make("label", { for: "text" }, t.your_message),
      pressable("person", t.person, acts.person)),
    make("div", { class: "row" }, field, sender),
  );
  const more = /** @type {HTMLDetailsElement} */ (make(
    "details",
    { class: "more", hidden: true },
    make("summary", {}, t.more),
    make("div", { class: "row" }, pressable("quiet", t.save, acts.save),
      pressable("quiet", t.print, acts.print), pressable("quiet", t.rate, acts.rate),
      pressable("quiet", t.end, acts.end)),
  ));
  const close = pressable("head", "", acts.close, { "aria-label": t.close, title: t.close });
  const turn = pressable("head turn", t.other_language, acts.turn, { lang: other });
  close.append(icon(DOWN));
  const panel = make(
    "div",
    { class: "panel", role: "dialog", "aria-labelledby": "title",
      "aria-describedby": "automaton", tabindex: -1, hidden: true },
    make("div", { class: "top" }, title, turn, close),
    scroll, composer, more,
  );
  const whole = make("section", { class: "luukku", lang: page, "aria-label": t.region },
    launcher, news, panel);
  composer.addEventListener("submit", (event) => { event.preventDefault(); acts.submit(); });
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    acts.submit();
  });
  panel.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.isComposing) return;
    event.stopPropagation();
    acts.close();
  });
  return { whole, launcher, unread, news, panel, log, status, problem, field, sender, composer, more, turn };
}

/** The site is not one that the desk serves: what the visitor can do instead.
 * @param {Texts} t @param {string} address */
function refusal(t, address) {
  return [make("p", {}, t.not_allowed), link(address, t.own_page)];
}

/** The relative luminance of a colour as browsers compute it, "rgb(r, g, b)"; WCAG 2.2.
 * @param {string} colour */
function luminance(colour) {
  const [red, green, blue] = (colour.match(/[\d.]+/g) || []).map((one) => {
    const part = Number(one) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** The contrast of an element's text on its own ground. @param {Element} element */
function contrast(element) {
  const { color, backgroundColor } = getComputedStyle(element);
  const [dark, light] = [color, backgroundColor].map(luminance).sort((one, two) => one - two);
  return (light + 0.05) / (dark + 0.05);
}
