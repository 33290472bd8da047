// A text field whose text travels as an act of its component, while one types. A guarded one
// says upon which text it was typed, so that the server sees when another window wrote meanwhile.
class ActField {
  constructor(acts, { kind, target, label, name, rows = 1, max = null, placeholder = "", guarded = false }) {
    Object.assign(this, { acts, kind, target, guarded });
    const head = make("div", "field-head");
    const title = make("label", "says", label);
    this.status = make("span", "says status");
    this.status.setAttribute("role", "status");
    head.append(title, this.status);
    this.area = make("textarea");
    this.area.id = `f${Math.random().toString(36).slice(2)}`;
    Object.assign(this.area, { rows, placeholder, spellcheck: true });
    this.area.dataset.field = `${kind} ${target}`;
    title.htmlFor = this.area.id;
    this.node = make("div", "field");
    this.node.append(head, this.area);
    this.memory = remembered(`field:${name}:${kind}:${target}`, () => ({}));
    const field = this;
    this.channel = {
      get settled() {
        return !field.waits;
      },
      whenSettled: (act, most) => acts.whenSettled(act, most),
    };
    this.settings = { max, single: rows === 1 };
  }

  // Begins to listen, with the text as the server has it.
  begin(text) {
    const act = this._onItsWay();
    const [upon, words] = this.guarded && act ? act.value : [text, act ? act.value : text];
    this.area.value = words;
    if (act) {
      this.saving = true;
      this.sent = words;
    }
    if (this.memory.unsent === undefined) this.memory.upon = upon;
    this.typing = new Typing(this.area, {
      ...this.settings,
      channel: this.channel,
      memory: this.memory,
      put: (words) => this._put(words),
      onInput: (cut) => this.say(cut ? "That is as long as it can be: the rest was cut." : ""),
    });
    return this;
  }

  get waits() {
    return Boolean(this._onItsWay());
  }

  _onItsWay() {
    return this.acts.pending.find((act) => act.kind === this.kind && act.target === this.target);
  }

  // Shows the server's text when its revision grew and nothing here is still on its way.
  update(text, newer, readonly) {
    this.area.disabled = readonly;
    if (newer && this.typing.busy) this.typing.again();
    else if (newer) {
      this.typing.show(text);
      this.memory.upon = text;
    }
    if (this.saving && !this.waits) {
      this.saving = false;
      const stored = this._stands(text);
      if (stored) this.memory.upon = text;
      this._tell(stored, newer);
    }
    this.typing.grow();
  }

  // A newer revision shows the server's own text: what was sent is neither saved nor refused then.
  _tell(stored, newer) {
    if (stored) this.say("Saved");
    else if (this.guarded) this.say("Not stored yet: another window wrote here. Choose above.");
    else if (newer) this.say("");
    else this.say("Not stored: it was refused. What you wrote stays here while this page is open.", "late");
  }

  // Does what the server has stand for what was sent last?
  _stands(text) {
    return text === this.sent;
  }

  late() {
    if (this.waits) this.say("Waiting for the server. Your text is kept.", "late");
  }

  say(text, kind = "") {
    this.status.textContent = text;
    this.status.dataset.kind = kind;
  }

  stop() {
    this.typing.stop();
  }

  // Forgets what was typed here: what it was about is gone.
  forget() {
    delete this.memory.unsent;
    this.typing.stop();
  }

  _put(words) {
    this.say("Saving");
    this.saving = true;
    this.sent = words.toWellFormed?.() ?? words;
    this.acts.do(this.kind, this.target, this.guarded ? [this._upon(), this.sent] : this.sent);
  }

  _upon() {
    return this._onItsWay()?.value[0] ?? this.memory.upon;
  }
}
