// The customers' page: what is heard, told and tapped.  All words stand in talk.html.

import { Connection } from "./connection.js";
import { Microphone, Player } from "./sound.js";

const TAP_MS = 350; // pressed shorter than that, the button stays down
const $ = (id) => document.getElementById(id);
const words = JSON.parse($("words").textContent);
const page = document.body;

let context, microphone, soundRate = 24000, turn = 0, pressedAt = 0, isHeld = false, isStaying = false, isWaiting = false;

const player = new Player(show);
const connection = new Connection({ message: took, sound: (of, samples) => player.play(context, of, samples, soundRate), state: linked, dropped: () => say("slow") });

function say(name, values = {}) {
  const text = words[name].replace(/\{(\w+)\}/g, (_, key) => values[key]);
  if ($("status").textContent !== text) $("status").textContent = text;
}

function show() {
  const isOn = microphone?.isOn ?? false;
  const state = isOn ? "listening" : player.isPlaying ? "speaking" : isWaiting ? "thinking" : "ready";
  page.dataset.state = state;
  $("speak").hidden = !microphone;
  $("speak").setAttribute("aria-pressed", String(isOn));
  $("speak-label").textContent = isOn ? words.release : words.hold;
  $("hush").disabled = !player.isPlaying;
  if (connection.isOpen) say(state === "ready" && !microphone ? "quiet" : state);
}

function line(who, text, title = "") {
  const p = document.createElement("p");
  const name = document.createElement("span");
  p.className = who;
  name.className = "who";
  name.textContent = words[who];
  p.append(name);
  if (title) {
    const strong = document.createElement("span");
    strong.className = "title";
    strong.textContent = title;
    p.append(strong, document.createElement("br"));
  }
  p.append(text);
  $("log").append(p);
  p.scrollIntoView({ block: "nearest" });
}

const taken = {
  welcome(message) {
    soundRate = message.sound_rate_hz;
    if (!message.resumed) {
      $("log").replaceChildren();
      $("choices").replaceChildren();
      $("form").reset();
      $("form").hidden = true;
    }
    show();
  },
  busy: (message) => say("busy", message),
  full() { leave(); $("status").hidden = false; problem("full"); },
  partial(message) { $("partial").textContent = message.text; },
  speech_began() { player.stop(turn); },
  heard(message) {
    $("partial").textContent = "";
    player.stop(turn);
    line("you", message.text || words.nothing);
    isWaiting = true;
    show();
  },
  told,
  sound_end: () => {},
  ack(message) { if (message.lost > (taken.lost ?? 0)) { taken.lost = message.lost; say("slow"); } },
  ended() { leave(); problem("ended"); },
  failed() { isWaiting = false; show(); say("failed"); },
};

function took(message) {
  taken[message.type]?.(message);
}

function told(message) {
  turn = message.turn;
  isWaiting = false;
  line("koemado", message.texts.join(""), message.title);
  $("choices").replaceChildren(...message.choices.map(choice));
  $("steps").hidden = !message.steps;
  $("step-place").textContent = words.step.replace("{step}", message.step).replace("{steps}", message.steps);
  fill(message.form);
  show();
  if (message.finished) finished();
}

function choice(text) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = text;
  button.dataset.says = text;
  return button;
}

function fill(form) {
  $("form").hidden = !form;
  if (!form) return;
  for (const name of ["name", "phone", "when"]) {
    const field = $("form").elements[name];
    if (document.activeElement !== field && form[name]) field.value = form[name];
  }
}

function finished() {
  stay(false);
  $("form").reset();
}

function linked(state) {
  if (state === "open") show();
  if (state === "lost") say("offline");
  if (state === "refused") { leave(); problem("lost"); }
}

function problem(name) {
  const p = document.createElement("p");
  p.className = "problem";
  p.setAttribute("role", "alert");
  p.textContent = words[name];
  $("start").querySelector(".problem")?.remove();
  $("start").append(p);
}

async function begin(withMicrophone) {
  $("start").hidden = true;
  $("talk").hidden = $("controls").hidden = false;
  say("connecting");
  context = new AudioContext();
  await context.resume();
  const trouble = withMicrophone ? await listen() : "";
  connection.open();
  show();
  if (trouble) line("koemado", words[trouble]);
  (microphone ? $("speak") : $("type").elements.line).focus();
}

async function listen() {
  try {
    const found = new Microphone((samples) => connection.sendSound(samples));
    await found.prepare(context);
    microphone = found;
    return "";
  } catch (error) {
    if (error.message === "insecure") return "insecure";
    return error.name === "NotFoundError" ? "no_microphone" : "denied";
  }
}

function leave() {
  connection.close();
  player.forget();
  microphone?.close();
  microphone = undefined;
  context?.close();
  turn = 0;
  isHeld = isStaying = isWaiting = false;
  $("form").reset(); // the next person must not find it
  $("log").replaceChildren();
  $("choices").replaceChildren();
  $("partial").textContent = "";
  $("form").hidden = $("steps").hidden = true;
  $("talk").hidden = $("controls").hidden = true;
  $("start").hidden = false;
  $("start").querySelector(".problem")?.remove();
  page.dataset.state = "start";
  $("begin").focus();
}

function hush() {
  player.stop(turn);
  connection.send({ type: "hush" });
}

function on() {
  if (!microphone || !connection.isOpen) return;
  if (player.isPlaying) hush();
  microphone.on(true);
  show();
}

function off() {
  if (!microphone?.isOn) return;
  microphone.on(false);
  setTimeout(() => connection.send({ type: "let_go" }), 60); // behind the last frame
  isWaiting = true;
  show();
}

function stay(isOn) {
  isStaying = isOn;
  if (!isOn) off();
}

function press() {
  if (isHeld) return;
  if (isStaying) return stay(false);
  isHeld = true;
  pressedAt = performance.now();
  on();
}

function release() {
  if (!isHeld) return;
  isHeld = false;
  if (performance.now() - pressedAt < TAP_MS) stay(microphone?.isOn ?? false);
  else off();
}

function speakLine(text) {
  if (text.trim()) connection.send({ type: "line", text: text.trim() });
}

$("begin").addEventListener("click", () => begin(true));
$("begin-quiet").addEventListener("click", () => begin(false));
$("leave").addEventListener("click", leave);
$("hush").addEventListener("click", hush);
$("speak").addEventListener("pointerdown", (event) => { $("speak").setPointerCapture(event.pointerId); press(); });
for (const kind of ["pointerup", "pointercancel"]) $("speak").addEventListener(kind, release);
$("speak").addEventListener("keydown", (event) => { if ([" ", "Enter"].includes(event.key)) { event.preventDefault(); if (!event.repeat) press(); } });
$("speak").addEventListener("keyup", (event) => { if ([" ", "Enter"].includes(event.key)) { event.preventDefault(); release(); } });
// A screen reader sends a click without pointer or key: it switches.
$("speak").addEventListener("click", (event) => { if (event.detail === 0 && !isHeld && performance.now() - pressedAt > 1000) { isStaying ? stay(false) : (on(), (isStaying = microphone?.isOn ?? false)); } });
$("speak").addEventListener("contextmenu", (event) => event.preventDefault());
$("type").addEventListener("submit", (event) => {
  event.preventDefault();
  speakLine(event.target.elements.line.value);
  event.target.reset();
});
$("form").addEventListener("submit", (event) => {
  event.preventDefault();
  const given = Object.fromEntries([...new FormData(event.target)].filter(([, value]) => value.trim()));
  connection.send({ type: "fill", ...given });
});
document.addEventListener("click", (event) => {
  const says = event.target.closest("[data-says]")?.dataset.says;
  if (says) speakLine(says);
  const size = event.target.closest("[data-size]");
  if (size) resize(size.dataset.size);
});
addEventListener("blur", () => isHeld && release());

function resize(size) {
  document.documentElement.style.setProperty("--size", size);
  for (const button of document.querySelectorAll("[data-size]")) button.setAttribute("aria-pressed", String(button.dataset.size === size));
  localStorage.setItem("koemado-size", size);
}

resize(localStorage.getItem("koemado-size") ?? "1");
if ("serviceWorker" in navigator && window.isSecureContext) navigator.serviceWorker.register("/talk/service-worker.js", { scope: "/talk" }).catch(() => {});
