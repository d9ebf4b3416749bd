/** A closing handshake that nobody answers is over after this. Node waits for ever, browsers for up to 10 s. */
const CLOSING_MS = 2_000;
/** A dial that nobody answers is over after this. */
const OPENING_MS = 15_000;

/**
 * A WebSocket that is not kept waiting by a peer that is gone: it reports its end itself. It ends when the browser says that
 * there is no network any more, rather than at a ping that is not answered.
 */
export function impatient(Base: typeof WebSocket): typeof WebSocket {
  return class ImpatientWebSocket extends Base {
    constructor(...args: ConstructorParameters<typeof WebSocket>) {
      super(...args);
      const opening = setTimeout(() => this.close(), OPENING_MS);
      const opened = () => clearTimeout(opening);
      this.addEventListener("open", opened);
      this.addEventListener("close", opened);
      if (!("addEventListener" in globalThis)) return;
      const close = () => this.close();
      addEventListener("offline", close);
      this.addEventListener("close", () => removeEventListener("offline", close));
    }

    override close(...args: Parameters<WebSocket["close"]>): void {
      const wasOpening = this.readyState === Base.CONNECTING;
      const closing = setTimeout(() => forsake(this, wasOpening), CLOSING_MS);
      this.addEventListener("close", () => clearTimeout(closing));
      super.close(...args);
    }
  };
}

/** The `ws` package can end a connection; the platform's class can only be made to say that it is over. */
function forsake(socket: WebSocket & { terminate?: () => void }, wasOpening: boolean): void {
  if (socket.terminate) return socket.terminate();
  if (wasOpening) socket.dispatchEvent(new Event("error"));
  socket.dispatchEvent(new Event("close"));
}
