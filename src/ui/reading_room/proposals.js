// What a reader would change in the item itself; see proposals.py for the contract.

// The lines of a text without what surrounds them, each once, as the server keeps names.
function bareLines(text) {
  return [...new Set(text.split("\n").map((line) => line.trim()).filter(Boolean))].join("\n");
}

// A text to be proposed: one that is emptied proposes none, names and a code are kept bare.
class ProposalField extends ActField {
  _stands(text) {
    const bare = bareLines(this.sent);
    return text === this.sent || !bare || bareLines(text) === bare ||
      (this.target === "orpha" && text === bare.replace(/^ORPHA:?\s*/i, ""));
  }
}

class Proposals {
  constructor(root, data) {
    this.data = data;
    this.rev = data.rev;
    this.fields = new Map();
    this.acts = new Acts(data);
    this.acts.onLate = () => this.fields.forEach((field) => field.late());
    this.root = make("details", "sheet-part proposals");
    this.title = make("summary");
    this.body = make("div", "inside");
    this.root.append(this.title, this.body);
    this.memory = remembered(`proposals:${data.key}`, () => ({ open: data.made > 0 }));
    this.root.open = this.memory.open;
    this.root.addEventListener("toggle", () => this._toggled());
    root.append(this.root);
  }

  _toggled() {
    this.memory.open = this.root.open;
    this._fill();
    this.fields.forEach((field) => field.typing.grow());
  }

  update(data, set) {
    const newer = data.rev > this.rev;
    this.rev = data.rev;
    this.data = data;
    this.acts.heard(data, set);
    const { made } = data;
    this.title.textContent = `Propose changes to the item${made ? ` (${made})` : ""}`;
    this._fill();
    for (const one of data.fields) this.fields.get(one.name)?.update(one.value, newer, data.readonly);
    if (this.order) this._showOrder();
  }

  // Fields are built when somebody wants them: most readers propose nothing.
  _fill() {
    if (!this.root.open || this.filled) return;
    this.filled = true;
    this.body.append(make("p", "says",
      "Change a text to propose yours. Put it back, or empty it, to propose none."));
    for (const { name, label, rows, placeholder, value, max } of this.data.fields) {
      const field = new ProposalField(this.acts, {
        kind: "text", target: name, label, rows, placeholder, max, name: this.data.key,
      });
      this.fields.set(name, field);
      this.body.append(field.node);
      field.begin(value);
      field.update(value, false, this.data.readonly);
    }
    if (this.data.order.length > 1) this._buildOrder();
  }

  _buildOrder() {
    this.order = make("ol", "order");
    const title = make("div", "says", "Order of the images");
    this.body.append(title, this.order);
    this._showOrder();
  }

  _positions() {
    const sent = this.acts.seen("order", "", null);
    return sent ? sent.map(Number) : this.data.order;
  }

  _showOrder() {
    const positions = this._positions();
    const words = new Map(this.data.images.map(({ value, word }) => [Number(value), word]));
    this.order.replaceChildren(...positions.map((position, at) => {
      const row = make("li", "row");
      row.append(make("span", "name", words.get(position)));
      row.append(this._mover("↑", "up", at, -1, words.get(position)));
      row.append(this._mover("↓", "down", at, 1, words.get(position)));
      return row;
    }));
  }

  _mover(sign, way, at, by, words) {
    const button = make("button", "quiet", sign);
    button.type = "button";
    button.setAttribute("aria-label", `Move ${words} ${way}`);
    button.disabled = this.data.readonly || !this._positions()[at + by];
    button.addEventListener("click", () => {
      const positions = [...this._positions()];
      [positions[at], positions[at + by]] = [positions[at + by], positions[at]];
      this.acts.do("order", "", positions.map(String));
      this._showOrder();
      this.order.children[at + by]?.querySelectorAll("button")[by < 0 ? 0 : 1].focus();
    });
    return button;
  }

  stop() {
    this.fields.forEach((field) => field.stop());
    this.acts.stop();
    this.root.remove();
  }
}

export default function ({ parentElement, data, setStateValue }) {
  parentElement._proposals ??= new Proposals(parentElement, data);
  parentElement._proposals.update(data, setStateValue);
  return () => {
    parentElement._proposals?.stop();
    delete parentElement._proposals;
  };
}
