// A text field that sends what was typed by itself; see text_field.py for the contract.
class TextField {
  constructor(root, data) {
    this.rev = data.rev;
    this.sender = new Sender("typed", () => this._stored(), data.key);
    this.sender.onLate = () => this._say("Waiting for the server. Your text is kept.", "late");
    this._build(root, data);
    this.area.value = data.value;
    this.typing = new Typing(this.area, {
      channel: this.sender,
      put: (text) => this._send(text),
      memory: this._memory(data),
      max: data.max,
      single: data.rows === 1,
      onInput: (cut) => this._say(cut ? `At most ${data.max} characters: the rest was cut.` : ""),
    });
  }

  // A reload brings back what the server has not answered for, and nothing else.
  _memory(data) {
    const memory = remembered(`text:${data.key}`, () => ({}));
    const { kept } = this.sender;
    if (kept && kept.n > data.seen && kept.text !== data.value) {
      memory.unsent ??= kept.text;
      this.upon = kept.upon;
    } else {
      this.sender.forget();
    }
    return memory;
  }

  _build(root, data) {
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
  }

  stop() {
    this.typing.stop();
    this.sender.stop();
  }

  update(data, set) {
    this.sender.set = set;
    this.label.textContent = data.label;
    this.area.rows = data.rows;
    this.area.placeholder = data.placeholder;
    this.area.disabled = data.disabled;
    this._accept(data);
    this.stored = data.value;
    this.sender.heard(data.seen);
    this.typing.grow();
  }

  // The server's text wins only when its revision grew and nothing here is still on its way.
  _accept(data) {
    if (data.rev <= this.rev) return;
    this.rev = data.rev;
    if (this.typing.busy) this.typing.again();
    else this.typing.show(data.value);
  }

  _send(text) {
    this._say("Saving");
    if (this.sender.settled) this.upon ??= madeUpon();
    this.sender.send({ text: text.toWellFormed?.() ?? text, rev: this.rev, upon: this.upon });
  }

  _stored() {
    this.upon = null;
    if (this.stored === this.sender.value.text) this._say("Saved");
    else this._say("Not stored. What you wrote stays here while this page is open.", "late");
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
