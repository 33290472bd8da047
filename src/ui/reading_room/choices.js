// Questions with a few answers each, as radio groups; the answer that stands can be taken back.
const AGAIN = 400; // milliseconds within which a second click is a double click, not a taking back

class Choices {
  constructor(root, acts) {
    this.acts = acts;
    this.groups = new Map();
    this.node = make("div", "choices");
    root.append(this.node);
  }

  update(groups, readonly) {
    const nodes = groups.map((group) => {
      const known = this.groups.get(group.name) ?? this._new(group);
      known.data = group;
      for (const input of known.inputs) input.disabled = readonly;
      this._show(known);
      return known.node;
    });
    const same = nodes.length === this.node.childNodes.length &&
      nodes.every((node, at) => node === this.node.childNodes[at]);
    if (!same) this.node.replaceChildren(...nodes);
  }

  _new(group) {
    const row = make("div", "ask");
    const words = make("span", "question", group.label);
    const list = make("div", "options");
    list.setAttribute("role", "radiogroup");
    list.setAttribute("aria-label", group.label);
    const name = `c${Math.random().toString(36).slice(2)}`;
    const known = { node: row, inputs: [], data: group };
    for (const option of group.options) {
      const label = make("label", "option");
      const input = make("input");
      Object.assign(input, { type: "radio", name, value: option.value });
      input.addEventListener("click", () => this._clicked(known, option.value));
      input.addEventListener("keydown", (event) => this._key(event, known));
      label.append(input, make("span", "word", option.word));
      if (option.hint) label.append(make("kbd", "", option.hint));
      known.inputs.push(input);
      list.append(label);
    }
    row.append(words, list);
    this.groups.set(group.name, known);
    return known;
  }

  _value(known) {
    return this.acts.seen("choose", known.data.name, known.data.value);
  }

  _clicked(known, value) {
    if (this._value(known) !== value) this._choose(known, value);
    else if (Date.now() - (known.at ?? 0) > AGAIN) this._choose(known, null);
  }

  _key(event, known) {
    if (event.key !== "Backspace" && event.key !== "Delete") return;
    event.preventDefault();
    event.stopPropagation();
    if (this._value(known) !== null) this._choose(known, null);
  }

  _choose(known, value) {
    known.at = Date.now();
    this.acts.do("choose", known.data.name, value);
    this._show(known);
  }

  _show(known) {
    const value = this._value(known);
    for (const input of known.inputs) input.checked = input.value === value;
  }
}
