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
    area.addEventListener("blur", () => this._left());
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

  // Who leaves a field is done typing: what it then shows may come from elsewhere, once what was
  // typed is stored.
  _left() {
    this.flush();
    this.lastKey = 0;
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

// ---- a field that loses the focus while somebody types in it -------------------------------

// The server draws a field anew, or Streamlit's dialog of a lost connection comes up: the focus is
// gone, the reader types on, and each letter would be a command. So the focus is brought back, and
// letters that came in between are put in where they were meant; where there is no such field
// they are dropped.
const QUIET = 2000; // milliseconds without a key after which letters are commands again
const SOUGHT = 15000; // as long is a field looked for that is gone
const LOOKS = 100; // milliseconds between two looks whether the focus is still there
const LEADS = 8000; // as long can what the reader did take the field away, a submission for one

class Guard {
  constructor() {
    this.field = null; // where the reader types, and what it is called
    this.left = 0; // when the reader last did what may lead out of it
    this.letters = "";
    const on = (kind, act) => window.addEventListener(kind, act, true);
    on("keydown", (event) => this._key(event));
    on("pointerdown", () => { this.left = Date.now(); });
    on("focusin", () => this._look());
    on("focusout", (event) => this._letGo(event));
    for (const kind of ["pointerup", "pointercancel", "keyup"]) {
      on(kind, () => setTimeout(() => this._settled(kind), 0));
    }
    new MutationObserver(() => this._dismiss()).observe(document.body, { childList: true });
  }

  // Would a plain key be a letter that has lost its field?
  get astray() {
    this._notice();
    return Boolean(this.field && this.lost && Date.now() - this.lost <= QUIET);
  }

  _key(event) {
    const at = origin(event);
    this._notice();
    if (isTypedIn(at)) this.left = leadsOut(event, at) ? Date.now() : 0;
    else if (!this.astray) this.field = null;
    else if (!event.isComposing) this._stray(event);
  }

  // Tab, Esc and combinations are meant as what they are; only undo would undo something else.
  _stray(event) {
    const { key } = event;
    const held = (event.ctrlKey || event.metaKey) && !event.getModifierState?.("AltGraph");
    if (["Tab", "Escape"].includes(key)) this.field = null;
    if (!this.field || (held && !/^[zy]$/i.test(key))) return;
    event.stopImmediatePropagation();
    if (!/^F\d+$/.test(key)) event.preventDefault();
    if (!held) this._keep(key);
    this.lost = Date.now();
    this._bringBack();
  }

  _keep(key) {
    if (Array.from(key).length === 1) this.letters += key;
    else if (key === "Enter" && !this.field.single) this.letters += "\n";
    else if (key === "Backspace") this.letters = Array.from(this.letters).slice(0, -1).join("");
  }

  // ---- where the focus is

  _notice() {
    const now = deepest();
    if (isTypedIn(now)) return void this._in(now);
    if (!this.field) return undefined;
    const nowhere = !now || now === document.body || now.closest("dialog, [role=dialog]");
    this.since ??= Date.now();
    this.lost ??= this.since;
    // The browser's own buttons lead elsewhere without a press that could be seen here.
    const own = Date.now() - this.left < LEADS || location.href !== this.field.page;
    if (own || !nowhere || Date.now() - this.since > SOUGHT) this.field = null;
    return undefined;
  }

  _look() {
    this._notice();
    if (this.field && this.lost) this._bringBack();
  }

  _in(node) {
    this.lost = this.since = null;
    if (this.field?.node === node) return;
    const single = node.tagName !== "TEXTAREA" || node.rows === 1;
    this.field = { node, ...whereIs(node), page: location.href, single };
    this.left = 0;
    this.letters = "";
    this.timer ??= setInterval(() => this._tick(), LOOKS);
  }

  _tick() {
    this._look();
    this._dismiss();
    if (this.field) return;
    clearInterval(this.timer);
    this.timer = null;
  }

  // A press, or a key, is over: when the focus has stayed, it did not lead out.
  _settled(kind) {
    this._look();
    if (kind !== "keyup" && this.field?.node === deepest()) this.left = 0;
  }

  // A field that still stands and is left for nothing else was let go, as a keyboard on a
  // screen does it when it is put away. Seen as soon as what took the focus is done: on a busy
  // machine the next key, or the next look, comes before any timer.
  _letGo(event) {
    const node = origin(event);
    if (event.relatedTarget || node !== this.field?.node) return;
    queueMicrotask(() => {
      if (node !== this.field?.node || deepest() === node || !document.hasFocus()) return;
      if (isUsable(node) && !modal(node)) this.field = null;
    });
  }

  // ---- the way back

  _bringBack() {
    const { field, letters } = this;
    const node = isUsable(field.node) ? field.node : sameField(field);
    if (!node || modal(node)) return;
    const { selectionStart, selectionEnd } = field.node;
    node.focus({ preventScroll: true });
    if (deepest() !== node) return;
    this._in(node);
    this.letters = "";
    if (!Number.isInteger(selectionStart)) return; // A field of a number has no caret to speak of.
    node.setSelectionRange(selectionStart, selectionEnd);
    if (!letters) return;
    node.setRangeText(letters, selectionStart, selectionEnd, "end");
    node.dispatchEvent(new InputEvent("input", { bubbles: true, composed: true, data: letters }));
  }

  // Where the line above the reading says that the server does not answer, or a field does,
  // nobody needs to be stopped in mid-word to hear it.
  _dismiss() {
    const dialog = lostConnection();
    if (!dialog || !(this.field || document.rareReviewAway)) return;
    document.rareReviewAway?.();
    dialog.querySelector('button[aria-label="Close"]')?.click();
    requestAnimationFrame(() => this._look());
  }
}

function isTypedIn(node) {
  return isEditable(node) && node.tagName !== "SELECT";
}

// Does the key leave the field, or do something that may take it away?
function leadsOut({ key, ctrlKey, metaKey }, { tagName, rows }) {
  if (ctrlKey || metaKey) return !/^([acvxyz]|Arrow.*|Home|End|Backspace|Delete|Control|Meta)$/i.test(key);
  return ["Tab", "Escape"].includes(key) || (key === "Enter" && (tagName !== "TEXTAREA" || rows === 1));
}

// What has the focus, seen through shadow roots.
function deepest() {
  let node = document.activeElement;
  while (node?.shadowRoot?.activeElement) node = node.shadowRoot.activeElement;
  return node;
}

function isUsable(node) {
  return node.isConnected && !node.disabled && node.getClientRects().length > 0;
}

// A field by its name, in the part of the page that has a key: what is drawn anew has both again,
// and the same words in it.
function whereIs(node) {
  const host = node.getRootNode().host ?? node;
  const part = host.closest?.('[class*="st-key-"]');
  const key = [...(part?.classList ?? [])].find((name) => name.startsWith("st-key-"));
  return { key, name: nameOfField(node) };
}

function nameOfField(node) {
  return node.dataset.field ?? node.getAttribute("aria-label") ?? node.labels?.[0]?.textContent ?? "";
}

function sameField({ key, name, node: { value } }) {
  if (!key || !name) return null;
  const found = [];
  for (const part of document.querySelectorAll(`.${CSS.escape(key)}`)) {
    const roots = [part, ...[...part.querySelectorAll("*")].map((node) => node.shadowRoot).filter(Boolean)];
    for (const root of roots) found.push(...root.querySelectorAll("textarea, input"));
  }
  const fits = (node) => isUsable(node) && isTypedIn(node) && nameOfField(node) === name;
  const same = new Set(found.filter((node) => fits(node) && node.value === value));
  return same.size === 1 ? [...same][0] : null;
}

// Does a dialog stand over a field, which would keep the focus?
function modal(node) {
  const own = document.rareReviewDialog;
  return (own?.open && !own.contains(node)) || document.querySelector('[data-testid="stDialog"], [role="dialog"][aria-modal="true"]');
}

function lostConnection() {
  const all = [...document.querySelectorAll('[data-testid="stDialog"]')];
  return all.find((dialog) => /^\s*Connection error/.test(dialog.textContent));
}

document.rareReviewGuard ??= new Guard();
