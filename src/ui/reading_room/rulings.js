// The adjudicator's desk; see rulings.py for the contract with the server. All keys of the screen
// are answered here, before those of the images; none fires while somebody types.
const SAVED = "Every choice is kept as you make it";
const NOT_OURS =
  "dialog, [role=dialog], [role=listbox], [role=option], [role=menu], [role=menuitem], canvas";
const PRESSED = "button, a, summary, [role=button], input";

// Acts that are painted as soon as they are done.
class DeskActs extends Acts {
  do(...what) {
    const number = super.do(...what);
    queueMicrotask(() => this.onDone?.());
    return number;
  }
}

class Desk {
  constructor(root, data) {
    this.data = data;
    this.memory = remembered(`rulings:${data.key}`, () => ({ open: null }));
    this.acts = new DeskActs(data);
    this.acts.onLate = () => this._late();
    // Units of which this tab brings what the server has not answered for before a reload.
    this.brought = new Set(this.acts.pending.map(({ target }) => target.slice(target.indexOf(" ") + 1)));
    this.acts.onDone = () => this.paint();
    this.cards = new Map();
    this.root = make("section", "sheet-part desk");
    this.root.setAttribute("aria-label", "Rulings");
    this.progress = make("p", "progress");
    this.saved = make("span", "says");
    this.saved.setAttribute("role", "status");
    this.keys = make("button", "quiet", "Keys");
    this.keys.type = "button";
    this.keys.append(make("kbd", "", "?"));
    this.keys.addEventListener("click", () => this.sheet.toggle());
    const head = make("div", "row desk-head");
    head.append(this.progress, this.saved, this.keys);
    this.receipt = make("p", "receipt");
    this.receipt.setAttribute("role", "status");
    this.list = make("ol", "units");
    this.end = make("div", "end");
    this.sheet = new DeskSheet();
    this.root.append(head, this.receipt, this.end, this.list, this.sheet.node);
    root.append(this.root);
    this.onKey = (event) => this._key(event);
    this.onBus = (event) => this._heard(event.detail ?? {});
    window.addEventListener("keydown", this.onKey, true);
    document.addEventListener("rarereview", this.onBus);
  }

  stop() {
    window.removeEventListener("keydown", this.onKey, true);
    document.removeEventListener("rarereview", this.onBus);
    this.sheet.node.close();
    for (const card of this.cards.values()) card.stop();
    this.acts.stop();
    delete document.rareReviewClaim;
    delete document.rareReviewRuling;
    announce({ type: "ruling" });
    this.root.remove();
  }

  update(data, set) {
    const newer = data.rev > this.data.rev || !this.drawn;
    const had = this._hasFocus();
    this.data = data;
    this.acts.heard(data, set);
    const there = new Set(data.units.map((unit) => unit.unit));
    if (!there.has(this.memory.open)) this._openFirst();
    this.drawn = true;
    this.paint(newer);
    if (had && this.turned) this._focus();
    this.turned = false;
    this._tellUnit();
  }

  // What lay open is settled: the next one that is open comes, from where one was.
  _openFirst() {
    const { units } = this.data;
    const waits = (unit) => !["ruled", "agreed"].includes(unit.state);
    const from = this.at ?? 0;
    const begun = this.drawn ? null : units.find((unit) => unit.draft.restored);
    const next = begun ?? units.find((unit, at) => at >= from && waits(unit)) ?? units.find(waits);
    this.turned = this.drawn;
    this.memory.open = next?.unit ?? null;
  }

  get active() {
    return this.cards.get(this.memory.open) ?? null;
  }

  paint(newer = false) {
    const { units, progress, receipt, restored, end } = this.data;
    this.progress.textContent = progress;
    this.restored ||= restored;
    this.saved.textContent = this.waits ?? (this.restored || SAVED);
    this.receipt.textContent = receipt;
    this.receipt.hidden = !receipt;
    this._paintEnd(end);
    const nodes = units.map((unit) => {
      const card = this.cards.get(unit.unit) ?? new RulingCard(this, unit);
      this.cards.set(unit.unit, card);
      card.update(unit, unit.unit === this.memory.open, newer);
      return card.node;
    });
    for (const [name, card] of this.cards) {
      if (nodes.includes(card.node)) continue;
      card.leave();
      this.cards.delete(name);
    }
    const same = nodes.length === this.list.childNodes.length &&
      nodes.every((node, at) => node === this.list.childNodes[at]);
    if (!same) this.list.replaceChildren(...nodes);
    this.at = units.findIndex((unit) => unit.unit === this.memory.open);
    this._tellRuling();
  }

  // Images and text show what the open ruling rests on, and take what is marked for it.
  _tellRuling() {
    const told = this.active?.pieces.told() ?? { unit: null, on: [], own: [] };
    const print = JSON.stringify(told);
    if (print === this.told) return;
    this.told = print;
    document.rareReviewRuling = told;
    announce({ type: "ruling" });
  }

  _paintEnd(end) {
    const print = JSON.stringify(end);
    if (print === this.endPrint) return;
    this.endPrint = print;
    this.end.replaceChildren();
    this.end.hidden = !end;
    if (!end) return;
    this.end.append(make("p", "end-words", end.words));
    if (!end.button) return;
    const button = make("button", "main", end.button);
    button.type = "button";
    button.append(make("kbd", "", "n"));
    button.addEventListener("click", () => this.acts.do("next", ""));
    this.end.append(button);
  }

  _late() {
    this.waits = "Waiting for the server. What you wrote is kept.";
    for (const card of this.cards.values()) card.late();
    this.paint();
    this.waits = null;
  }

  // ---- units ----------------------------------------------------------------------------

  open(name, focus = true) {
    if (this.memory.open === name) return;
    announce({ type: "flush" });
    this.memory.open = name;
    this.paint();
    this._tellUnit();
    if (focus) this._focus();
  }

  step(by) {
    const { units } = this.data;
    if (!units.length) return;
    const from = this.at < 0 ? (by > 0 ? -1 : 0) : this.at;
    const unit = units[(from + by + units.length) % units.length];
    if (unit.unit === this.memory.open) this._focus();
    else this.open(unit.unit);
  }

  // Images and text show what is said of the open unit.
  _tellUnit() {
    const unit = this.active?.unit.marks || this.memory.open;
    if (document.rareReviewClaim === unit) return;
    document.rareReviewClaim = unit;
    announce({ type: "claim", claim_id: unit });
  }

  _focus() {
    const head = this.active?.head ?? this.end.querySelector("button");
    head?.focus({ preventScroll: true });
    head?.scrollIntoView({ block: "nearest" });
  }

  _hasFocus() {
    return this.root.getRootNode().activeElement !== null || deepest() === document.body;
  }

  // ---- keys -----------------------------------------------------------------------------

  _key(event) {
    if (event.isComposing || event.rareReviewHeld || !this.root.isConnected) return;
    const at = origin(event);
    if (!at.closest || !this._answer(event, at)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }

  // Returns whether the key is ours; then nobody else hears of it.
  _answer(event, at) {
    const held = event.ctrlKey || event.metaKey;
    const own = event.composedPath().includes(this.root);
    if (held && event.key === "Enter" && !event.altKey) return this._settleByKey(event, at, own);
    if (isEditable(at)) return own && event.key === "Escape" ? this._backToUnit() : false;
    if (this.sheet.open) return this._inSheet(event);
    if (at.closest(NOT_OURS) || document.rareReviewDialog?.open) return false;
    if (document.querySelector('[data-testid="stDialog"], [role="dialog"][aria-modal="true"]')) return false;
    return !held && !event.altKey && this._plain(event, at, own);
  }

  _settleByKey(event, at, own) {
    if (isEditable(at) && !own) return false;
    if (!event.repeat) this.active?.settle();
    return Boolean(this.active);
  }

  _backToUnit() {
    announce({ type: "flush" });
    this._focus();
    return true;
  }

  _inSheet(event) {
    if (event.key === "Escape" || event.key === "?") {
      this.sheet.close();
      return true;
    }
    return !/^(Tab|Enter| |Arrow.*|Page.*|Home|End)$/.test(event.key);
  }

  _plain(event, at, own) {
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (key.startsWith("Arrow")) return this._arrow(key, at, own);
    if (key === "Enter") return this._enter(at);
    if (/^[1-9]$/.test(key)) return this._digit(Number(key), at);
    if (key === "?") return this._do(() => this.sheet.toggle());
    if (event.shiftKey) return false;
    const doing = {
      j: () => this.step(1),
      k: () => this.step(-1),
      m: () => this.active?.choose("merge"),
      n: () => this._n(),
      x: () => this.active?.choose("remove"),
      d: () => this.active?.openTalk(),
      e: () => this.active?.openAside(),
      y: () => this.active?.agree(),
      h: () => announce({ type: "next-reader" }),
      u: () => announce({ type: "only-unit" }),
      // Streamlit would rerun, or offer to clear its cache.
      r: () => undefined,
      c: () => undefined,
    }[key];
    return doing ? this._do(doing) : false;
  }

  _do(act) {
    act();
    return true;
  }

  _n() {
    if (this.active) this.active.choose("new");
    else this.end.querySelector("button")?.click();
  }

  // In images, texts and groups of answers the arrows stay what they are.
  _arrow(key, at, own) {
    if (!["ArrowUp", "ArrowDown"].includes(key) || at.tagName === "INPUT") return false;
    const free = at === document.body || (own && !at.closest("dialog"));
    return free && this._do(() => this.step(key === "ArrowDown" ? 1 : -1));
  }

  _enter(at) {
    const card = this.active;
    if (!card) return false;
    const answers = at.tagName === "INPUT" && card.node.contains(at);
    const heads = at === document.body || at === card.head || [...card.takes.values()].includes(at);
    if (!answers && !(heads && card.choice)) return false;
    return this._do(() => card.goOn(card.asks(at)));
  }

  _digit(number, at) {
    const card = this.active;
    if (!card || card.answer(at, number)) return true;
    const reading = card.unit.readings[number - 1];
    if (reading) card.choose(reading.reader);
    return true;
  }

  _heard(detail) {
    if (detail.type === "open-unit") this.open(detail.unit);
    else if (detail.type === "own-mark") this.active?.pieces.mark(detail.name, detail.link);
    else if (detail.type === "tick-piece") this.active?.pieces.toggle(detail.piece);
  }
}

export default function ({ parentElement, data, setStateValue }) {
  parentElement._desk ??= new Desk(parentElement, data);
  parentElement._desk.update(data, setStateValue);
  return () => {
    parentElement._desk?.stop();
    delete parentElement._desk;
  };
}
