/** The socket: everything after this tab's position, in order, for as long as the tab is open. */

const SUBPROTOCOL = "sync.v1";
const CLOSED = { BAD_MESSAGE: 4400, SESSION_ENDED: 4401, NOT_A_MEMBER: 4403 };
const FIRST_DELAY_MS = 500;
const LONGEST_DELAY_MS = 30_000;

export class Sync extends EventTarget {
  /**
   * @param {import("./store.js").Store} store
   * @param {string} workspace its URL key
   * @param {() => Promise<"go-on" | "over">} mayComeBack asked where a socket was refused, which tells a page no reason
   */
  constructor(store, workspace, mayComeBack) {
    super();
    this.store = store;
    this.workspace = workspace;
    this.mayComeBack = mayComeBack;
    /** @type {"connecting" | "live" | "reconnecting" | "offline" | "over"} */
    this.state = "connecting";
    this.attempts = 0;
    this.stopped = false;
    addEventListener("online", this.#online);
    addEventListener("offline", this.#offline);
    this.#connect();
  }

  stop() {
    this.stopped = true;
    removeEventListener("online", this.#online);
    removeEventListener("offline", this.#offline);
    clearTimeout(this.timer);
    this.socket?.close(1000);
  }

  #connect() {
    if (this.stopped) return;
    const url = new URL("/sync", location.href);
    url.protocol = location.protocol === "https:" ? "wss:" : "ws:";
    url.searchParams.set("workspace", this.workspace);
    const { position } = this.store;
    if (position) url.searchParams.set("after", `${position.epoch}:${position.n}`);
    const socket = (this.socket = new WebSocket(url, SUBPROTOCOL));
    this.messages = 0;
    this.parts = [];
    socket.addEventListener("open", () => this.#opened(socket));
    socket.addEventListener("message", ({ data }) => socket === this.socket && this.#heard(socket, JSON.parse(data)));
    socket.addEventListener("close", (event) => socket === this.socket && this.#closed(event));
  }

  #opened(socket) {
    if (socket !== this.socket) return;
    this.wasOpen = true;
    if (this.store.loaded) this.#become("live");
  }

  #heard(socket, message) {
    this.messages += 1;
    socket.send(JSON.stringify({ type: "ack", messages: this.messages }));
    if (message.type === "snapshot") this.#collect(message);
    else if (message.type === "changes" && this.#follows(message)) this.store.apply(message);
    else return socket.close(4000, "out of order");
    this.attempts = 0;
    if (this.store.loaded) this.#become("live");
  }

  #collect({ epoch, n, last, records }) {
    this.parts.push(...records);
    if (last) this.store.reset({ epoch, n, records: this.parts.splice(0) });
  }

  #follows({ epoch, from }) {
    const { position } = this.store;
    return position !== null && position.epoch === epoch && position.n + 1 === from;
  }

  async #closed({ code, reason }) {
    const wasOpen = this.wasOpen;
    this.wasOpen = false;
    this.socket = undefined;
    if (this.stopped) return;
    this.#become(navigator.onLine ? "reconnecting" : "offline");
    const over = Object.values(CLOSED).includes(code) || (!wasOpen && (await this.mayComeBack()) === "over");
    if (this.stopped || this.socket) return;
    if (over) return this.#end(code);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.#connect(), delayOf(reason) ?? this.#backoff());
  }

  #end(code) {
    this.stop();
    this.#become("over");
    this.dispatchEvent(new CustomEvent("over", { detail: code }));
  }

  /** Full jitter: a region that comes back is not run over. */
  #backoff() {
    const most = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** this.attempts);
    this.attempts += 1;
    return Math.random() * most;
  }

  #become(state) {
    if (this.state === state) return;
    this.state = state;
    this.dispatchEvent(new Event("state"));
  }

  #online = () => {
    clearTimeout(this.timer);
    if (this.socket === undefined) this.#connect();
  };

  #offline = () => {
    const socket = this.socket;
    this.socket = undefined;
    this.wasOpen = false;
    socket?.close(1000);
    this.#become("offline");
  };
}

/** The delay that the region asks for. @param {string} reason */
function delayOf(reason) {
  try {
    const { retry_in_ms: delay } = JSON.parse(reason);
    return typeof delay === "number" ? delay : undefined;
  } catch {
    return undefined;
  }
}
