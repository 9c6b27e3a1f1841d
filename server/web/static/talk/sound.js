// The microphone as 100 ms frames of 16 kHz, and a loudspeaker that plays turns and falls silent at once.

const TAIL_MS = 200; // hands let go before the last word has left the room

export class Microphone {
  constructor(frame, ended, gone) {
    this.frame = frame; // called with Int16Array
    this.ended = ended; // called behind the last frame
    this.gone = gone; // called when the browser has taken the microphone away
    this.isOn = false;
  }

  // Throws what getUserMedia throws; Error("insecure") where the browser offers no microphone at all.
  async prepare(context) {
    if (!navigator.mediaDevices?.getUserMedia) throw new Error("insecure");
    this.stream = await navigator.mediaDevices.getUserMedia({
      audio: { channelCount: 1, echoCancellation: true, noiseSuppression: true, autoGainControl: true },
    });
    for (const track of this.stream.getAudioTracks()) track.onended = () => this.gone();
    await context.audioWorklet.addModule("/static/talk/capture-worklet.js");
    this.node = new AudioWorkletNode(context, "capture", { numberOfOutputs: 0 });
    this.node.port.onmessage = (event) => (event.data ? this.frame(event.data) : this.#ended());
    context.createMediaStreamSource(this.stream).connect(this.node);
    this.#enable(false);
  }

  on() {
    clearTimeout(this.tail);
    this.isOn = true;
    this.#enable(true);
    this.node.port.postMessage("on");
  }

  off() {
    this.isOn = false;
    this.tail = setTimeout(() => this.node.port.postMessage("off"), TAIL_MS);
  }

  close() {
    clearTimeout(this.tail);
    this.isOn = false;
    for (const track of this.stream?.getTracks() ?? []) {
      track.onended = null;
      track.stop();
    }
    if (this.node) this.node.port.onmessage = null;
    this.node?.disconnect();
  }

  #ended() {
    if (this.isOn) return; // pressed again meanwhile
    this.#enable(false);
    this.ended();
  }

  // Disabled, a track gives silence: nothing that is said leaves the browser's own process.
  #enable(isOn) {
    for (const track of this.stream.getAudioTracks()) track.enabled = isOn;
  }
}

export class Player {
  constructor(changed) {
    this.changed = changed; // called when it begins or ends to play
    this.sources = new Set();
    this.silenced = -1; // turns up to here are not played
    this.at = 0;
  }

  get isPlaying() {
    return this.sources.size > 0;
  }

  play(context, turn, samples, rate) {
    if (turn <= this.silenced || !samples.length) return;
    const buffer = context.createBuffer(1, samples.length, rate);
    const channel = buffer.getChannelData(0);
    for (let i = 0; i < samples.length; i++) channel[i] = samples[i] / 32768;
    const source = context.createBufferSource();
    source.buffer = buffer;
    source.connect(context.destination);
    source.onended = () => this.#ended(source);
    this.at = Math.max(this.at, context.currentTime + 0.03);
    source.start(this.at);
    this.at += buffer.duration;
    this.sources.add(source);
    if (this.sources.size === 1) this.changed();
  }

  stop(turn) {
    this.silenced = Math.max(this.silenced, turn);
    this.at = 0;
    for (const source of this.sources) {
      source.onended = null;
      source.stop();
    }
    const wasPlaying = this.isPlaying;
    this.sources.clear();
    if (wasPlaying) this.changed();
  }

  forget() {
    this.stop(Infinity);
    this.silenced = -1;
  }

  #ended(source) {
    this.sources.delete(source);
    if (!this.isPlaying) this.changed();
  }
}
