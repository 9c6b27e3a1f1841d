// The microphone as 100 ms frames of 16 kHz, and a loudspeaker that plays turns and falls silent at once.

export class Microphone {
  constructor(frame) {
    this.frame = frame; // called with Int16Array
    this.isOn = false;
  }

  // Throws what getUserMedia throws; Error("insecure") where the browser offers no microphone at all.
  async prepare(context) {
    if (!navigator.mediaDevices?.getUserMedia) throw new Error("insecure");
    this.context = context;
    this.stream = await navigator.mediaDevices.getUserMedia({
      audio: { channelCount: 1, echoCancellation: true, noiseSuppression: true, autoGainControl: true },
    });
    await context.audioWorklet.addModule("/static/talk/capture-worklet.js");
    this.node = new AudioWorkletNode(context, "capture", { numberOfOutputs: 0 });
    this.node.port.onmessage = (event) => this.isOn && this.frame(event.data);
    context.createMediaStreamSource(this.stream).connect(this.node);
    this.on(false);
  }

  // Off, no sample leaves the browser's own process.
  on(isOn) {
    this.isOn = isOn;
    for (const track of this.stream.getAudioTracks()) track.enabled = isOn;
    this.node.port.postMessage(isOn ? "on" : "off");
  }

  close() {
    for (const track of this.stream?.getTracks() ?? []) track.stop();
    this.node?.disconnect();
    this.isOn = false;
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
