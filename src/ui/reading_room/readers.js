// The line above a case that was read by several: each reader a colour, to be switched on and
// off, and the evidence of the open unit or of all; see readers.py.
class ReadersLine {
  constructor(root, data) {
    this.data = data;
    this.memory = remembered(`readers:${data.key}`, () => ({ off: [], own: true }));
    this.unit = document.rareReviewClaim ?? null;
    this.root = make("div", "readers-line");
    this.root.setAttribute("role", "group");
    this.root.setAttribute("aria-label", "Whose evidence is shown");
    root.append(this.root);
    this.onBus = (event) => this._heard(event.detail ?? {});
    document.addEventListener("rarereview", this.onBus);
  }

  stop() {
    document.removeEventListener("rarereview", this.onBus);
    delete document.rareReviewReaders;
    this.root.remove();
  }

  update(data) {
    this.data = data;
    this._build();
    this._tell();
  }

  _build() {
    const print = JSON.stringify(this.data.readers);
    if (print === this.print) return;
    this.print = print;
    this.buttons = new Map();
    const nodes = this.data.readers.map(({ reader, colour }) => {
      const button = this._button("reader-on", `Reader ${reader}`, () => this._flip(reader));
      button.style.setProperty("--reader", colour);
      button.prepend(make("span", "letter", reader));
      this.buttons.set(reader, button);
      return button;
    });
    this.own = this._button("", "Open unit only", () => this._flipOwn());
    this.own.append(make("kbd", "", "u"));
    const hint = make("span", "says", "One after the other");
    hint.append(make("kbd", "", "h"));
    this.root.replaceChildren(...nodes, this.own, hint);
  }

  _button(kind, words, act) {
    const button = make("button", kind);
    button.type = "button";
    button.append(make("span", "", words));
    button.addEventListener("click", act);
    return button;
  }

  _flip(reader) {
    const { off } = this.memory;
    this.memory.off = off.includes(reader) ? off.filter((one) => one !== reader) : [...off, reader];
    this._tell();
  }

  _flipOwn() {
    this.memory.own = !this.memory.own;
    this._tell();
  }

  // All, then each alone, then all again.
  _next() {
    const letters = this.data.readers.map(({ reader }) => reader);
    const on = letters.filter((one) => !this.memory.off.includes(one));
    const at = on.length === 1 ? letters.indexOf(on[0]) + 1 : 0;
    this.memory.off = at < letters.length ? letters.filter((_, n) => n !== at) : [];
    this._tell();
  }

  _tell() {
    const { off, own } = this.memory;
    const has = this.data.units.includes(this.unit);
    document.rareReviewReaders = { off, only: own && has ? this.unit : null };
    for (const [reader, button] of this.buttons) {
      button.setAttribute("aria-pressed", String(!off.includes(reader)));
    }
    this.own.setAttribute("aria-pressed", String(own));
    announce({ type: "readers" });
  }

  _heard(detail) {
    if (detail.type === "next-reader") this._next();
    else if (detail.type === "only-unit") this._flipOwn();
    else if (detail.type === "claim") {
      this.unit = detail.claim_id ?? null;
      this._tell();
    }
  }
}

export default function ({ parentElement, data }) {
  parentElement._readers ??= new ReadersLine(parentElement, data);
  parentElement._readers.update(data);
  return () => {
    parentElement._readers?.stop();
    delete parentElement._readers;
  };
}
