// The staff's pages that renew themselves (htmx): what is put into them, what is told aloud.

// Our own pages alone are asked (htmx: selfRequestsOnly), and no script may come with them.
window.trustedTypes?.createPolicy("default", {
  createHTML: (text) => (/<script/i.test(text) ? "" : text),
});

const title = document.title;
let known = codes();

function codes() {
  return new Map([...document.querySelectorAll("[data-waits]")].map((one) => [one.dataset.waits, one.dataset.about]));
}

function say(text) {
  const region = document.getElementById("news");
  if (region) region.textContent = text;
}

function renewed() {
  const list = document.getElementById("live");
  if (!list) return;
  const now = codes();
  const came = [...now].filter(([code]) => !known.has(code)).map(([, about]) => about);
  known = now;
  document.title = now.size ? `(${now.size}) ${title}` : title;
  if (came.length) say(`${list.dataset.news} ${came.join(". ")}`);
}

function lost(gone) {
  for (const one of document.querySelectorAll(".lost")) one.hidden = !gone;
}

document.addEventListener("htmx:afterSettle", renewed);
document.addEventListener("htmx:afterRequest", (event) => lost(!event.detail.successful));
renewed();
