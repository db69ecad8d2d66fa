// What the visitor takes along: the conversation as a text file, and as a page to print.

/** @param {Line[]} lines @param {Texts} t */
function asText(lines, t) {
  const parts = lines.map((one) => `${heading(one, t)}:\n${one.text}`);
  return `${[t.kept_title, ...parts].join("\n\n")}\n`;
}

/** @param {Line} line @param {Texts} t */
function heading(line, t) {
  return line.at ? `${author(line, t)} (${dayAndTime(line.at, t)})` : author(line, t);
}

/** Made in the browser: no address holds the conversation's key. @param {Line[]} lines @param {Texts} t */
function saveText(lines, t) {
  const file = new Blob([asText(lines, t)], { type: "text/plain;charset=utf-8" });
  const href = URL.createObjectURL(file);
  make("a", { href, download: `${t.saved_as}.txt` }).click();
  setTimeout(() => URL.revokeObjectURL(href), 60_000);
}

/** A plain page of its own, handed to the printer; where none may open, the text file.
 * @param {Line[]} lines @param {Talk} talk @param {Texts} t @param {string} follow */
function printPage(lines, talk, t, follow) {
  const opened = /** @type {(Window & typeof globalThis) | null} */ (window.open("", "_blank"));
  if (!opened) return saveText(lines, t);
  const page = opened.document;
  page.title = t.kept_title;
  page.documentElement.lang = talk.page;
  const style = new opened.CSSStyleSheet();
  style.replaceSync(
    "body{font:medium/1.5 sans-serif;max-width:40em;margin:2em auto;padding:0 1em}"
    + ".who,dt{font-weight:bold;margin:0}.said{white-space:pre-line;margin:0 0 1em}"
    + ".ticket{border:2px solid;padding:0 1em 1em}dd{margin:0 0 .5em}"
    + "article,section{break-inside:avoid}",
  );
  page.adoptedStyleSheets = [style];
  const told = lines.map((one) => make(
    "article",
    {},
    make("p", { class: "who" }, heading(one, t)),
    make("p", { class: "said", lang: one.language, dir: "auto" }, one.text),
  ));
  const cards = talk.tickets.map((one) => card(one, t, follow));
  page.body.replaceChildren(make("main", {}, make("h1", {}, t.kept_title), ...cards, ...told));
  opened.focus();
  opened.print();
}

/**
 * The form of a rating: five words to choose from, and room for more.
 * @param {Texts} t @param {(stars: number, text: string) => void} given @param {() => void} back
 */
function ratingForm(t, given, back) {
  const problem = make("p", { class: "mark", role: "alert" });
  const stars = [5, 4, 3, 2, 1].map((count) =>
    make("label", { class: "star" }, make("input", { type: "radio", name: "stars", value: count }),
      t[`star_${count}`]));
  const words = make("textarea", { id: "words", rows: 2, dir: "auto", maxlength: 2000 });
  const form = make(
    "form",
    { class: "sheet" },
    make("fieldset", {}, make("legend", {}, t.rate_legend), ...stars),
    make("label", { for: "words" }, t.rate_words), words, problem,
    make("button", { class: "primary" }, t.rate_send), pressable("quiet", t.back, back),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const data = new FormData(/** @type {HTMLFormElement} */ (form));
    problem.textContent = data.has("stars") ? "" : t.rate_choose;
    if (data.has("stars")) {
      given(Number(data.get("stars")), /** @type {HTMLTextAreaElement} */ (words).value.trim());
    } else form.querySelector("input")?.focus();
  });
  return form;
}

/** Asked before everything is emptied. @param {Texts} t @param {() => void} end @param {() => void} back */
function endSheet(t, end, back) {
  return make(
    "div",
    { class: "sheet", role: "group", "aria-label": t.end },
    make("p", {}, t.end_sure),
    pressable("primary", t.end, end), pressable("quiet", t.back, back),
  );
}
