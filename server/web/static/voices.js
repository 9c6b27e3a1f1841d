// A conversation without a recording, read aloud turn by turn by the desk's own synthesis.
"use strict";
(() => {
  const button = document.querySelector("[data-read-aloud]");
  if (!button) return;
  const said = document.getElementById("reading-aloud");
  const explained = said.textContent;
  let context = null;
  let playing = null; // what ends the turn that is being read
  let run = 0; // a newer run ends an older one

  async function sound(line) {
    const [turn, who] = line.dataset.aloud.split(":");
    const body = new URLSearchParams({ csrf: button.dataset.csrf, who });
    const answer = await fetch(button.dataset.readAloud + turn, { method: "POST", body }).catch(() => null);
    return answer?.ok ? context.decodeAudioData(await answer.arrayBuffer()) : null;
  }

  function play(buffer) {
    return new Promise((done) => {
      const source = context.createBufferSource();
      source.buffer = buffer;
      source.connect(context.destination);
      source.onended = done;
      playing = () => source.stop();
      source.start();
    });
  }

  function stop() {
    run += 1;
    if (playing) playing();
    playing = null;
    button.textContent = "合成音声で聞く";
    said.textContent = explained;
    for (const line of document.querySelectorAll("[data-aloud][aria-current]")) line.removeAttribute("aria-current");
  }

  async function readAloud() {
    const mine = (run += 1);
    context ??= new AudioContext();
    await context.resume();
    button.textContent = "止める";
    said.textContent = "合成音声を用意しています…";
    let read = 0;
    for (const line of document.querySelectorAll("[data-aloud]")) {
      const buffer = await sound(line);
      if (mine !== run) return;
      if (!buffer) continue;
      said.textContent = "合成音声で読み上げています(お客様の声ではありません)。";
      line.setAttribute("aria-current", "true");
      document.documentElement.dataset.readAloud = String((read += 1));
      await play(buffer);
      if (mine !== run) return;
      line.removeAttribute("aria-current");
    }
    stop();
    if (!read) said.textContent = "いまは読み上げられません。";
  }

  button.addEventListener("click", () => (button.textContent === "止める" ? stop() : readAloud()));
})();
