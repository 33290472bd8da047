// A text field that sends what was typed by itself; see text_field.py for the contract.
const PAUSE = 500;
const MOST = 1500;

class TextField {
  constructor(root, data) {
    this.memory = remembered(`text:${data.key}`, () => ({}));
    this.rev = data.rev;
    this.lastKey = 0;
    this.sender = new Sender("typed", () => this._say("Saved"));
    this.sender.onLate = () => this._say("Waiting for the server. Your text is kept.", "late");
    this._build(root, data);
    this.area.value = this.memory.unsent ?? data.value;
    if (this.memory.unsent !== undefined) this._later();
  }

  _build(root, data) {
    this.single = data.rows === 1;
    const box = make("div", "field");
    const head = make("div", "head");
    this.label = make("label", "label", data.label);
    this.status = make("span", "status");
    this.status.setAttribute("role", "status");
    head.append(this.label, this.status);
    this.area = make("textarea", "area");
    this.area.id = `f${Math.random().toString(36).slice(2)}`;
    this.area.spellcheck = true;
    this.label.htmlFor = this.area.id;
    box.append(head, this.area);
    root.append(box);
    this._listen();
  }

  _listen() {
    this.area.addEventListener("input", () => this._typed());
    this.area.addEventListener("blur", () => this.flush());
    this.area.addEventListener("compositionend", () => this._later());
    this.area.addEventListener("keydown", (event) => this._key(event));
    for (const kind of ["keypress", "keyup"]) {
      this.area.addEventListener(kind, (event) => this._guard(event));
    }
    this.onBus = (event) => event.detail?.type === "flush" && this.flush();
    this.onLeave = () => this.flush();
    this.onCombo = (event) => this._combo(event);
    document.addEventListener("rarereview", this.onBus);
    window.addEventListener("pagehide", this.onLeave);
    window.addEventListener("keydown", this.onCombo, true);
  }

  stop() {
    this.flush();
    this.sender.stop();
    clearTimeout(this.timer);
    document.removeEventListener("rarereview", this.onBus);
    window.removeEventListener("pagehide", this.onLeave);
    window.removeEventListener("keydown", this.onCombo, true);
  }

  update(data, set) {
    this.sender.set = set;
    this.data = data;
    this.label.textContent = data.label;
    this.area.rows = data.rows;
    this.area.placeholder = data.placeholder;
    this.area.disabled = data.disabled;
    if (data.max) this.area.maxLength = data.max * 2;
    this._accept(data);
    this.sender.heard(data.seen);
    this._grow();
  }

  // The server's text wins only when its revision grew and nothing here is still on its way.
  _accept(data) {
    if (data.rev <= this.rev) return;
    const typing = this.memory.unsent !== undefined || Date.now() - this.lastKey < 1500;
    if (typing || !this.sender.settled) {
      this.rev = data.rev;
      this.memory.unsent = this.area.value;
      this._later();
      return;
    }
    this.rev = data.rev;
    this._replace(data.value);
  }

  _replace(text) {
    if (this.area.value === text) return;
    const { selectionStart, selectionEnd } = this.area;
    this.area.value = text;
    this.area.setSelectionRange(selectionStart, selectionEnd);
  }

  _typed() {
    this.lastKey = Date.now();
    this._limit();
    this.memory.unsent = this.area.value;
    this._say("");
    this._grow();
    this._later();
  }

  // The limit counts code points, as the server does; maxlength counts UTF-16 units.
  _limit() {
    const points = Array.from(this.area.value);
    if (!this.data?.max || points.length <= this.data.max) return;
    this.area.value = points.slice(0, this.data.max).join("");
  }

  // Half a second after the last key, and while somebody types on, at the latest after MOST.
  _later() {
    clearTimeout(this.timer);
    this.due ||= Date.now() + MOST;
    const wait = Math.max(0, Math.min(PAUSE, this.due - Date.now()));
    this.timer = setTimeout(() => this.flush(), wait);
  }

  flush() {
    clearTimeout(this.timer);
    this.due = 0;
    if (this.memory.unsent === undefined) return;
    delete this.memory.unsent;
    this._say("Saving");
    this.sender.send({ text: this.area.value, rev: this.rev });
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
    if (this.sender.settled || !["Enter", "s"].includes(event.key)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const at = origin(event);
    const { key, code, keyCode, ctrlKey, metaKey, shiftKey, altKey } = event;
    const again = new KeyboardEvent("keydown", {
      key, code, keyCode, ctrlKey, metaKey, shiftKey, altKey,
      bubbles: true, composed: true, cancelable: true,
    });
    again.rareReviewHeld = true;
    this.sender.whenSettled(() => at.dispatchEvent(again), 2000);
  }

  // Plain letters stay here: Streamlit sees the component, not the field, and would take
  // r for rerun and c for clear cache. Shortcuts with Ctrl or Cmd pass, after a flush.
  _guard(event) {
    if (!event.ctrlKey && !event.metaKey) event.stopPropagation();
  }

  _grow() {
    this.area.style.height = "auto";
    const wanted = this.area.scrollHeight + 2;
    this.area.style.height = wanted > 2 ? `${wanted}px` : "";
  }

  _say(text, kind = "") {
    this.status.textContent = text;
    this.status.dataset.kind = kind;
  }
}

export default function ({ parentElement, data, setStateValue }) {
  parentElement._field ??= new TextField(parentElement, data);
  parentElement._field.update(data, setStateValue);
  return () => {
    parentElement._field?.stop();
    delete parentElement._field;
    parentElement.querySelector(".field")?.remove();
  };
}
