// The WebSocket of docs/voice-gateway.md: comes back by itself, sends no faster than the desk takes.

const FRAMES_AHEAD = 30; // of 100 ms each, unacknowledged
const FRAMES_KEPT = 100; // while the line is slow
const RETRY_MS = [300, 1000, 2000, 4000, 8000];
const TICKET = "koemado-ticket";

export class Connection {
  constructor(handlers) {
    this.handlers = handlers; // message(object), sound(turn, Int16Array), state("open"|"lost"|"refused"), dropped()
    this.wanted = false;
    this.wasOpen = false; // since it was begun
    this.tries = 0;
  }

  open() {
    this.wanted = true;
    this.wasOpen = false;
    this.tries = 0;
    this.#connect();
  }

  close() {
    this.wanted = false;
    clearTimeout(this.timer);
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify({ type: "bye" }));
    sessionStorage.removeItem(TICKET);
    this.socket?.close();
    this.socket = null;
  }

  get isOpen() {
    return this.welcomed && this.socket?.readyState === WebSocket.OPEN;
  }

  // Whether it was sent: who waits in the line has nothing to say yet.
  send(message) {
    if (this.isOpen) this.socket.send(JSON.stringify(message));
    return this.isOpen;
  }

  // Behind all sound so far.
  sendAfterSound(message) {
    if (!this.isOpen) return;
    this.kept.push(message);
    this.#flush();
  }

  sendSound(samples) {
    if (!this.isOpen) return;
    this.kept.push(samples);
    if (this.kept.length > FRAMES_KEPT) {
      this.kept.splice(this.kept.findIndex((one) => one instanceof Int16Array), 1);
      this.number += 1; // a gap tells the desk that something is missing
      this.handlers.dropped();
    }
    this.#flush();
  }

  #flush() {
    while (this.kept.length && this.number - this.taken < FRAMES_AHEAD) {
      const samples = this.kept.shift();
      if (!(samples instanceof Int16Array)) {
        this.send(samples);
        continue;
      }
      const frame = new DataView(new ArrayBuffer(4 + samples.length * 2));
      frame.setUint32(0, this.number++);
      for (let i = 0; i < samples.length; i++) frame.setInt16(4 + 2 * i, samples[i], true);
      this.socket.send(frame.buffer);
    }
  }

  #connect() {
    const socket = new WebSocket(location.origin.replace(/^http/, "ws") + "/talk/socket");
    socket.binaryType = "arraybuffer";
    this.socket = socket;
    this.welcomed = false;
    this.kept = [];
    this.number = this.taken = 0;
    socket.onopen = () => socket.send(JSON.stringify({ type: "hello", version: 1, resume: sessionStorage.getItem(TICKET) ?? "" }));
    socket.onmessage = (event) => socket === this.socket && this.#took(event.data);
    socket.onclose = (event) => socket === this.socket && this.#closed(event.code);
  }

  #took(data) {
    if (data instanceof ArrayBuffer) {
      this.handlers.sound(new DataView(data).getUint32(0), new Int16Array(data.slice(4)));
      return;
    }
    const message = JSON.parse(data);
    if (message.type === "welcome") {
      this.tries = 0;
      this.welcomed = this.wasOpen = true;
      sessionStorage.setItem(TICKET, message.ticket);
      this.handlers.state("open");
    } else if (message.type === "ack") {
      this.taken = message.taken;
      this.#flush();
    }
    if (message.type === "ended" || message.type === "full") this.wanted = false;
    this.handlers.message(message);
  }

  #closed(code) {
    this.welcomed = false;
    if (!this.wanted) return;
    if (code === 1008 || code === 1011 || this.tries >= 12) {
      this.wanted = false;
      sessionStorage.removeItem(TICKET);
      this.handlers.state("refused");
      return;
    }
    this.handlers.state("lost");
    this.timer = setTimeout(() => this.#connect(), RETRY_MS[Math.min(this.tries++, RETRY_MS.length - 1)]);
  }
}
