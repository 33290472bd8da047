// A textarea whose text is sent while one types: half a second after the last key, when it is
// left, before any shortcut with Ctrl or Cmd, and at the latest every MOST while typing goes on.
const PAUSE = 500;
const MOST = 1500;

class Typing {
  // `channel` is the Sender or Acts the text travels by; `put(text)` hands it over. `memory`
  // outlives a remount: it holds what was typed and not handed over yet.
  constructor(area, { channel, put, memory = {}, max = null, single = false, onInput = null }) {
    Object.assign(this, { area, channel, put, memory, max, single, onInput });
    this.lastKey = 0;
    this._listen();
    if (memory.unsent === undefined) return;
    area.value = memory.unsent;
    this._later();
  }

  // Something here is typed, or on its way: the server's word must not replace it.
  get busy() {
    const typing = this.memory.unsent !== undefined || Date.now() - this.lastKey < MOST;
    return typing || !this.channel.settled;
  }

  // Shows another text, with the cursor where it was.
  show(text) {
    if (this.area.value === text) return;
    const { selectionStart, selectionEnd } = this.area;
    this.area.value = text;
    this.area.setSelectionRange(selectionStart, selectionEnd);
    this.grow();
  }

  // Hands over what stands in the field once more, as if it had been typed just now.
  again() {
    this.memory.unsent = this.area.value;
    this._later();
  }

  flush() {
    clearTimeout(this.timer);
    this.due = 0;
    if (this.memory.unsent === undefined) return;
    delete this.memory.unsent;
    this.put(this.area.value);
  }

  stop() {
    this.flush();
    document.removeEventListener("rarereview", this.onBus);
    window.removeEventListener("pagehide", this.onLeave);
    window.removeEventListener("keydown", this.onCombo, true);
  }

  grow() {
    this.area.style.height = "auto";
    const wanted = this.area.scrollHeight + 2;
    this.area.style.height = wanted > 2 ? `${wanted}px` : "";
  }

  _listen() {
    const { area } = this;
    area.addEventListener("input", () => this._typed());
    area.addEventListener("blur", () => this.flush());
    area.addEventListener("compositionend", () => this._later());
    area.addEventListener("keydown", (event) => this._key(event));
    for (const kind of ["keypress", "keyup"]) {
      area.addEventListener(kind, (event) => this._guard(event));
    }
    this.onBus = (event) => event.detail?.type === "flush" && this.flush();
    this.onLeave = () => this.flush();
    this.onCombo = (event) => this._combo(event);
    document.addEventListener("rarereview", this.onBus);
    window.addEventListener("pagehide", this.onLeave);
    window.addEventListener("keydown", this.onCombo, true);
  }

  _typed() {
    this.lastKey = Date.now();
    const cut = this._limit();
    this.memory.unsent = this.area.value;
    this.onInput?.(cut);
    this.grow();
    this._later();
  }

  // The limit counts code points, as the server does; maxlength would count UTF-16 units.
  _limit() {
    const points = Array.from(this.area.value);
    if (!this.max || points.length <= this.max) return false;
    this.area.value = points.slice(0, this.max).join("");
    return true;
  }

  _later() {
    clearTimeout(this.timer);
    this.due ||= Date.now() + MOST;
    const wait = Math.max(0, Math.min(PAUSE, this.due - Date.now()));
    this.timer = setTimeout(() => this.flush(), wait);
  }

  _key(event) {
    const plain = !event.ctrlKey && !event.metaKey;
    if (this.single && plain && event.key === "Enter" && !event.isComposing) {
      event.preventDefault();
      this.flush();
    }
    this._guard(event);
  }

  // Any shortcut with Ctrl or Cmd may be a save: what was typed goes first. The two that are
  // saves wait until the server has it: when both arrive in one run, Streamlit calls a
  // button's callback before a component's.
  _combo(event) {
    if ((!event.ctrlKey && !event.metaKey) || event.rareReviewHeld) return;
    this.flush();
    if (this.channel.settled || !["Enter", "s"].includes(event.key)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const at = origin(event);
    const { key, code, keyCode, ctrlKey, metaKey, shiftKey, altKey } = event;
    const again = new KeyboardEvent("keydown", {
      key, code, keyCode, ctrlKey, metaKey, shiftKey, altKey,
      bubbles: true, composed: true, cancelable: true,
    });
    again.rareReviewHeld = true;
    this.channel.whenSettled(() => at.dispatchEvent(again), 2000);
  }

  // Plain letters stay here: Streamlit sees the component, not the field, and would take
  // r for rerun and c for clear cache. Shortcuts with Ctrl or Cmd pass, after a flush.
  _guard(event) {
    if (!event.ctrlKey && !event.metaKey) event.stopPropagation();
  }
}
