// One line about the images, before the answer is shown; see first_reading.py for the contract.
const PAUSE = 500; // milliseconds after the last key until what was typed is sent

class FirstReading {
  constructor(root, data) {
    this.timer = 0;
    this.onHide = () => this._flush();
    window.addEventListener("pagehide", this.onHide);
    this.acts = new Acts(data);
    this.root = make("form", "sheet-part first");
    const label = make("label", "", "What do you see on the images? One line.");
    this.line = make("input");
    Object.assign(this.line, { type: "text", id: "first-line", maxLength: 600, autocomplete: "off" });
    label.htmlFor = "first-line";
    this.line.value = this.acts.seen("line", "", data.line);
    this.line.addEventListener("input", () => this._typed());
    for (const kind of ["keydown", "keypress", "keyup"]) {
      this.line.addEventListener(kind, (event) => {
        event.stopPropagation();
        // What cannot be changed again is not sent by a slip of the hand.
        if (event.key === "Enter") event.preventDefault();
      });
    }
    this.restored = this.line.value !== "";
    this.button = make("button", "main", "Commit and see the answer");
    this.says = make("p", "says");
    this.says.setAttribute("role", "status");
    this.root.append(label, this.line, this.button, this.says);
    this.root.addEventListener("submit", (event) => this._commit(event));
    root.append(this.root);
  }

  update(data, set) {
    this.data = data;
    this.acts.heard(data, set);
    this.committed &&= this.acts.pending.some((act) => act.kind === "commit");
    this._paint();
  }

  _typed() {
    const points = Array.from(this.line.value);
    if (points.length > this.data.most) this.line.value = points.slice(0, this.data.most).join("");
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this._flush(), PAUSE);
    this._paint();
  }

  // Sends what was typed since; a tab keeps what is not answered for over a reload.
  _flush() {
    if (!this.timer || this.committed) return;
    clearTimeout(this.timer);
    this.timer = 0;
    this.acts.do("line", "", this.line.value);
  }

  _paint() {
    const left = this.data.most - Array.from(this.line.value).length;
    this.button.disabled = !this.line.value.trim() || this.committed;
    this.says.textContent = !this.committed
      ? `${this.restored ? "What you wrote before is back. " : ""}It is stored for ever and cannot be changed; then the answer is shown. ${left} characters left.`
      : "Storing";
  }

  _commit(event) {
    event.preventDefault();
    if (!this.line.value.trim() || this.committed) return;
    clearTimeout(this.timer);
    this.timer = 0;
    announce({ type: "flush" });
    this.committed = true;
    this.acts.do("commit", "", this.line.value.trim());
    this._paint();
  }

  stop() {
    this._flush();
    window.removeEventListener("pagehide", this.onHide);
    if (this.committed) setTimeout(() => document.querySelector(".st-key-answer")?.scrollIntoView(), 400);
    this.acts.stop();
    this.root.remove();
  }
}

export default function ({ parentElement, data, setStateValue }) {
  parentElement._first ??= new FirstReading(parentElement, data);
  parentElement._first.update(data, setStateValue);
  return () => {
    parentElement._first?.stop();
    delete parentElement._first;
  };
}
