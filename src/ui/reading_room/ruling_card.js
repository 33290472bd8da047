// One unit on the adjudicator's desk: a line while it is folded; open, its readings, what to
// settle it with, and why. What is done shows at once: Acts lays what is on its way over what is
// stored.
const OWN_VALUES = ["new", "merge"];

class RulingCard {
  constructor(desk, unit) {
    this.desk = desk;
    this.unit = unit;
    this.node = make("li", "unit");
    this.head = make("button", "unit-head");
    this.head.type = "button";
    this.head.addEventListener("click", () => desk.open(this.name));
    this.title = make("span", "unit-title");
    this.line = make("span", "unit-line says");
    this.mark = make("span", "unit-mark");
    this.head.append(this.title, this.line, this.mark);
    const heading = make("h2");
    heading.append(this.head);
    this.node.append(heading);
    this.fields = [];
    this.pieces = new RulingPieces(this);
  }

  get name() {
    return this.unit.unit;
  }

  get acts() {
    return this.desk.acts;
  }

  target(what) {
    return `${what} ${this.name}`;
  }

  // What is chosen of something, an act on its way included.
  chosen(what) {
    const { draft } = this.unit;
    const { chosen, reason, confidence, to_person } = draft;
    const stored = { chosen, reason, confidence, to_person };
    const input = what.startsWith("in:") ? this._input(what.slice(3))?.value ?? "" : stored[what];
    return this.acts.seen("choose", this.target(what), input) || "";
  }

  get choice() {
    return this.chosen("chosen");
  }

  _input(name) {
    return (this.unit.inputs[this.choice] ?? []).find((one) => one.name === name);
  }

  hasInput(name) {
    return Object.values(this.unit.inputs).some((all) => all.some((one) => one.name === name));
  }

  get begun() {
    return this.choice !== "" || this.chosen("reason") !== "" || Boolean(this.unit.draft.rationale);
  }

  // ---- painting -------------------------------------------------------------------------

  update(unit, open, newer) {
    this.unit = unit;
    this.node.classList.toggle("open", open);
    this.node.dataset.state = unit.state;
    this.head.setAttribute("aria-expanded", String(open));
    this.title.textContent = unit.title;
    this.line.textContent = unit.line;
    this.mark.textContent = this._standing();
    this.line.hidden = this.mark.hidden = open;
    const { draft, own, ...still } = unit;
    const inputs = Object.fromEntries(Object.entries(unit.inputs).map(([choice, all]) =>
      [choice, all.map(({ value, ...rest }) => rest)]));
    const print = JSON.stringify({ ...still, inputs, colleagues: this.desk.data.colleagues });
    if (open && print !== this.print) this._build(print);
    if (!this.body) return;
    this.body.hidden = !open;
    if (open) this._refresh(newer);
  }

  _standing() {
    if (this.unit.state === "ruled") return this.begun ? "being ruled again" : "settled";
    if (this.unit.state === "agreed") return this.begun ? "begun" : "agreed";
    if (this.begun) return "begun";
    return this.unit.blocks.length ? this.unit.blocks[0].kind : "";
  }

  _build(print) {
    this.print = print;
    this._stopFields();
    this.body?.remove();
    const { unit } = this;
    this.body = make("div", "unit-body");
    if (unit.text) this.body.append(make("p", "text unit-text", unit.text));
    if (unit.about) this.body.append(make("p", "says", unit.about));
    for (const block of unit.blocks) this.body.append(this._block(block));
    const readings = make("div", "readings");
    this.takes = new Map();
    unit.readings.forEach((reading, at) => readings.append(this._reading(reading, at)));
    this.restored = make("p", "says restored");
    this.ways = this._ways();
    this.editor = make("div", "editor");
    this.why = this._why();
    this.talk = this._discussion();
    this.aside = this._handOn();
    this.body.append(readings, this.talk, this.restored, this.ways, this.aside, this.editor, this.why);
    this.shownChoice = undefined;
    this.node.append(this.body);
  }

  // The same ruling once more, as one's own: both are kept.
  _agreement() {
    const button = make("button", "agree", "Agree with it");
    button.type = "button";
    button.append(make("kbd", "", "y"));
    button.setAttribute("aria-keyshortcuts", "y");
    button.addEventListener("click", () => this.agree());
    const words = make("span", "says", "Or rule otherwise below, and say in the rationale why.");
    const row = make("div", "row");
    row.append(button, words);
    return row;
  }

  _block({ kind, title, lines, readings, agrees }) {
    const block = make("section", "block");
    block.dataset.kind = kind;
    block.setAttribute("aria-label", title);
    block.append(make("p", "block-title", title));
    for (const words of lines) block.append(make("p", "text", words));
    if (readings.length) {
      const list = make("div", "readings");
      list.append(...readings.map((reading) => readingCard(reading)));
      block.append(list);
    }
    if (agrees) block.append(this._agreement());
    return block;
  }

  _reading(reading, at) {
    const card = readingCard(reading);
    const key = String(at + 1);
    const take = this._way(reading.reader, "", key, `Choose reader ${reading.reader}'s reading`);
    take.classList.add("take");
    take.prepend(...card.head.childNodes);
    card.head.append(take);
    return card;
  }

  _ways() {
    const row = make("div", "row ways");
    const { merges, writes, removes } = this.unit;
    if (merges) row.append(this._way("merge", "Merge", "m", "Put together what several readers say"));
    const evidenceOnly = this.pieces.there && !this.unit.inputs.new.length;
    const word = evidenceOnly ? "Mark anew" : "Write new";
    if (writes) row.append(this._way("new", word, "n", "Settle with a value of your own"));
    row.append(this._way("remove", removes[0], "x", removes[1]));
    row.append(this._opener("Discuss", "d", "Ask the readers", () => this.openTalk()));
    if (this._canHandOn()) row.append(this._opener("Hand on", "e", "Leave it to another adjudicator", () => this.openAside()));
    return row;
  }

  _canHandOn() {
    return this.unit.state === "open" && this.desk.data.colleagues.length > 0;
  }

  _opener(word, key, help, act) {
    const button = make("button", "quiet", word);
    button.type = "button";
    button.append(make("kbd", "", key));
    button.setAttribute("aria-label", `${help} (${key})`);
    button.setAttribute("aria-keyshortcuts", key);
    button.addEventListener("click", act);
    return button;
  }

  // ---- asking the readers ---------------------------------------------------------------

  _discussion() {
    const part = make("div", "aside talk");
    for (const { who, at, text } of this.unit.thread) {
      const said = make("div", "message");
      said.append(make("p", "says", `${who} · ${at}`), make("p", "text", text));
      part.append(said);
    }
    this.question = this._field("question", "Your question to all readers, who answer unnamed", this.unit.draft.question, 2);
    const row = make("div", "row");
    const button = make("button", "", "Ask the readers");
    button.type = "button";
    button.addEventListener("click", () => this.ask());
    this.talkSays = make("span", "says", "They see what you write, and nothing else of the others.");
    row.append(button, this.talkSays);
    part.append(this.question.node, row);
    return part;
  }

  openTalk() {
    this.talkOpen = true;
    this.desk.paint();
    this.question.area.focus();
    this.talk.scrollIntoView({ block: "nearest" });
  }

  ask() {
    this.question.typing.flush();
    if (this.question.area.value.trim()) this.acts.do("ask", this.name);
    else this.talkSays.textContent = "Write the question first.";
  }

  // ---- leaving it to a colleague --------------------------------------------------------

  _handOn() {
    const part = make("div", "aside");
    if (!this._canHandOn()) return part;
    this.whom = new Choices(part, this.acts);
    this.note = this._field("note", "What the other adjudicator should know", this.unit.draft.note, 2);
    const row = make("div", "row");
    const button = make("button", "", "Hand it on");
    button.type = "button";
    button.addEventListener("click", () => this.handOn());
    this.noteSays = make("span", "says");
    this.noteSays.setAttribute("role", "status");
    row.append(button, this.noteSays);
    part.append(this.note.node, row);
    return part;
  }

  openAside() {
    if (!this._canHandOn()) return;
    this.asideOpen = true;
    this.desk.paint();
    this.note.area.focus();
    this.aside.scrollIntoView({ block: "nearest" });
  }

  handOn() {
    for (const field of this.fields) field.typing.flush();
    const only = this.desk.data.colleagues.length === 1;
    if (!this.chosen("to_person") && only) {
      this.acts.do("choose", this.target("to_person"), this.desk.data.colleagues[0].value);
    }
    if (!this.note.area.value.trim()) this.noteSays.textContent = "Write a note first.";
    else if (!this.chosen("to_person")) this.noteSays.textContent = "Choose a colleague first.";
    else this.acts.do("hand-on", this.name);
  }

  agree() {
    if (!this.unit.blocks.some((block) => block.agrees)) return;
    for (const field of this.fields) field.typing.flush();
    this.acts.do("agree", this.name);
  }

  _way(choice, word, key, help) {
    const button = make("button", "way");
    button.type = "button";
    button.append(make("span", "word", word), make("kbd", "", key));
    button.setAttribute("aria-label", `${help} (${key})`);
    button.setAttribute("aria-keyshortcuts", key);
    button.addEventListener("click", () => this.choose(choice));
    this.takes.set(choice, button);
    return button;
  }

  _why() {
    const part = make("div", "why");
    const row = make("div", "row settle");
    this.button = make("button", "main");
    this.button.type = "button";
    this.button.setAttribute("aria-keyshortcuts", "Control+Enter");
    this.button.addEventListener("click", () => this.settle());
    this.says = make("span", "says");
    this.says.setAttribute("role", "status");
    row.append(this.button, this.says);
    this.reasons = new Choices(part, this.acts);
    this.rationale = this._field("rationale", "Rationale, if it helps", this.unit.draft.rationale, 2);
    part.append(this.rationale.node, row);
    return part;
  }

  _field(what, label, text, rows) {
    const { max, name } = { max: this.desk.data.most, name: `rulings:${this.desk.data.key}` };
    const field = new ActField(this.acts, { kind: "text", target: this.target(what), label, name, rows, max, guarded: true });
    field.begin(text);
    this.fields.push(field);
    return field;
  }

  _stopFields() {
    for (const field of this.fields) field.stop();
    this.fields = [];
  }

  _refresh(newer) {
    const { choice, unit } = this;
    for (const [way, button] of this.takes) button.setAttribute("aria-pressed", String(way === choice));
    if (choice !== this.shownChoice) this._buildEditor(choice);
    this._refreshEditor(newer);
    this.why.hidden = choice === "";
    this.reasons.update([
      { name: this.target("reason"), label: "Why the readers differ", options: this.desk.data.reasons, value: unit.draft.reason },
      { name: this.target("confidence"), label: "How sure you are", options: this.desk.data.confidences, value: unit.draft.confidence },
    ], false);
    this.rationale.update(unit.draft.rationale, newer, false);
    this._refreshAside(newer);
    const words = [];
    // It stands as long as the page does: what a reload brings along is sent at once.
    if (unit.draft.restored) this.foundAgain = `at ${unit.draft.restored}`;
    else if (this.desk.brought.has(this.name)) this.foundAgain ??= "just before";
    if (this.foundAgain) words.push(`Restored: what you wrote ${this.foundAgain} is here again.`);
    if (unit.draft.outdated) words.push("A reading changed since you wrote this. Choose again.");
    this.restored.textContent = words.join(" ");
    const sent = this.acts.pending.some((act) => act.kind === "settle" && act.target === this.name);
    this.button.replaceChildren(make("span", "", sent ? "Storing" : this._button(choice)), make("kbd", "", "Ctrl Enter"));
    this.button.disabled = sent;
    if (sent) this.says.textContent = "";
  }

  _refreshAside(newer) {
    const { draft, thread } = this.unit;
    this.talkOpen ||= draft.question !== "" || thread.length > 0;
    this.talk.hidden = !this.talkOpen;
    this.question.update(draft.question, newer, false);
    this.asideOpen ||= draft.note !== "";
    this.aside.hidden = !this.asideOpen || !this._canHandOn();
    if (!this._canHandOn()) return;
    this.whom.update([
      { name: this.target("to_person"), label: "Hand it on to", options: this.desk.data.colleagues, value: draft.to_person },
    ], false);
    this.note.update(draft.note, newer, false);
  }

  _button(choice) {
    if (choice === "remove") return this.unit.removes[1];
    return OWN_VALUES.includes(choice) ? "Settle with this" : `Settle with reader ${choice}'s reading`;
  }

  // ---- a value of one's own -------------------------------------------------------------

  _buildEditor(choice) {
    this.shownChoice = choice;
    for (const field of this.inputs ?? []) field.stop();
    this.fields = this.fields.filter((field) => !this.inputs?.includes(field));
    this.inputs = [];
    this.editor.replaceChildren();
    this.ones = null;
    this.editor.hidden = !OWN_VALUES.includes(choice);
    if (this.editor.hidden) return;
    const all = this.unit.inputs[choice] ?? [];
    for (const input of all.filter(({ kind }) => kind !== "one")) {
      const rows = input.kind === "line" ? 1 : 3;
      const field = this._field(`in:${input.name}`, input.label, input.value, rows);
      this.inputs.push(field);
      this.editor.append(field.node);
      if (choice === "merge" && input.kind === "text") this.editor.append(this._insertions(field));
    }
    this.ones = new Choices(this.editor, this.acts);
    if (this.pieces.there) this.editor.append(this.pieces.build());
    else if (!all.length) this.editor.append(make("p", "says", "All spots that readers flagged are taken together."));
  }

  _refreshEditor(newer) {
    if (this.editor.hidden) return;
    const all = this.unit.inputs[this.choice] ?? [];
    const one = ({ name, label, options, value }) => ({ name: this.target(`in:${name}`), label, options, value });
    this.ones.update(all.filter(({ kind }) => kind === "one").map(one), false);
    for (const input of all) {
      const field = this.inputs.find((other) => other.target === this.target(`in:${input.name}`));
      field?.update(input.value, newer, false);
    }
    const maximum = this.inputs.find((field) => field.target === this.target("in:maximum"));
    if (maximum) maximum.node.hidden = this.chosen("in:kind") !== "ordinal";
    if (this.pieces.there) this.pieces.refresh();
  }

  // Puts another reader's words in where the cursor is.
  _insertions(field) {
    const row = make("div", "row insertions");
    for (const [reader, text] of this.unit.texts) {
      const button = make("button", "quiet", `Put in reader ${reader}'s words`);
      button.type = "button";
      button.addEventListener("click", () => {
        const { area } = field;
        area.focus();
        area.setRangeText(text, area.selectionStart, area.selectionEnd, "end");
        area.dispatchEvent(new InputEvent("input", { bubbles: true }));
      });
      row.append(button);
    }
    return row;
  }

  // ---- acts -----------------------------------------------------------------------------

  can(choice) {
    return this.takes?.has(choice) ?? false;
  }

  choose(choice) {
    if (!this.can(choice)) return false;
    const before = this.choice;
    for (const field of this.fields) field.typing.flush();
    this.acts.do("choose", this.target("chosen"), choice);
    // What one turns to starts from its own: ticks of a merge are not those of a new value.
    if (before !== choice && this.unit.offered.length) this.acts.do("tick", this.name, null);
    this.says.textContent = "";
    this.desk.paint();
    if (OWN_VALUES.includes(choice)) this._intoEditor();
    return true;
  }

  _intoEditor() {
    const first = this.inputs[0]?.area ?? this.editor.querySelector("input");
    first?.focus({ preventScroll: true });
    this.editor.scrollIntoView({ block: "nearest" });
  }

  // What is still missing, as the group to answer; null when all is there.
  missing() {
    if (!this.choice) return { words: "Choose a reading first, or write a value of your own." };
    const asked = [["reason", "Choose why the readers differ."], ["confidence", "Say how sure you are."]];
    const found = asked.find(([what]) => !this.chosen(what));
    return found ? { words: found[1], group: found[0] } : null;
  }

  // On to what has to be said next: why, how sure, then the button. Whoever comes from a reading
  // is asked what is missing first, and where nothing is, to look at both answers again.
  goOn(from = "") {
    const lacks = this.missing();
    const group = this._next(from, lacks);
    if (group) this._ask(group);
    else if (this.choice) this.button.focus();
    this.says.textContent = lacks && !lacks.group ? lacks.words : "";
    (group ? this.why : this.button).scrollIntoView({ block: "nearest" });
  }

  _next(from, lacks) {
    if (!this.choice) return null;
    if (from === "reason" && this.chosen("reason")) return "confidence";
    return lacks?.group ?? (from ? null : "reason");
  }

  // The question a radio button answers: "reason", "confidence", or "" where it is none of them.
  asks(at) {
    const asked = (group) => this.reasons?.groups.get(this.target(group))?.inputs.includes(at);
    return ["reason", "confidence"].find(asked) ?? "";
  }

  _ask(group) {
    const inputs = this.reasons.groups.get(this.target(group)).inputs;
    (inputs.find((input) => input.checked) ?? inputs[0]).focus({ preventScroll: true });
  }

  // A digit answers the question that has the focus, and on the button the last one, how sure
  // one is; there it never turns to another reading. False where nothing of it has the focus.
  answer(at, number) {
    const last = at === this.button ? this.reasons.groups.get(this.target("confidence")) : null;
    const asked = [this.reasons, this.ones, this.whom].flatMap((some) => [...(some?.groups.values() ?? [])]);
    const known = last ?? asked.find((group) => group.inputs.includes(at));
    if (!known) return false;
    const input = known.inputs[number - 1];
    if (input && !input.checked) input.click();
    if (input && this.asks(at)) this.goOn(this.asks(at));
    else if (input && !last) input.focus({ preventScroll: true });
    return true;
  }

  settle() {
    for (const field of this.fields) field.typing.flush();
    const lacks = this.missing();
    if (lacks) {
      if (lacks.group) this._ask(lacks.group);
      this.says.textContent = lacks.words;
      return;
    }
    this.says.textContent = "";
    announce({ type: "flush" });
    this.acts.do("settle", this.name);
    this.desk.paint();
  }

  late() {
    for (const field of this.fields) field.late();
  }

  // A unit that is gone from the desk takes its fields along, and what was typed in them.
  leave() {
    for (const field of this.fields) field.forget();
    this.node.remove();
  }

  stop() {
    this._stopFields();
    this.node.remove();
  }
}
