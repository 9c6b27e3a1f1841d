// The customers' page: what is heard, told and tapped.  All words stand in talk.html.

import { Connection } from "./connection.js";
import { $, problem, say, withoutProblem, words } from "./page.js";
import { Microphone, Player } from "./sound.js";

const TAP_MS = 350; // pressed shorter than that, the button stays down
const page = document.body;

let context, microphone, soundRate = 24000, turn = 0, lost = 0, pressedAt = 0, isHeld = false, isStaying = false, isWaiting = false, trouble = "";
const edited = new Set(); // fields of the form that were corrected by hand and not sent yet

const player = new Player(show);
const connection = new Connection({ message: took, sound: (of, samples) => player.play(context, of, samples, soundRate), state: linked, dropped: () => say("slow") });

function show() {
  const isOn = microphone?.isOn ?? false;
  const state = player.isPlaying ? "speaking" : isOn ? "listening" : isWaiting ? "thinking" : "ready";
  page.dataset.state = state;
  $("speak").hidden = !microphone;
  $("speak").setAttribute("aria-pressed", String(isOn));
  $("speak-label").textContent = isOn ? words.release : words.hold;
  $("hush").disabled = !player.isPlaying;
  for (const button of document.querySelectorAll("#speak, [data-says], #form button, #type button")) button.disabled = !connection.isOpen;
  if (connection.isOpen) say({ ready: microphone ? "ready" : "quiet", listening: isStaying ? "staying" : "listening" }[state] ?? state);
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
  p.scrollIntoView({ block: who === "you" ? "nearest" : "start" });
}

const taken = {
  welcome(message) {
    soundRate = message.sound_rate_hz;
    lost = 0;
    if (!message.resumed) {
      const wasTalking = turn > 0;
      empty();
      if (trouble) line("koemado", words[trouble]);
      if (wasTalking) line("koemado", words.restarted);
    }
    show();
    if (document.activeElement === page) entry().focus();
  },
  busy(message) { say("busy", message); },
  full() { leave(); problem("full"); },
  partial(message) {
    $("partial").textContent = message.text;
    if (message.text) $("partial").scrollIntoView({ block: "nearest" });
    else if (isWaiting) { isWaiting = false; show(); }
  },
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
  ack(message) { if (message.lost > lost) { lost = message.lost; say("slow"); } },
  ended() { leave(); problem("ended"); },
  failed() { isWaiting = false; show(); say("failed"); },
};

function took(message) {
  taken[message.type]?.(message);
}

function told(message) {
  const isAgain = message.turn === turn; // after a break: what was told last
  turn = message.turn;
  isWaiting = false;
  if (!isAgain) line("koemado", message.texts.join(""), message.title);
  const isChoosing = $("choices").contains(document.activeElement);
  $("choices").replaceChildren(...message.choices.map(choice));
  $("steps").hidden = !message.steps;
  $("step-place").textContent = words.step.replace("{step}", message.step).replace("{steps}", message.steps);
  fill(message.form);
  show();
  if (isChoosing) ($("choices").firstElementChild ?? entry()).focus();
  if (message.finished) stay(false);
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
  if (!form) return forgetForm();
  for (const name of ["name", "phone", "when"]) {
    const field = $("form").elements[name];
    if (document.activeElement !== field && form[name] && !edited.has(name)) field.value = form[name];
  }
}

function forgetForm() {
  $("form").reset();
  edited.clear();
}

function linked(state) {
  if (state === "lost") {
    if (microphone?.isOn) microphone.off();
    isHeld = isStaying = isWaiting = false;
  }
  show();
  if (state === "lost") say(connection.wasOpen ? "offline" : "unreachable");
  if (state === "refused") { leave(); problem("lost"); }
}

// The next person must not find anything.
function empty() {
  player.forget();
  turn = 0;
  isWaiting = false;
  forgetForm();
  $("log").replaceChildren();
  $("choices").replaceChildren();
  $("partial").textContent = "";
  $("form").hidden = $("steps").hidden = true;
}

async function begin(withMicrophone) {
  $("start").hidden = true;
  $("talk").hidden = $("controls").hidden = $("leave").hidden = false;
  say("connecting");
  context = new AudioContext();
  await context.resume();
  trouble = withMicrophone ? await listen() : "";
  connection.open();
  show();
}

function entry() {
  return microphone ? $("speak") : $("type").elements.line;
}

async function listen() {
  try {
    const found = new Microphone((samples) => connection.sendSound(samples), () => connection.sendAfterSound({ type: "let_go" }), deaf);
    await found.prepare(context);
    microphone = found;
    return "";
  } catch (error) {
    if (error.message === "insecure") return "insecure";
    return error.name === "NotFoundError" ? "no_microphone" : "denied";
  }
}

// The microphone was unplugged, or taken back in the settings.
function deaf() {
  if (microphone?.isOn) {
    connection.sendAfterSound({ type: "let_go" });
    isWaiting = true;
  }
  microphone?.close();
  microphone = undefined;
  trouble = "microphone_gone";
  isHeld = isStaying = false;
  line("koemado", words[trouble]);
  show();
  entry().focus();
}

function leave() {
  connection.close();
  microphone?.close();
  microphone = undefined;
  isHeld = isStaying = false;
  empty();
  $("type").reset();
  context?.close();
  $("talk").hidden = $("controls").hidden = $("leave").hidden = true;
  $("start").hidden = false;
  withoutProblem();
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
  microphone.on();
  show();
}

function off() {
  if (!microphone?.isOn) return;
  microphone.off();
  isWaiting = true;
  show();
}

function stay(isOn) {
  isStaying = isOn;
  if (!isOn) off();
  show();
}

// Times are those of the finger, not of this program: on a busy phone it comes to it later, and a tap is still a tap.
function press(event) {
  if (isHeld) return;
  if (isStaying) return stay(false);
  isHeld = true;
  pressedAt = event.timeStamp;
  on();
}

function release(event) {
  if (!isHeld) return;
  isHeld = false;
  if (event.timeStamp - pressedAt < TAP_MS) stay(microphone?.isOn ?? false);
  else off();
}

function sent(message) {
  if (!connection.send(message)) return false;
  isWaiting = true;
  show();
  return true;
}

$("begin").addEventListener("click", () => begin(true));
$("begin-quiet").addEventListener("click", () => begin(false));
$("leave").addEventListener("click", leave);
$("hush").addEventListener("click", hush);
$("speak").addEventListener("pointerdown", (event) => { $("speak").setPointerCapture(event.pointerId); press(event); });
for (const kind of ["pointerup", "pointercancel"]) $("speak").addEventListener(kind, release);
$("speak").addEventListener("keydown", (event) => { if ([" ", "Enter"].includes(event.key)) { event.preventDefault(); if (!event.repeat) press(event); } });
$("speak").addEventListener("keyup", (event) => { if ([" ", "Enter"].includes(event.key)) { event.preventDefault(); release(event); } });
// A screen reader sends a click without pointer or key: it switches.
$("speak").addEventListener("click", (event) => { if (event.detail === 0 && !isHeld && event.timeStamp - pressedAt > 1000) { isStaying ? stay(false) : (on(), (isStaying = microphone?.isOn ?? false)); } });
$("speak").addEventListener("contextmenu", (event) => event.preventDefault());
$("type").addEventListener("submit", (event) => {
  event.preventDefault();
  const text = event.target.elements.line.value.trim();
  if (text && sent({ type: "line", text })) event.target.reset();
});
$("form").addEventListener("submit", (event) => {
  event.preventDefault();
  const given = Object.fromEntries([...new FormData(event.target)].filter(([, value]) => value.trim()));
  if (sent({ type: "fill", ...given })) edited.clear();
});
$("form").addEventListener("input", (event) => edited.add(event.target.name));
document.addEventListener("click", (event) => {
  const says = event.target.closest("[data-says]")?.dataset.says;
  if (says) sent({ type: "line", text: says });
});
addEventListener("blur", (event) => isHeld && release(event));
if ("serviceWorker" in navigator && window.isSecureContext) navigator.serviceWorker.register("/talk/service-worker.js", { scope: "/talk" }).catch(() => {});
