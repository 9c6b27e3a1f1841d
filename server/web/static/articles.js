// The editor of articles: hearing what is written, as customers will hear it.
"use strict";
(() => {
  const form = document.getElementById("article");
  const said = document.getElementById("hearing");
  if (!form) return;
  let context = null;
  let playing = null;

  async function hear(button) {
    if (playing) { playing.stop(); playing = null; if (button.dataset.playing) { delete button.dataset.playing; said.textContent = ""; return; } }
    context ??= new AudioContext();
    await context.resume();
    const sent = new FormData(form);
    sent.set("part", button.dataset.hear);
    sent.set("number", button.dataset.number ?? "0");
    said.textContent = "用意しています…";
    const answer = await fetch("/articles/draft/sound", { method: "POST", body: sent }).catch(() => null);
    if (!answer?.ok) { said.textContent = answer?.status === 422 ? "必須の欄を入力すると聞けます。" : "いまは聞けません。"; return; }
    const sound = await context.decodeAudioData(await answer.arrayBuffer());
    playing = context.createBufferSource();
    playing.buffer = sound;
    playing.connect(context.destination);
    playing.onended = () => { delete button.dataset.playing; said.textContent = ""; };
    playing.start();
    button.dataset.playing = "yes";
    said.textContent = `再生しています(${sound.duration.toFixed(1)}秒)`;
    document.documentElement.dataset.heard = sound.duration.toFixed(2);
  }
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-hear]");
    if (button) hear(button);
  });

  // What was typed and not saved is not lost by a slip.
  let touched = false;
  form.addEventListener("input", () => { touched = true; });
  form.addEventListener("submit", () => { touched = false; });
  window.addEventListener("beforeunload", (event) => { if (touched) event.preventDefault(); });
})();
