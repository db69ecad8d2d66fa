// The script's own tag says where the desk is, and what the chat of this page is like.

const script = /** @type {HTMLScriptElement | null} */ (document.currentScript);
const HOME = script ? new URL(".", script.src).href : location.origin;
const DARK = matchMedia("(prefers-color-scheme: dark)");

/** <luukku-chat>: the front desk on any page. */
class LuukkuChat extends HTMLElement {
  static observedAttributes = ["theme", "scheme"];

  connectedCallback() {
    if (this.shadowRoot) return; // moved within the page
    const root = this.attachShadow({ mode: "open" });
    const style = new CSSStyleSheet();
    style.replaceSync(DESK_STYLE);
    root.adoptedStyleSheets = [style];
    this.chat = new Chat(this, root);
    this.chat.begin();
  }

  attributeChangedCallback() {
    this.chat?.paint();
  }

  open() {
    this.chat?.open();
  }

  close() {
    this.chat?.close();
  }
}

function start() {
  if (customElements.get("luukku-chat")) return;
  customElements.define("luukku-chat", LuukkuChat);
  if (document.querySelector("luukku-chat")) return;
  const chat = document.createElement("luukku-chat");
  for (const name of ["lang", "municipality", "theme", "scheme", "desk"]) {
    const value = script?.dataset[name];
    if (value) chat.setAttribute(name, value);
  }
  document.body.append(chat);
}

/** A browser too old for the chat gets the way to the desk's own page. */
function plainLink() {
  document.body.append(link(HOME, DESK_TEXTS[document.documentElement.lang === "sv" ? "sv" : "fi"].launch));
}

const begin = "adoptedStyleSheets" in Document.prototype ? start : plainLink;
if (document.body && document.readyState !== "loading") begin();
else addEventListener("DOMContentLoaded", begin);
