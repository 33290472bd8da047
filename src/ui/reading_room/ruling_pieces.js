// The pieces of evidence a unit can rest on: the readers', each ticked or not, and one's own, marked
// on the images or in the text beside. Images and text hear of it as {type: "ruling"}.
class RulingPieces {
  constructor(card) {
    this.card = card;
    this.inputs = new Map();
    this.rows = new Map();
  }

  get unit() {
    return this.card.unit;
  }

  get acts() {
    return this.card.acts;
  }

  // Can anything be chosen or marked for the unit?
  get there() {
    return this.unit.marks !== "";
  }

  // ---- what is chosen -------------------------------------------------------------------

  ticked() {
    const { draft, offered } = this.unit;
    const start = this.card.choice === "merge" ? offered.map((piece) => piece.name) : [];
    const stored = draft.ticks === null ? start : draft.ticks;
    return this.acts.seen("tick", this.card.name, stored) ?? start;
  }

  // One's own, what is on its way included.
  own() {
    const pieces = new Map(this.unit.own.map((piece) => [piece.name, piece]));
    for (const { kind, target, value } of this.acts.pending) {
      const [name, ...unit] = target.split(" ");
      if (kind !== "mark" || unit.join(" ") !== this.card.name) continue;
      if (value === null) pieces.delete(name);
      else pieces.set(name, this._onItsWay(name, JSON.parse(value), pieces.get(name)));
    }
    return [...pieces.values()];
  }

  _onItsWay(name, link, before) {
    return { name, link, words: before?.words ?? "Being stored", leads: before?.leads ?? null };
  }

  // What images and text show of it; of a reader's reading as a whole there is nothing to tick.
  told() {
    const own = OWN_VALUES.includes(this.card.choice);
    return {
      unit: this.unit.marks || null,
      on: own ? this.ticked() : [],
      own: own ? this.own().map(({ name, link }) => ({ name, link })) : [],
    };
  }

  // ---- choosing -------------------------------------------------------------------------

  // Pieces are chosen one by one only in a value of one's own: a reader's reading becomes its start.
  _begin() {
    const from = this.card.choice;
    if (OWN_VALUES.includes(from)) return;
    const theirs = this.unit.offered.filter((piece) => piece.readers.split(", ").includes(from));
    this.acts.do("choose", this.card.target("chosen"), this.unit.merges ? "merge" : "new");
    this.acts.do("tick", this.card.name, theirs.map((piece) => piece.name));
    const verdict = this.unit.verdicts[from];
    if (verdict && this.card.hasInput("value")) this.acts.do("choose", this.card.target("in:value"), verdict);
  }

  tick(name, on) {
    this._begin();
    const others = this.ticked().filter((other) => other !== name);
    this.acts.do("tick", this.card.name, on ? [...others, name] : others);
    this.card.desk.paint();
  }

  toggle(name) {
    this._begin();
    this.tick(name, !this.ticked().includes(name));
  }

  // Keeps a piece of one's own, or takes it back where `link` is null.
  mark(name, link) {
    this._begin();
    this.acts.do("mark", `${name} ${this.card.name}`, link && JSON.stringify(link));
    this.card.desk.paint();
  }

  // ---- the list on the card -------------------------------------------------------------

  build() {
    this.inputs.clear();
    this.rows.clear();
    const group = make("fieldset", "ticks");
    group.append(make("legend", "", "It rests on"));
    for (const piece of this.unit.offered) group.append(this._offered(piece));
    this.mine = make("div", "mine");
    const help = make("p", "says", "To add your own, draw a box on an image");
    help.append(make("kbd", "", "b"), " or select words of the case", make("kbd", "", "v"));
    group.append(this.mine, help);
    return group;
  }

  _offered(piece) {
    const row = make("div", "evidence-row");
    const label = make("label", "tick");
    const input = make("input");
    input.type = "checkbox";
    input.addEventListener("change", () => this.tick(piece.name, input.checked));
    label.append(input, make("span", "", piece.words), make("span", "says", piece.readers));
    row.append(label, this._show(() => piece.leads));
    this.inputs.set(piece.name, input);
    return row;
  }

  _show(leads) {
    return this._button("Show", () => leads() && announce(leads()));
  }

  _button(words, act) {
    const button = make("button", "quiet", words);
    button.type = "button";
    button.addEventListener("click", act);
    return button;
  }

  refresh() {
    const on = this.ticked();
    for (const [name, input] of this.inputs) input.checked = on.includes(name);
    const own = this.own();
    const nodes = own.map((piece) => this._mine(piece));
    const focused = this.mine.getRootNode().activeElement;
    const lost = [...this.mine.children].findIndex((row) => row.contains(focused) && !nodes.includes(row));
    const same = nodes.length === this.mine.children.length &&
      nodes.every((node, at) => node === this.mine.children[at]);
    if (!same) this.mine.replaceChildren(...nodes);
    if (lost >= 0) (nodes[Math.min(lost, nodes.length - 1)]?.lastChild ?? [...this.inputs.values()][0])?.focus();
  }

  _mine(piece) {
    const row = this.rows.get(piece.name) ?? this._newRow(piece.name);
    row.piece = piece;
    row.words.textContent = piece.words;
    return row.node;
  }

  _newRow(name) {
    const row = { node: make("div", "evidence-row own"), words: make("span", "tick") };
    const out = this._button("Take out", () => this.mark(name, null));
    row.node.append(row.words, make("span", "says", "Yours"), this._show(() => row.piece.leads), out);
    this.rows.set(name, row);
    return row;
  }
}
