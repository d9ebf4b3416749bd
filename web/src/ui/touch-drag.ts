/** A finger that rests for so long takes up what it rests on: less than browsers wait before they do something of their own. */
const PRESS_MS = 300;
/** A finger that went further meanwhile scrolls. */
const STEADY_PX = 10;

type Point = Pick<Touch, "clientX" | "clientY">;

/**
 * Lets a finger drag whatever a mouse can: after a long press its touches are told as the drag events of a mouse would be.
 * Browsers of phones drag by a long press of their own, or not at all, and each in its own way: that is kept from them.
 */
export function dragByTouch(): void {
  let press: Press | undefined;
  document.addEventListener(
    "touchstart",
    ({ touches, target }) => {
      // A second finger ends it.
      press?.end();
      press = undefined;
      const [touch] = touches;
      const source = target instanceof Element ? target.closest('[draggable="true"]') : null;
      if (touches.length === 1 && touch && target && source instanceof HTMLElement) {
        press = new Press(source, target, touch);
      }
    },
    { passive: true },
  );
  document.addEventListener(
    "touchmove",
    (event) => {
      if (press?.isDragging === true && event.cancelable) event.preventDefault();
    },
    { passive: false },
  );
  for (const type of ["dragstart", "contextmenu", "selectstart"]) {
    addEventListener(
      type,
      (event) => {
        if (!event.isTrusted || press?.isOn !== true) return;
        event.preventDefault();
        event.stopImmediatePropagation();
      },
      { capture: true },
    );
  }
  // Whoever follows a drag takes a pointer that moves for its end: with a mouse there are none meanwhile.
  addEventListener(
    "pointermove",
    (event) => {
      if (press?.isDragging === true) event.stopImmediatePropagation();
    },
    { capture: true },
  );
}

/** A finger on something that can be dragged. */
class Press {
  readonly #source: HTMLElement;
  /** What was touched hears of the finger also when it has left the page: what is dragged away is not rendered any more. */
  readonly #target: EventTarget;
  readonly #data = new DataTransfer();
  readonly #timer: ReturnType<typeof setTimeout>;
  #at: Point;
  #shown: HTMLElement | undefined;
  isOn = true;

  constructor(source: HTMLElement, target: EventTarget, at: Point) {
    this.#source = source;
    this.#target = target;
    this.#at = at;
    this.#timer = setTimeout(() => this.#take(), PRESS_MS);
    target.addEventListener("touchmove", this);
    target.addEventListener("touchend", this);
    target.addEventListener("touchcancel", this);
  }

  get isDragging(): boolean {
    return this.#shown !== undefined;
  }

  handleEvent(event: Event): void {
    if (!(event instanceof TouchEvent)) return;
    if (event.type === "touchmove") this.#move(event.changedTouches[0]);
    else {
      if (event.type === "touchend" && this.isDragging) {
        // It was no tap.
        event.preventDefault();
        this.#tell("dragover", this.#under());
        this.#tell("drop", this.#under());
      }
      this.end();
    }
  }

  /** Without a drop before, what is dragged stays where it was. */
  end(): void {
    if (!this.isOn) return;
    clearTimeout(this.#timer);
    this.#target.removeEventListener("touchmove", this);
    this.#target.removeEventListener("touchend", this);
    this.#target.removeEventListener("touchcancel", this);
    if (this.isDragging) {
      this.#tell("dragend", this.#source.isConnected ? this.#source : document.body);
      // After a drag with a mouse something comes that says so.
      this.#tell("dragover", document.body);
    }
    this.#shown?.remove();
    this.#shown = undefined;
    this.isOn = false;
  }

  #take(): void {
    const taken = this.#tell("dragstart", this.#source);
    if (!taken) return this.end();
    this.#shown = shownOf(this.#source);
    document.body.append(this.#shown);
    this.#show(this.#at);
  }

  #move(to: Point | undefined): void {
    if (!to) return;
    if (this.isDragging) {
      this.#at = to;
      this.#show(to);
      this.#tell("dragover", this.#under());
    } else if (Math.hypot(to.clientX - this.#at.clientX, to.clientY - this.#at.clientY) > STEADY_PX) this.end();
  }

  #under(): Element {
    return document.elementFromPoint(this.#at.clientX, this.#at.clientY) ?? document.body;
  }

  /** Above the finger, which would hide it. */
  #show({ clientX, clientY }: Point): void {
    const place = `translate(${String(clientX)}px, ${String(clientY)}px)`;
    if (this.#shown) this.#shown.style.transform = `${place} translate(-50%, -90%)`;
  }

  /** Answers whether nobody has forbidden it. */
  #tell(type: string, element: Element): boolean {
    const { clientX, clientY } = this.#at;
    const how = { bubbles: true, cancelable: true, composed: true, clientX, clientY, dataTransfer: this.#data };
    return element.dispatchEvent(new DragEvent(type, how));
  }
}

/** What is seen of something under a finger that drags it. */
function shownOf(source: HTMLElement): HTMLElement {
  const shown = document.createElement("div");
  const copy = source.cloneNode(true);
  if (copy instanceof HTMLElement) {
    for (const named of [copy, ...copy.querySelectorAll("[id]")]) named.removeAttribute("id");
    copy.style.position = "static";
  }
  shown.append(copy);
  shown.inert = true;
  shown.dataset["dragged"] = "";
  shown.className = "pointer-events-none fixed top-0 left-0 z-50 opacity-80";
  shown.style.width = `${String(source.offsetWidth)}px`;
  return shown;
}
