// The rubric as cards; see rubric.py for the contract with the server. A card is edited here at
// once; what is on its way is laid over what is stored, so nothing waits for an answer.
const FIELDS = ["text", "points", "required", "kind", "maximum"];
const STEP = 0.5;
const NEEDS_WORDS = "A criterion needs words. Its last words are kept.";

function pointsOf(value) {
  const size = Math.abs(value);
  return `${value < 0 ? "−" : "+"}${size} ${size === 1 ? "point" : "points"}`;
}

function scaleOf(card) {
  const words = card.required ? [] : ["optional"];
  if (card.kind === "ordinal") words.push(`graded 0 to ${card.maximum}`);
  return words;
}

function button(label, className, act) {
  const node = make("button", className, label);
  node.type = "button";
  node.addEventListener("click", act);
  return node;
}

function labelled(text, field, className = "field") {
  const box = make("div", className);
  const label = make("label", "label", text);
  field.id = `l${Math.random().toString(36).slice(2)}`;
  label.htmlFor = field.id;
  box.append(label, field);
  return box;
}

function diffNodes(parts) {
  const tags = { same: "span", added: "ins", removed: "del" };
  return parts.map((part) => make(tags[part.kind], "", part.text));
}

function same(one, other) {
  return JSON.stringify(one) === JSON.stringify(other);
}

function leadTo(piece) {
  if (piece.field) {
    announce({ type: "scroll", field: piece.field, start: piece.start, end: piece.end });
  } else if (piece.sha256) {
    const [x, y, width, height] = piece.box ?? [];
    const box = piece.box ? { x, y, width, height } : undefined;
    announce({ type: "show", sha256: piece.sha256, box });
  }
}

// Lays one act that is on its way over a card.
function withAct(card, act) {
  if (act.kind === "keep") {
    const { before, original } = card;
    return { ...card, ...before, text: original, parts: [], state: "kept", reason: "", note: "" };
  }
  if (act.kind === "delete") return { ...card, state: "deleted", reason: act.value };
  if (act.kind === "add") return { ...card, text: act.value };
  const now = { ...card, [act.kind]: act.value };
  if (act.kind === "text") now.parts = [];
  if (act.kind === "kind") now.maximum = act.value === "ordinal" ? Math.max(2, card.maximum) : 1;
  if (FIELDS.includes(act.kind) && now.state === "kept") now.state = "edited";
  return now;
}

// What is being saved, in a word beside the field; `kinds` are the acts the field sends.
class Saying {
  constructor(rubric, key, kinds) {
    Object.assign(this, { rubric, key, kinds });
    this.node = make("span", "status");
    this.node.setAttribute("role", "status");
    this.sent = new Map();
  }

  do(kind, value) {
    this.sent.set(kind, value);
    this.rubric.do(kind, this.key, value);
  }

  say(words, kind = "") {
    if (this.node.textContent !== words) this.node.textContent = words;
    this.node.dataset.kind = kind;
  }

  follow(stored) {
    if (!this.sent.size) return;
    if (this.rubric.waits(this.key, this.kinds)) {
      this.say("Saving");
      return;
    }
    const kept = [...this.sent].every(
      ([kind, value]) => stored && same(stored[kind === "add" ? "text" : kind], value),
    );
    this.sent.clear();
    if (kept) this.say("Saved");
    else this.say("Not saved. What you wrote stays here.", "late");
  }
}

// A text of a card: sent while one types, its memory outlives a remount.
class CardText {
  constructor(view, kind, label, rows, put) {
    const { rubric, key } = view;
    this.kind = kind;
    this.saying = new Saying(rubric, key, kind === "text" ? ["text", "add"] : [kind]);
    this.area = make("textarea", "area");
    this.area.rows = rows;
    this.area.spellcheck = true;
    this.label = make("label", "label", label);
    this.area.id = `r${Math.random().toString(36).slice(2)}`;
    this.label.htmlFor = this.area.id;
    const head = make("div", "head");
    head.append(this.label, this.saying.node);
    this.node = make("div", "field");
    this.node.append(head, this.area);
    const kinds = this.saying.kinds;
    const channel = {
      get settled() {
        return !rubric.waits(key, kinds);
      },
      whenSettled: (act, most) => rubric.acts.whenSettled(act, most),
    };
    const limit = rubric.data.limits.text;
    this.typing = new Typing(this.area, {
      channel,
      put: (text) => put(text, this.saying),
      memory: rubric.typed(`${key}:${kind}`),
      max: limit,
      onInput: (cut) => this.saying.say(cut ? `At most ${limit} characters: the rest was cut.` : ""),
    });
  }

  // The stored text wins when the server's revision grew and nothing here is on its way.
  accept(card, grew) {
    this.saying.follow(this.stored);
    if (!grew && this.shown) return;
    if (this.typing.busy) {
      if (grew) this.typing.again();
    } else this.typing.show(card[this.kind]);
    this.shown = true;
  }

  reset(text) {
    this.typing.flush();
    this.typing.show(text);
    this.saying.sent.clear();
    this.saying.say("");
  }
}

class CardView {
  constructor(rubric, key) {
    Object.assign(this, { rubric, key });
    this.node = make("li", "card");
    this.node.dataset.key = key;
    this._line();
    this.hints = make("ul", "hints");
    this.hints.setAttribute("aria-live", "polite");
    this.body = make("div", "body");
    this.body.id = `b${Math.random().toString(36).slice(2)}`;
    this.body.hidden = true;
    this.open.setAttribute("aria-controls", this.body.id);
    this.node.append(this.line, this.hints, this.body);
    this.node.addEventListener("keydown", (event) => this._key(event));
    // A press on a button leaves the field its focus: leaving it would move the button away.
    this.node.addEventListener("mousedown", (event) => {
      if (event.target.closest("button")) event.preventDefault();
    });
  }

  _line() {
    this.line = make("div", "line");
    this.number = make("span", "number");
    this.points = make("span", "points");
    const words = make("div", "words");
    this.text = make("p", "text");
    this.state = make("p", "says");
    words.append(this.text, this.state);
    this.open = button("Edit", "quiet open", () => this.rubric.toggle(this.key));
    this.line.append(this.number, this.points, words, this.open);
  }

  _key(event) {
    if (event.key !== "Escape" || this.body.hidden) return;
    event.stopPropagation();
    this.rubric.toggle(this.key);
    this.open.focus();
  }

  stop() {
    for (const field of this.texts ?? []) field.typing.stop();
    this.node.remove();
  }

  show(card, stored, grew) {
    this.card = card;
    this.node.dataset.state = card.state;
    this.number.textContent = card.number;
    this.points.textContent = pointsOf(card.points);
    this._showState(card);
    this._showHints(card);
    const isOpen = this.rubric.isOpen(this.key);
    if (isOpen) this._build();
    this.body.hidden = !isOpen;
    this.open.textContent = isOpen ? "Close" : card.state === "deleted" ? "Change" : "Edit";
    this.open.setAttribute("aria-label", `${this.open.textContent} criterion ${card.number}`);
    this.open.setAttribute("aria-expanded", String(isOpen));
    this.open.hidden = this.rubric.data.readonly;
    this._showText(card, isOpen);
    if (this.texts) this._showBody(card, stored, grew);
  }

  // While it lies open the head shows the criterion as written, and the diff is under the field.
  _showText(card, isOpen) {
    const parts = isOpen ? [] : card.parts;
    const plain = isOpen && card.state !== "own" ? card.original : card.text;
    const shown = JSON.stringify([parts, plain]);
    if (this.textShown === shown) return;
    this.textShown = shown;
    if (parts.length) this.text.replaceChildren(...diffNodes(parts));
    else this.text.textContent = plain || "A criterion you found missing";
  }

  _showState(card) {
    const { reasons } = this.rubric.data;
    const reason = reasons.find(([value]) => value === card.reason)?.[1];
    const words = scaleOf(card);
    if (card.state === "own") words.push("added by you");
    if (card.state === "deleted") words.push(`to be deleted: ${(reason ?? "").toLowerCase()}`);
    if (card.was) words.push(`was ${card.was}`);
    if (card.state === "edited") words.push(reason ? `why: ${reason.toLowerCase()}` : "say why");
    if (card.evidence.length) {
      words.push(`${card.evidence.length} ${card.evidence.length === 1 ? "mark" : "marks"}`);
    }
    const line = words.join(" · ");
    this.state.textContent = line.charAt(0).toUpperCase() + line.slice(1);
    this.state.hidden = !line;
  }

  _showHints(card) {
    const isOpen = this.rubric.isOpen(this.key);
    const words = card.hints.filter((hint) => isOpen || !hint.quiet).map((hint) => hint.words);
    if (same(words, this.hinted)) return;
    this.hinted = words;
    this.hints.replaceChildren(...words.map((line) => make("li", "", line)));
  }

  _build() {
    if (this.texts) return;
    const own = this.key.startsWith("added:");
    const label = own ? "What an answer must say, or must not say" : "In better words";
    this.words = new CardText(this, "text", label, 2, (text, saying) => this._putText(text, saying));
    this.note = new CardText(this, "note", "Note", 1, (text, saying) => saying.do("note", text));
    this.texts = [this.words, this.note];
    this.diff = make("p", "diff text");
    this.row = new Saying(this.rubric, this.key, ["points", "required", "kind", "maximum", "reason"]);
    this.body.append(
      this.words.node, this.diff, this._scaleRow(), this._whyField(), this.note.node,
      this._evidence(), this._buttons(own),
    );
  }

  _putText(text, saying) {
    if (!text.trim()) {
      saying.say(NEEDS_WORDS, "late");
      return;
    }
    const { rubric, key } = this;
    const begun = rubric.stored(key) || rubric.waits(key, ["add"]) || !key.startsWith("added:");
    saying.do(begun ? "text" : "add", text);
  }

  _scaleRow() {
    this.pointsInput = this._number(-this.rubric.data.limits.points, this.rubric.data.limits.points);
    this.pointsInput.step = "any";
    const sender = this._sends(this.pointsInput, "points");
    const steps = make("div", "stepper");
    for (const [sign, by] of [["−", -STEP], ["+", STEP]]) {
      const step = button(sign, "step", () => sender(this._stepped(by)));
      step.setAttribute("aria-label", by < 0 ? "Half a point less" : "Half a point more");
      steps.append(step);
    }
    const input = labelled("Points", this.pointsInput);
    steps.firstChild.after(input);
    this.required = make("input");
    this.required.type = "checkbox";
    this.required.addEventListener("change", () => this.row.do("required", this.required.checked));
    const needed = make("label", "check");
    needed.append(this.required, make("span", "", "Required"));
    this.kind = make("select");
    for (const [value, words] of [["binary", "Met or not met"], ["ordinal", "Graded from 0"]]) {
      this.kind.append(new Option(words, value));
    }
    this.kind.addEventListener("change", () => this.row.do("kind", this.kind.value));
    const { lowest, highest } = this.rubric.data.limits;
    this.maximum = this._number(lowest, highest);
    this._sends(this.maximum, "maximum");
    this.maximumField = labelled("up to", this.maximum, "field short");
    const row = make("div", "row scale");
    row.append(steps, labelled("How it is judged", this.kind), this.maximumField, needed, this.row.node);
    return row;
  }

  _number(lowest, highest) {
    const input = make("input");
    input.type = "number";
    Object.assign(input, { min: lowest, max: highest });
    return input;
  }

  _stepped(by) {
    const now = Number.isFinite(this.pointsInput.valueAsNumber)
      ? this.pointsInput.valueAsNumber
      : this.card.points;
    const { points } = this.rubric.data.limits;
    const next = Math.max(-points, Math.min(points, Math.round((now + by) * 100) / 100));
    this.pointsInput.value = String(next);
    return next;
  }

  // Sends a number half a second after the last key, or when the field is left.
  _sends(input, kind) {
    let timer = 0;
    const send = (value) => {
      clearTimeout(timer);
      if (!Number.isFinite(value) || value < Number(input.min) || value > Number(input.max)) {
        this.row.say(`A number from ${input.min} to ${input.max}, please.`, "late");
        return;
      }
      const seen = this.rubric.seen(this.key);
      if (seen && seen[kind] !== value) this.row.do(kind, value);
    };
    const now = () => send(input.valueAsNumber);
    input.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(now, PAUSE);
    });
    input.addEventListener("change", now);
    return send;
  }

  _whyField() {
    this.why = make("select");
    this.why.append(new Option("Choose why", ""));
    for (const [value, words] of this.rubric.data.reasons) this.why.append(new Option(words, value));
    this.why.addEventListener("change", () => {
      if (!this.why.value) return;
      if (this.card.state === "deleted") this.rubric.do("delete", this.key, this.why.value);
      else this.row.do("reason", this.why.value);
    });
    this.whyField = labelled("Why", this.why);
    return this.whyField;
  }

  _evidence() {
    const box = make("div", "evidence");
    this.chips = make("div", "row chips");
    this.sources = make("select");
    this.sources.setAttribute("aria-label", "Evidence to link");
    this.link = button("Link", "", () => this._link());
    const row = make("div", "row linking");
    row.append(this.sources, this.link);
    box.append(make("span", "label", "Evidence"), this.chips, row);
    return box;
  }

  _link() {
    const source = this.rubric.data.sources[Number(this.sources.value)];
    if (source) this._wantEvidence([...new Set([...this.card.evidence, ...source.tokens])]);
  }

  _wantEvidence(tokens) {
    this.rubric.do("evidence", this.key, tokens);
  }

  _buttons(own) {
    this.keep = button("Keep it as it was", "quiet", () => this._keepIt());
    this.remove = own
      ? button("Remove", "quiet", () => this.rubric.remove(this.key))
      : button("Delete", "quiet", () => this._askWhy(this.reasons.hidden));
    this.up = button("Up", "quiet", () => this.rubric.move(this.key, -1));
    this.down = button("Down", "quiet", () => this.rubric.move(this.key, 1));
    this.reasons = make("div", "row reasons");
    this.reasons.setAttribute("role", "group");
    this.reasons.setAttribute("aria-label", "Reasons to delete it");
    this.reasons.append(make("span", "says", "Why should it go?"));
    for (const [value, words] of this.rubric.data.reasons) {
      this.reasons.append(button(words, "", () => this._delete(value)));
    }
    const box = make("div", "acts");
    const row = make("div", "row");
    row.append(this.keep, this.remove, make("span", "gap"), this.up, this.down);
    box.append(row, this.reasons);
    this._askWhy(false);
    return box;
  }

  _askWhy(asks) {
    this.reasons.hidden = !asks;
    if (!this.key.startsWith("added:")) this.remove.setAttribute("aria-expanded", String(asks));
    if (asks) this.reasons.querySelector("button").focus();
  }

  // A number just written is sent before what is done next, not after it.
  _leaveField() {
    const field = this.node.getRootNode().activeElement;
    if (field?.tagName === "INPUT" && this.node.contains(field)) field.blur();
  }

  _delete(reason) {
    this._leaveField();
    this.words.typing.flush();
    this._askWhy(false);
    this.rubric.close(this.key);
    this.rubric.do("delete", this.key, reason);
    this.open.focus();
  }

  _keepIt() {
    this._leaveField();
    this.words.reset(this.card.original);
    this.note.reset("");
    this.row.sent.clear();
    this.row.say("");
    this.rubric.do("keep", this.key, null);
    this.open.focus();
  }

  _showBody(card, stored, grew) {
    const deleted = card.state === "deleted";
    const own = card.state === "own";
    const begun = !own || Boolean(card.text);
    for (const field of this.texts) {
      field.stored = stored;
      field.accept(card, grew);
    }
    this.row.follow(stored);
    for (const node of [this.words.node, this.row.node.parentElement]) node.hidden = deleted;
    // Its place is kept while it waits for words: nothing jumps at the first letter.
    for (const node of [this.row.node.parentElement, this.note.node, this.chips.parentElement]) {
      node.inert = !begun;
    }
    this.diff.hidden = deleted || !card.parts.length;
    if (!same(this.diffShown, card.parts)) {
      this.diffShown = card.parts;
      this.diff.replaceChildren(...diffNodes(card.parts));
    }
    this._fill(this.pointsInput, card.points);
    this._fill(this.maximum, card.maximum);
    this.required.checked = card.required;
    this._fill(this.kind, card.kind);
    this.maximumField.hidden = card.kind !== "ordinal";
    this._fill(this.why, card.reason);
    this.whyField.hidden = !(deleted || card.state === "edited");
    this.whyField.dataset.missing = String(card.state === "edited" && !card.reason);
    this.note.node.hidden = card.state === "kept" && !card.note;
    this.keep.hidden = own || card.state === "kept";
    this.keep.textContent = deleted ? "Keep it after all" : "Keep it as it was";
    if (!own) this.remove.hidden = deleted;
    this._showEvidence(card);
    this.up.disabled = this.rubric.isFirst(this.key);
    this.down.disabled = this.rubric.isLast(this.key);
  }

  // What somebody is just changing is left alone.
  _fill(input, value) {
    if (this.node.getRootNode().activeElement === input && input.type === "number") return;
    if (input.value !== String(value)) input.value = String(value);
  }

  _showEvidence(card) {
    const { sources, pieces } = this.rubric.data;
    this.chips.parentElement.hidden = card.state === "deleted";
    const words = sources.map((source) => source.words);
    if (!same(this.sourcesShown, words)) {
      this.sourcesShown = words;
      this.sources.replaceChildren(...words.map((line, place) => new Option(line, String(place))));
    }
    this.link.disabled = !words.length;
    if (same(this.chipsShown, card.evidence)) return;
    this.chipsShown = card.evidence;
    this.chips.replaceChildren(...card.evidence.map((token) => this._chip(token, pieces[token])));
  }

  _chip(token, piece) {
    const words = piece?.words ?? "Evidence";
    const chip = make("span", "chip");
    const go = button(words, "quiet", () => piece && leadTo(piece));
    const drop = button("×", "quiet", () => {
      this._wantEvidence(this.card.evidence.filter((other) => other !== token));
      this.sources.focus();
    });
    drop.setAttribute("aria-label", `Unlink ${words}`);
    chip.append(go, drop);
    return chip;
  }
}

class Rubric {
  constructor(root, data) {
    this.data = data;
    this.rev = data.rev;
    this.acts = new Acts(data);
    this.acts.onLate = () => this._late();
    this.memory = remembered(`rubric:${data.key}`, () => ({ open: new Set(), typed: {}, begun: [] }));
    this.views = new Map();
    this.box = make("div", "sheet-part rubric");
    this.list = make("ol", "cards");
    this.empty = make("p", "says", "This item came without a rubric.");
    this.whole = make("ul", "hints whole");
    this.whole.setAttribute("aria-live", "polite");
    this.add = button("Add a criterion", "quiet add", () => this._begin());
    this.fixed = make("details", "fixed");
    this.box.append(this.list, this.empty, this.whole, this.add, this.fixed);
    for (const kind of ["keydown", "keypress", "keyup"]) {
      this.box.addEventListener(kind, (event) => this._guard(event));
    }
    root.append(this.box);
    this._showFixed();
  }

  // Plain letters typed into a field stay here; Streamlit and the viewer take some as shortcuts.
  _guard(event) {
    if (!event.ctrlKey && !event.metaKey && isEditable(origin(event))) event.stopPropagation();
  }

  stop() {
    for (const view of this.views.values()) view.stop();
    this.acts.stop();
    this.box.remove();
  }

  update(data, set) {
    const grew = data.rev > this.rev;
    this.rev = Math.max(this.rev, data.rev);
    this.data = data;
    this.acts.heard(data, set);
    const known = new Set(data.cards.map((card) => card.key));
    this.memory.begun = this.memory.begun.filter((key) => !known.has(key));
    this._render(grew);
  }

  typed(name) {
    return (this.memory.typed[name] ??= {});
  }

  isOpen(key) {
    return !this.data.readonly && this.memory.open.has(key);
  }

  waits(key, kinds) {
    return this.acts.pending.some((act) => act.target === key && kinds.includes(act.kind));
  }

  stored(key) {
    return this.data.cards.find((card) => card.key === key);
  }

  seen(key) {
    return this.cards.find((card) => card.key === key);
  }

  isFirst(key) {
    return this.cards[0]?.key === key;
  }

  isLast(key) {
    return this.cards[this.cards.length - 1]?.key === key;
  }

  do(kind, target, value) {
    this.acts.do(kind, target, value);
    this._render(false);
  }

  toggle(key) {
    if (this.memory.open.has(key)) this.close(key);
    else this.memory.open.add(key);
    this._render(false);
    const view = this.views.get(key);
    if (this.isOpen(key)) for (const field of view.texts) field.typing.grow();
  }

  close(key) {
    for (const field of this.views.get(key)?.texts ?? []) field.typing.flush();
    this.memory.open.delete(key);
    this.memory.begun = this.memory.begun.filter((one) => one !== key || this.waits(key, ["add"]));
  }

  remove(key) {
    this.memory.open.delete(key);
    this.memory.begun = this.memory.begun.filter((one) => one !== key);
    if (this.stored(key) || this.waits(key, ["add"])) this.do("remove", key, null);
    else this._render(false);
    this.add.focus();
  }

  move(key, by) {
    const keys = this.cards.map((card) => card.key);
    const place = keys.indexOf(key);
    const other = place + by;
    if (other < 0 || other >= keys.length) return;
    [keys[place], keys[other]] = [keys[other], keys[place]];
    this.do("order", "", keys.filter((one) => !this.memory.begun.includes(one)));
    const view = this.views.get(key);
    const wanted = by < 0 ? view.up : view.down;
    (wanted.disabled ? view.open : wanted).focus();
    view.node.scrollIntoView({ block: "nearest" });
  }

  _begin() {
    const random = Math.random().toString(36).slice(2, 8).padEnd(6, "0");
    const key = `added:n${Date.now().toString(36)}${random}`;
    this.memory.begun.push(key);
    this.memory.open.add(key);
    this._render(false);
    this.views.get(key).words.area.focus();
  }

  _blank(key) {
    return {
      key, number: 0, text: "", points: 1, required: true, kind: "binary", maximum: 1,
      state: "own", was: "", original: "", parts: [], reason: "", asks_reason: false, note: "",
      evidence: [], hints: [], before: null,
    };
  }

  // The cards as the reader sees them: stored, begun here, and with what is on its way.
  _seen() {
    let cards = [...this.data.cards, ...this.memory.begun.map((key) => this._blank(key))];
    for (const act of this.acts.pending) {
      if (act.kind === "remove") cards = cards.filter((card) => card.key !== act.target);
      else if (act.kind === "order") cards = this._ordered(cards, act.value);
      else cards = cards.map((card) => (card.key === act.target ? withAct(card, act) : card));
    }
    return cards.map((card, place) => ({ ...card, number: place + 1 }));
  }

  _ordered(cards, keys) {
    const place = (card) => (keys.includes(card.key) ? keys.indexOf(card.key) : keys.length);
    return [...cards].sort((one, other) => place(one) - place(other));
  }

  _render(grew) {
    this.cards = this._seen();
    const known = new Set(this.cards.map((card) => card.key));
    for (const [key, view] of this.views) {
      if (known.has(key)) continue;
      view.stop();
      this.views.delete(key);
    }
    for (const card of this.cards) this._view(card.key).show(card, this.stored(card.key), grew);
    this._place();
    this.empty.hidden = this.cards.length > 0;
    this.add.hidden = this.data.readonly;
    this._showWhole();
  }

  _view(key) {
    if (!this.views.has(key)) this.views.set(key, new CardView(this, key));
    return this.views.get(key);
  }

  _place() {
    const wanted = this.cards.map((card) => this.views.get(card.key).node);
    const now = [...this.list.children];
    if (wanted.length === now.length && wanted.every((node, n) => node === now[n])) return;
    this.list.append(...wanted);
  }

  _showWhole() {
    const bare = this.cards.filter((card) => card.hints.some((hint) => hint.quiet)).length;
    const words = [...this.data.hints];
    if (bare) words.push(`No evidence is linked to ${bare} of ${this.cards.length} criteria.`);
    if (same(words, this.wholeShown)) return;
    this.wholeShown = words;
    this.whole.replaceChildren(...words.map((line) => make("li", "", line)));
  }

  _showFixed() {
    const { dimensions } = this.data;
    this.fixed.hidden = !dimensions.length;
    const title = make("summary", "", "Also scored in this track, the same for every item");
    const lines = make("ul");
    lines.append(...dimensions.map((line) => make("li", "", line)));
    this.fixed.open = true;
    this.fixed.replaceChildren(title, lines);
  }

  _late() {
    for (const view of this.views.values()) {
      for (const saying of [...(view.texts ?? []).map((field) => field.saying), view.row]) {
        if (saying?.sent.size) saying.say("Waiting for the server. Your text is kept.", "late");
      }
    }
  }
}

export default function ({ parentElement, data, setStateValue }) {
  parentElement._rubric ??= new Rubric(parentElement, data);
  parentElement._rubric.update(data, setStateValue);
  return () => {
    parentElement._rubric?.stop();
    delete parentElement._rubric;
  };
}
