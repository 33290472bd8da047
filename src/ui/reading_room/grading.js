// A model's answer and the criteria it is graded by; see grading.py for the contract with the
// server. Its keys are answered before those of the images; none fires while somebody types.
const NOT_OURS =
  "dialog, [role=dialog], [role=listbox], [role=option], [role=menu], [role=menuitem], canvas";
const CANNOT = "cannot";
const PATIENCE = 6000; // milliseconds to wait for what was typed to be stored
const AGAIN = 400; // milliseconds within which a second click is a double click, not a taking back

class GradeCard {
  constructor(desk, card) {
    Object.assign(this, { desk, id: card.criterion_id, inputs: [] });
    this.node = make("li", "card");
    this.node.setAttribute("aria-label", `Criterion ${card.number}`);
    const head = make("div", "card-head");
    head.append(make("span", "number", String(card.number)), make("span", "text", card.text));
    this.node.append(head);
    if (card.about) this.node.append(make("p", "about", card.about));
    this.node.append(this._scale(card));
    this.note = new ActField(desk.acts, {
      kind: "note", target: this.id, label: `Note on criterion ${card.number}`,
      name: `grading:${desk.data.key}`, rows: 1, max: desk.data.most, placeholder: "A note, if you like",
    });
    this.note.begin(card.note);
    this.note.area.setAttribute("aria-label", `Note on criterion ${card.number}`);
    this.node.append(this.note.node);
    this.node.addEventListener("focusin", () => desk.activate(this.id, false));
    this.node.addEventListener("pointerdown", () => desk.activate(this.id, false));
  }

  _scale(card) {
    const scale = make("div", "options");
    scale.setAttribute("role", "radiogroup");
    scale.setAttribute("aria-label", `Criterion ${card.number}: ${card.text}`);
    const name = `g${Math.random().toString(36).slice(2)}`;
    for (const option of card.options) {
      const label = make("label", "option");
      const input = make("input");
      Object.assign(input, { type: "radio", name, value: option.value });
      input.addEventListener("click", () => this._clicked(option.value));
      const key = option.value === CANNOT ? "?" : option.value;
      label.append(input, make("span", "word", option.word), make("kbd", "", key));
      this.inputs.push(input);
      scale.append(label);
    }
    return scale;
  }

  get value() {
    return this.desk.acts.seen("grade", this.id, this.stored);
  }

  update(card, newer) {
    this.stored = card.value;
    this.note.update(card.note, newer, false);
    this.show();
  }

  show() {
    const { value } = this;
    for (const input of this.inputs) input.checked = input.value === value;
    this.node.classList.toggle("said", value !== null);
  }

  offers(value) {
    return this.inputs.some((input) => input.value === value);
  }

  grade(value) {
    this.at = Date.now();
    this.desk.acts.do("grade", this.id, value);
    this.show();
    this.desk.paint();
  }

  _clicked(value) {
    if (this.value !== value) this.grade(value);
    else if (Date.now() - (this.at ?? 0) > AGAIN) this.grade(null);
  }
}

class GradingDesk {
  constructor(root, data) {
    this.acts = new Acts(data);
    this.acts.onLate = () => this._late();
    this.data = data;
    this.root = make("section", "sheet-part grading");
    this.root.setAttribute("aria-label", "Grading");
    root.append(this.root);
    const answer = make("section", "answer");
    answer.setAttribute("aria-label", "The answer to grade");
    this.answer = make("div", "text");
    answer.append(make("h2", "", "The answer to grade"), this.answer);
    this.list = make("ol", "cards");
    this.cards = data.cards.map((card) => new GradeCard(this, card));
    this.list.append(...this.cards.map((card) => card.node));
    this.root.append(answer, make("h2", "", "Does the answer meet each criterion?"), this.list, this._end());
    this.memory = remembered(`grading-place:${data.key}`, () => ({}));
    this.onKey = (event) => this._key(event);
    window.addEventListener("keydown", this.onKey, true);
  }

  _end() {
    const end = make("div", "end");
    this.button = make("button", "main");
    this.button.type = "button";
    this.button.setAttribute("aria-keyshortcuts", "Enter");
    this.button.addEventListener("click", () => this.submit());
    this.says = make("div", "says");
    this.says.setAttribute("role", "status");
    this.saved = make("div", "says saved");
    end.append(this.button, this.says, this.saved);
    const keys = make("p", "says keys");
    const map = [["j k", "next, previous criterion"], ["1 0", "met, not met"], ["?", "cannot judge"],
      ["n", "note"], ["⌫", "take back"], ["Enter", "send"]];
    for (const [key, words] of map) keys.append(make("kbd", "", key), ` ${words} `);
    end.append(keys);
    return end;
  }

  stop() {
    this.gone = true;
    window.removeEventListener("keydown", this.onKey, true);
    for (const card of this.cards) card.note.stop();
    this.acts.stop();
    this.root.remove();
  }

  update(data, set) {
    const newer = data.rev > this.data.rev;
    this.data = data;
    this.answer.textContent = data.answer;
    this.acts.heard(data, set);
    data.cards.forEach((card, at) => this.cards[at].update(card, newer));
    this.sent = this.storing || this.acts.pending.some((act) => act.kind === "submit");
    this.saved.textContent = data.saved;
    this.activate(this.memory.active ?? this._first(), false);
    this.paint();
  }

  _late() {
    for (const card of this.cards) card.note.late();
    this.saved.textContent = "Waiting for the server. What you said is kept.";
  }

  get missing() {
    return this.cards.filter((card) => card.value === null);
  }

  _first() {
    return (this.missing[0] ?? this.cards[0])?.id;
  }

  paint() {
    const { missing } = this;
    const word = this.sent ? "Storing" : this.data.submit;
    this.button.replaceChildren(make("span", "", word), make("kbd", "", "Enter"));
    this.button.disabled = this.sent;
    this.button.classList.toggle("waiting", missing.length > 0);
    const left = missing.length === 1 ? "1 criterion is" : `${missing.length} criteria are`;
    this.says.textContent = missing.length ? `${left} not graded yet.` : "Every criterion is graded.";
  }

  activate(id, reveals) {
    const card = this.cards.find((one) => one.id === id) ?? this.cards[0];
    if (!card) return;
    this.memory.active = card.id;
    for (const one of this.cards) {
      one.node.classList.toggle("active", one === card);
      if (one === card) one.node.setAttribute("aria-current", "true");
      else one.node.removeAttribute("aria-current");
    }
    if (!reveals) return;
    card.node.scrollIntoView({ block: "nearest" });
    // The card's own scale takes the focus, so that who hears the page hears where they are.
    const input = card.inputs.find((one) => one.checked) ?? card.inputs[0];
    input.focus({ preventScroll: true });
  }

  get active() {
    return this.cards.find((card) => card.id === this.memory.active);
  }

  submit() {
    if (this.sent) return;
    announce({ type: "flush" });
    const [first] = this.missing;
    if (first) {
      this.activate(first.id, true);
      return;
    }
    this.sent = this.storing = true;
    this.paint();
    this._whenStored(Date.now() + PATIENCE);
  }

  // A desk that is gone sends nothing: nobody would take its act off the list of what waits.
  _whenStored(until) {
    if (this.gone) return undefined;
    if (!everythingStored() && Date.now() < until) {
      return void setTimeout(() => this._whenStored(until), 20);
    }
    this.storing = false;
    if (everythingStored()) return void this.acts.do("submit", "");
    this.sent = false;
    this.paint();
    this.says.textContent = "Waiting for the server. What you said is kept.";
    return undefined;
  }

  _key(event) {
    const at = origin(event);
    if (event.rareReviewHeld || event.isComposing || !at.closest) return;
    if (!this._answers(event, at)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }

  _answers(event, at) {
    const held = event.ctrlKey || event.metaKey;
    if (event.key === "Enter" && held && (this.root.contains(at) || !isEditable(at))) return this._send(event);
    if (isEditable(at)) return event.key === "Escape" && this.root.contains(at) && this._leave(at);
    if (held || event.altKey || at.closest(NOT_OURS) || document.rareReviewDialog?.open) return false;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (["r", "c"].includes(key)) return true; // Streamlit would rerun, or offer to clear its cache.
    if (key === "Enter") return !this._isPress(at) && this._send(event);
    if (key === "j" || key === "k") return this._move(key === "j" ? 1 : -1);
    if (key === "n") return this._write();
    if (key === "Backspace") return this._say(null, event);
    if (key === "?") return this._say(CANNOT, event);
    return /^[0-9]$/.test(key) && this._say(key, event);
  }

  // A button or link does what it says; a radio of a scale has nothing to do by Enter.
  _isPress(at) {
    return at.closest("button, a, summary, [role=button], [role=tab], [role=slider]") !== null;
  }

  _send(event) {
    if (!event.repeat) this.submit();
    return true;
  }

  _leave(area) {
    area.blur();
    this.activate(this.memory.active, true);
    return true;
  }

  _move(step) {
    const at = this.cards.indexOf(this.active) + step;
    const card = this.cards[Math.min(Math.max(at, 0), this.cards.length - 1)];
    if (card) this.activate(card.id, true);
    return true;
  }

  _write() {
    const { active } = this;
    if (!active) return false;
    active.node.scrollIntoView({ block: "nearest" });
    active.note.area.focus({ preventScroll: true });
    return true;
  }

  // A digit the scale has not is no key of the images either: it was meant for the criterion.
  _say(value, event) {
    const { active } = this;
    if (!active) return false;
    if (this.sent) return true; // What is being sent is not changed any more.
    if (!event.repeat && (value === null ? active.value !== null : active.offers(value))) active.grade(value);
    active.node.scrollIntoView({ block: "nearest" });
    return true;
  }
}

export default function ({ parentElement, data, setStateValue }) {
  parentElement._grading ??= new GradingDesk(parentElement, data);
  parentElement._grading.update(data, setStateValue);
  return () => {
    parentElement._grading?.stop();
    delete parentElement._grading;
  };
}
