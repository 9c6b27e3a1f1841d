// From the microphone's own rate to 16 kHz, 16 bit: a windowed sinc (Smith, Digital Audio Resampling, 2002), 100 ms a frame.

const RATE = 16000;
const FRAME = 1600;
const ZEROS = 16; // zero crossings on each side
const STEPS = 256; // of the table between two of them

function table() {
  const values = new Float32Array(ZEROS * STEPS + 2);
  for (let i = 0; i < values.length; i++) {
    const x = i / STEPS;
    const sinc = x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
    values[i] = x >= ZEROS ? 0 : sinc * 0.5 * (1 + Math.cos((Math.PI * x) / ZEROS));
  }
  return values;
}

class Capture extends AudioWorkletProcessor {
  constructor() {
    super();
    this.kernel = table();
    this.ratio = sampleRate / RATE; // input samples an output sample
    this.cutoff = Math.min(1, 1 / this.ratio);
    this.reach = Math.ceil(ZEROS / this.cutoff);
    this.isOn = false;
    this.reset();
    this.port.onmessage = (event) => {
      const wasOn = this.isOn;
      this.isOn = event.data === "on";
      if (this.isOn && !wasOn) this.reset();
      if (this.isOn) return;
      this.post(); // what is left of the last word
      this.port.postMessage(null); // and no more
    };
  }

  reset() {
    this.input = new Float32Array(this.reach); // silence before the beginning
    this.at = this.reach; // of the next output sample, in input samples
    this.frame = new Int16Array(FRAME);
    this.filled = 0;
  }

  process([[channel]]) {
    if (!this.isOn || !channel) return true;
    const joined = new Float32Array(this.input.length + channel.length);
    joined.set(this.input);
    joined.set(channel, this.input.length);
    while (this.at + this.reach < joined.length) {
      this.put(this.sample(joined));
      this.at += this.ratio;
    }
    const done = Math.max(0, Math.floor(this.at) - this.reach);
    this.input = joined.slice(done);
    this.at -= done;
    return true;
  }

  sample(input) {
    const first = Math.ceil(this.at - this.reach);
    const last = Math.floor(this.at + this.reach);
    let sum = 0;
    for (let i = Math.max(0, first); i <= last; i++) {
      const place = Math.abs(i - this.at) * this.cutoff * STEPS;
      const low = Math.floor(place);
      if (low >= ZEROS * STEPS) continue;
      sum += input[i] * (this.kernel[low] + (place - low) * (this.kernel[low + 1] - this.kernel[low]));
    }
    return sum * this.cutoff;
  }

  put(value) {
    this.frame[this.filled++] = Math.max(-32768, Math.min(32767, Math.round(value * 32768)));
    if (this.filled === FRAME) this.post();
  }

  post() {
    if (this.filled) this.port.postMessage(this.frame.slice(0, this.filled));
    this.filled = 0;
  }
}

registerProcessor("capture", Capture);
