// What the desk's pages do by themselves: the live clock, news from the server, the keyboard, the call's form.
"use strict";
(() => {
  const skew = Date.parse(document.body.dataset.now) - Date.now(); // the server's clock counts
  const now = () => new Date(Date.now() + skew);
  const tokyo = new Intl.DateTimeFormat("ja-JP", { timeZone: "Asia/Tokyo", hour: "2-digit", minute: "2-digit", hourCycle: "h23" });

  function span(minutes) {
    if (minutes < 60) return `${minutes}分`;
    if (minutes < 48 * 60) return `${Math.floor(minutes / 60)}時間${minutes % 60 ? `${minutes % 60}分` : ""}`;
    return `${Math.floor(minutes / 1440)}日`;
  }

  function tick() {
    for (const clock of document.querySelectorAll("[data-clock]")) clock.textContent = tokyo.format(now());
    for (const due of document.querySelectorAll("[data-due]")) {
      const minutes = Math.round((Date.parse(due.dataset.due) - now()) / 60000);
      const late = minutes < 0 && due.dataset.state === "late";
      due.textContent = minutes > 0 ? `あと${span(minutes)}` : minutes === 0 ? "ただいま" : late ? `${span(-minutes)}遅れ` : `${span(-minutes)}前から`;
      if (minutes <= 0 && due.dataset.state === "soon") due.dataset.state = "now";
    }
  }
  tick();
  setInterval(tick, 10000);

  // News: while the page is seen, one stream says that something changed; parts of the page ask again by htmx.
  let news = null;
  let wasLost = false;
  const offline = document.getElementById("offline");
  const changed = (cases) => document.body.dispatchEvent(new CustomEvent("desk-changed", { detail: { cases } }));

  function listen() {
    if (news || !offline || document.hidden) return;
    news = new EventSource("/live");
    news.addEventListener("hello", (event) => {
      offline.hidden = true;
      if (wasLost || Number(event.data) > Number(document.body.dataset.line)) changed([]); // while the page loaded
      document.body.dataset.line = event.data;
      document.body.dataset.live = "yes";
      wasLost = false;
    });
    news.addEventListener("changed", (event) => changed(event.data.split(",")));
    news.onerror = () => {
      wasLost = true;
      offline.hidden = false;
      if (news && news.readyState === EventSource.CLOSED) { news = null; setTimeout(listen, 3000); }
    };
  }
  function leave() { if (news) { news.close(); news = null; } }
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) { leave(); wasLost = true; } else listen();
  });
  window.addEventListener("pagehide", leave);
  window.addEventListener("offline", () => { leave(); wasLost = true; if (offline) offline.hidden = false; });
  window.addEventListener("online", listen);
  listen();

  // A case's page is not replaced under the agent's hands: it says that it is out of date.
  const place = document.getElementById("case");
  const note = document.getElementById("changed");
  if (place) {
    const untouched = () => !document.querySelector("#result input:checked") && ![...document.querySelectorAll("textarea")].some((t) => t.value);
    document.body.addEventListener("desk-changed", (event) => {
      if (event.detail.cases.length && !event.detail.cases.includes(place.dataset.case)) return;
      if (untouched() && window.htmx) window.htmx.ajax("GET", location.pathname, { target: "#case", swap: "innerHTML" });
      else if (event.detail.cases.length) note.hidden = false;
      else keep(); // after a break nobody knows what changed: only whether the case is still ours matters now
    });
    const keep = async () => {
      if (document.hidden || place.dataset.mine !== "yes") return;
      const csrf = JSON.parse(document.body.getAttribute("hx-headers"))["X-CSRF-Token"];
      const answer = await fetch(`/cases/${place.dataset.case}/keep`, { method: "POST", headers: { "X-CSRF-Token": csrf } }).catch(() => null);
      if (answer && answer.status === 409) note.hidden = false;
    };
    setInterval(keep, 240000);
  }
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-reload]")) location.reload();
    if (event.target.closest("[data-print]")) window.print();
    if (event.target.closest("#dial")) for (const field of document.querySelectorAll("[data-dialled]")) field.value = now().toISOString();
    const row = event.target.closest("tr.row");
    if (row && !event.target.closest("a, button, input") && !String(getSelection())) row.querySelector("[data-row]")?.click();
  });

  // Of the call's form only what fits the chosen result is shown.
  function fit() {
    const chosen = document.querySelector("#result [name=outcome]:checked")?.value ?? "";
    for (const part of document.querySelectorAll("#result [data-when]")) {
      const wanted = part.dataset.when.split(" ").includes(chosen);
      part.hidden = !wanted;
      for (const field of part.querySelectorAll("[name=resolution]")) field.required = wanted;
    }
  }
  document.addEventListener("change", (event) => {
    if (event.target.closest("#result")) fit();
    if (event.target.matches("[data-submit]")) event.target.form.requestSubmit();
  });
  document.body.addEventListener("htmx:afterSwap", () => { tick(); fit(); });
  document.body.addEventListener("htmx:sendError", () => { if (offline) offline.hidden = false; });
  fit();

  // A form is sent once, however often it is clicked.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.dataset.sent) { event.preventDefault(); return; }
    if (form.method === "post") { form.dataset.sent = "yes"; setTimeout(() => delete form.dataset.sent, 5000); }
    if (form.dataset.confirm && !confirm(form.dataset.confirm)) { event.preventDefault(); delete form.dataset.sent; }
  });

  // The keyboard: j and k walk through the list, other keys press what carries them.
  const rows = () => [...document.querySelectorAll("[data-row]")];
  function walk(step) {
    const all = rows();
    const at = all.indexOf(document.activeElement);
    all[Math.max(0, Math.min(all.length - 1, at < 0 ? (step > 0 ? 0 : all.length - 1) : at + step))]?.focus();
  }
  const pages = { 1: "/queue", 2: "/calendar", 3: "/measures" };
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input, textarea, select, [contenteditable]");
    if (typing || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) {
      if (event.key === "Escape" && typing && typing.type === "search") typing.blur();
      return;
    }
    if (event.key === "j") walk(1);
    else if (event.key === "k") walk(-1);
    else if (event.key === "?") document.getElementById("keys")?.showModal();
    else if (pages[event.key] && document.querySelector(`.top a[href="${pages[event.key]}"]`)) location.href = pages[event.key];
    else {
      const named = [...document.querySelectorAll("[data-key]")].find((e) => e.dataset.key === event.key && e.offsetParent !== null);
      if (!named || document.querySelector("dialog[open]")) return;
      event.preventDefault();
      if (named.matches("input")) named.focus(); else named.click();
    }
  });
})();
