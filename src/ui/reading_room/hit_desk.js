// The desk: the hit that lies open, with all that can be said of it, one key each. It stands at
// the foot of the form, over it, so that the place it leads to can be read above.
const FORM = ".st-key-sheet > div:first-child";
const NARROW_DESK = 900; // pixels: below that the form does not scroll on its own

class HitDesk {
  constructor(hits) {
    this.hits = hits;
    this.card = null;
    this.notes = new Map();
    this.node = make("section", "desk sheet-part");
    this.node.setAttribute("aria-label", "A hit of the scan");
    this.node.popover = "manual";
    this.count = make("span", "says count");
    this.words = make("p", "words");
    this.why = make("p", "says why");
    this.answers = make("div", "answers");
    this.kind = make("select");
    this.kind.setAttribute("aria-label", "What happens there");
    this.kind.addEventListener("change", () => {
      this.hits.acts.do("hit-kind", this.card.hit_id, this.kind.value);
      this.next.focus({ preventScroll: true }); // so that keys are keys again
    });
    this.note = make("div", "note");
    this.noting = this._noting();
    this.node.append(this._head(), this.words, this.why, this.answers, this.note);
    this.buttons = [];
    this.observer = new ResizeObserver(() => this._place());
    // Before the field, which keeps its keys to itself.
    this.note.addEventListener("keydown", (event) => this._leaveNote(event), true);
  }

  _head() {
    const head = make("div", "row head");
    this.before = this._button("‹", "lasthit", "Previous hit", () => this.hits.walk(-1));
    this.next = this._button("Next", "nexthit", "Next hit", () => this.hits.walk(1));
    this.shut = this._button("Close", "grid", "Close the hit", () => this.hits.close());
    head.append(this.count, this.before, this.next, this.shut);
    return head;
  }

  // The field comes only when it is asked for: the desk must not grow over the text by itself.
  _noting() {
    const button = make("button", "quiet", "Note");
    button.type = "button";
    button.addEventListener("click", () => {
      this.noted = this.card.hit_id;
      this.hits.show();
      this.note.querySelector("textarea")?.focus();
    });
    return button;
  }

  _button(words, act, name, press) {
    const button = make("button", "quiet");
    button.type = "button";
    button.dataset.act = act;
    button.setAttribute("aria-label", name);
    button.append(make("span", "", words), make("kbd"));
    button.addEventListener("click", press);
    return button;
  }

  // Answers that confirm stand before those that dismiss, each group with its name.
  _fill(answers) {
    if (this.buttons.length) return;
    for (const [leak, name] of [[true, "A leak"], [false, "No leak"]]) {
      const group = make("div", "group");
      group.setAttribute("role", "group");
      group.setAttribute("aria-label", name);
      group.append(make("span", "says title", leak ? `⚑ ${name}` : name));
      const row = make("div", "row");
      for (const answer of answers.filter((one) => one.leak === leak)) {
        const button = this._button(answer.word, answer.act, answer.word, () =>
          this.hits.say(this.card, answer.value));
        button.className = "answer";
        button.dataset.value = answer.value;
        this.buttons.push(button);
        row.append(button);
      }
      group.append(row);
      this.answers.append(group);
    }
    // In the row of a leak, where there is room: the desk must not grow by it.
    this.answers.firstChild.lastChild.append(this.kind);
    this.answers.lastChild.lastChild.append(this.noting);
    this.keys();
  }

  // The viewer says which keys are in force.
  keys() {
    const keys = document.rareReviewKeys ?? {};
    for (const button of this.node.querySelectorAll("[data-act]")) {
      const key = keys[button.dataset.act] ?? "";
      button.lastChild.textContent = key === "Escape" ? "Esc" : key;
    }
  }

  // How it gives the answer away can be put right once it is said to be a leak.
  _kind(card, said, data) {
    if (!this.kind.options.length) {
      for (const { value, word } of data.kinds) {
        const option = make("option", "", word);
        option.value = value;
        this.kind.append(option);
      }
    }
    this.kind.hidden = !data.answers.some((answer) => answer.leak && answer.value === said);
    this.kind.value = this.hits.acts.seen("hit-kind", card.hit_id, card.kind);
    this.kind.disabled = data.readonly;
  }

  show(card, count, data, newer) {
    this._fill(data.answers);
    const other = this.card?.hit_id !== card.hit_id;
    this.card = card;
    this.count.textContent = `${count} · ${card.where}`;
    const quote = make("mark", "", card.quote);
    this.words.replaceChildren(card.before, quote, card.after);
    this.why.textContent = card.why.join(" ");
    const said = this.hits.said(card);
    for (const button of this.buttons) {
      button.setAttribute("aria-pressed", String(button.dataset.value === said));
      button.disabled = data.readonly;
    }
    this._kind(card, said, data);
    this._note(card, said, newer, data);
    if (!this.node.matches(":popover-open")) this._open();
    if (other) this._place();
  }

  _open() {
    this.node.showPopover();
    this.form = document.querySelector(FORM);
    for (const node of [this.form, this.node, document.documentElement]) {
      if (node) this.observer.observe(node);
    }
  }

  // Out of the note, and its keys are keys again.
  _leaveNote(event) {
    if (event.key !== "Escape" || event.isComposing) return;
    event.stopPropagation();
    this.next.focus();
  }

  // A note wants something said that it belongs to.
  _note(card, said, newer, data) {
    const speaks = said !== "" && said !== "flagged";
    const wanted = speaks && (card.note !== "" || this.noted === card.hit_id);
    this.noting.disabled = !speaks;
    this.noting.hidden = wanted;
    if (!wanted) return this.note.replaceChildren();
    if (!this.notes.has(card.hit_id)) {
      const made = new ActField(this.hits.acts, {
        kind: "hit-note", target: card.hit_id, label: "Note", name: data.key, max: data.max,
      });
      this.notes.set(card.hit_id, made.begin(card.note));
    }
    const field = this.notes.get(card.hit_id);
    if (this.note.firstChild !== field.node) this.note.replaceChildren(field.node);
    return field.update(card.note, newer, data.readonly);
  }

  // Above an image that has just come to cover the screen.
  raise() {
    this.node.hidePopover();
    this.node.showPopover();
  }

  // What is led to is shown above the desk, not under it, and so can the end of the form be.
  _makeRoom() {
    const scrolls = (node) => /auto|scroll/.test(getComputedStyle(node).overflowY);
    let node = this.form;
    while (node && !scrolls(node)) node = node.parentElement;
    const room = this.card ? `${this.node.offsetHeight}px` : "";
    if (node) Object.assign(node.style, { scrollPaddingBottom: room, paddingBottom: room });
  }

  hide() {
    this.card = null;
    this.observer.disconnect();
    this._makeRoom();
    if (this.node.matches(":popover-open")) this.node.hidePopover();
  }

  get holdsFocus() {
    return this.node.contains(this.node.getRootNode().activeElement);
  }

  // Over the foot of the form where that scrolls on its own, else over the foot of the window.
  _place() {
    if (!this.card) return;
    const { form } = this;
    const wide = form && window.innerWidth > NARROW_DESK;
    const frame = wide ? form.getBoundingClientRect() : { left: 0, right: window.innerWidth };
    this.node.style.left = `${frame.left}px`;
    this.node.style.width = `${frame.right - frame.left}px`;
    this.node.style.bottom = wide ? `${window.innerHeight - frame.bottom}px` : "0";
    this._makeRoom();
  }

  late() {
    this.notes.forEach((field) => field.late());
  }

  stop() {
    this.notes.forEach((field) => field.stop());
    this.hide();
  }
}
