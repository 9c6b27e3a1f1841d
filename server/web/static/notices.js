// The form of notices: hearing what is written, as customers will hear it.
"use strict";
(() => {
  const form = document.getElementById("notice");
  const said = document.getElementById("hearing");
  if (!form) return;
  let context = null;
  let playing = null;

  async function hear() {
    if (playing) { playing.stop(); playing = null; said.textContent = ""; return; }
    context ??= new AudioContext();
    await context.resume();
    said.textContent = "用意しています…";
    const answer = await fetch("/notices/sound", { method: "POST", body: new FormData(form) }).catch(() => null);
    if (!answer?.ok) { said.textContent = answer?.status === 422 ? "本文を入力すると聞けます。" : "いまは聞けません。"; return; }
    const sound = await context.decodeAudioData(await answer.arrayBuffer());
    const source = context.createBufferSource();
    source.buffer = sound;
    source.connect(context.destination);
    source.onended = () => { if (playing === source) playing = null; said.textContent = ""; };
    source.start();
    playing = source;
    said.textContent = `再生しています(${sound.duration.toFixed(1)}秒)`;
    document.documentElement.dataset.heard = sound.duration.toFixed(2);
  }
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-hear-notice]")) hear();
  });
})();
