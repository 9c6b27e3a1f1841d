// What the page says about itself: the status line, problems, the network, the size of letters.  Words stand in talk.html.

export const $ = (id) => document.getElementById(id);
export const words = JSON.parse($("words").textContent);

export function say(name, values = {}) {
  const text = words[name].replace(/\{(\w+)\}/g, (_, key) => values[key]);
  if ($("status").textContent !== text) $("status").textContent = text;
}

// On the first screen, where nobody can talk.
export function problem(name) {
  const p = document.createElement("p");
  p.className = "problem";
  p.setAttribute("role", "alert");
  p.textContent = words[name];
  withoutProblem();
  $("start").insertBefore(p, $("begin"));
}

export function withoutProblem() {
  $("start").querySelector(".problem")?.remove();
}

function network() {
  if (!navigator.onLine && !$("start").hidden) problem("no_network");
  else if (navigator.onLine) withoutProblem();
}

function resize(size) {
  document.documentElement.style.setProperty("--size", size);
  document.documentElement.dataset.size = size;
  for (const button of document.querySelectorAll(".size [data-size]")) button.setAttribute("aria-pressed", String(button.dataset.size === size));
  localStorage.setItem("koemado-size", size);
}

for (const kind of ["online", "offline"]) addEventListener(kind, network);
for (const button of document.querySelectorAll(".size [data-size]")) button.addEventListener("click", () => resize(button.dataset.size));
resize(localStorage.getItem("koemado-size") ?? "1");
network();
