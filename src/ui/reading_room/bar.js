// The line above a reading: where one is, what is saved, and the acts on the whole of it; see
// bar.py for the contract with the server.
const SILENT = 2000; // milliseconds without a connection after which the line says so
const AWAY = "The server does not answer. Go on writing: it is kept here and stored when the server is back.";
const BACK = "The server answers again. What you did is being stored.";

class Bar {
  constructor(root, data) {
    this.root = make("section", "sheet-part bar");
    this.root.setAttribute("aria-label", "This reading");
    root.append(this.root);
    this.acts = new Acts(data);
    this.count = 0;
    this._build();
    this.onBus = (event) => this._heard(event.detail ?? {});
    document.addEventListener("rarereview", this.onBus);
    this.onAway = () => this._away();
    document.rareReviewAway = this.onAway;
    this.watching = setInterval(() => this._watch(), 500);
  }

  _build() {
    this.round = this._select("Round", () => this.do("round", this.round.value));
    this.place = make("span", "place");
    this.track = this._select("Track", () => this.do("track", this.track.value));
    this.saved = make("span", "saved says");
    this.saved.setAttribute("role", "status");
    this.undo = this._button("Undo", "undo", () => this.do("undo"));
    this.redo = this._button("Redo", "redo", () => this.do("redo"));
    this.mine = this._button("My readings", "", () => this.do("mine"));
    this.next = this._button("My next case", "", () => this.do("next"));
    this.pause = this._button("Pause", "", () => this.do("pause"));
    this.skip = this._button("Skip", "", () => this._open(this.skipping));
    this.guide = this._button("Guide", "", () => this._open(this.guiding));
    this.guidelines = this._button("Guidelines", "", () => this.do("guidelines"));
    this.keys = this._button("Keys", "help", () => announce({ type: "help" }));
    this.skipping = this._dialog("Skip this case");
    this.guiding = this._dialog("Guide");
    this._fillSkip();
    const acts = [this.undo, this.redo, this.mine, this.next, this.pause, this.skip, this.guide, this.guidelines, this.keys];
    const end = make("span", "end");
    end.append(...acts);
    this.root.append(this.round, this.place, this.track, this.saved, end, this.skipping, this.guiding);
  }

  _select(label, act) {
    const select = make("select");
    select.setAttribute("aria-label", label);
    select.addEventListener("change", act);
    return select;
  }

  _button(label, key, act) {
    const button = make("button", "quiet", label);
    button.type = "button";
    button.dataset.key = key;
    button.hint = make("kbd");
    button.hint.setAttribute("aria-hidden", "true");
    if (key) button.append(button.hint);
    button.addEventListener("click", act);
    return button;
  }

  _dialog(title) {
    const dialog = make("dialog", "panel");
    dialog.setAttribute("aria-label", title);
    dialog.heading = make("h2", "", title);
    dialog.inside = make("div", "inside");
    const close = this._button("Close", "", () => dialog.close());
    dialog.append(dialog.heading, dialog.inside, close);
    dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
    // Keys pressed in a dialog are meant for it alone.
    dialog.addEventListener("keydown", (event) => event.stopPropagation());
    return dialog;
  }

  _open(dialog) {
    announce({ type: "flush" });
    // Until it is closed no key acts on the case, wherever the focus strays to.
    document.rareReviewDialog = dialog;
    dialog.showModal();
  }

  _fillSkip() {
    const kept = make("p", "says", "What you wrote on the case is kept.");
    const label = make("label", "", "A note to go with it, if you like");
    this.note = make("textarea");
    this.note.id = "skip-note";
    this.note.maxLength = 2000;
    this.note.rows = 2;
    label.htmlFor = this.note.id;
    // A reason acts at once: what belongs to it stands above, where it is met first.
    const why = make("p", "why", "Why do you pass it on? One press does it, and sends the note along.");
    this.reasons = make("div", "reasons");
    this.reasons.setAttribute("role", "group");
    this.reasons.setAttribute("aria-label", "Why do you pass it on?");
    this.skipping.inside.append(kept, label, this.note, why, this.reasons);
  }

  update(data, set) {
    this.data = data;
    this._version();
    this.acts.heard(data, set);
    this._choose(this.round, data.rounds, data.round);
    this._choose(this.track, data.tracks, data.track);
    this.place.textContent = data.place;
    this._showSteps();
    this.next.hidden = !data.revises;
    for (const button of [this.skip, this.pause]) button.hidden = data.revises;
    this.guidelines.hidden = !data.guidelines;
    this._showReasons();
    this._showGuide();
    this._showKeys();
  }

  // ---- whether the server is there: it is quiet about it, and stays until all is stored

  _watch() {
    if (isConnected()) this.silent = null;
    else this.silent ??= Date.now();
    if (this.silent && Date.now() - this.silent > SILENT) this._away();
    else if (this.away && !this.silent) this._back();
  }

  _away() {
    if (this.away === AWAY) return;
    this.away = AWAY;
    this._showSaved();
  }

  // What waits is sent at once, and not only when its next turn comes.
  _back() {
    if (this.away === AWAY) for (const sender of WAITING) sender._again();
    const words = everythingStored() ? null : BACK;
    if (this.away === words) return;
    this.away = words;
    this._showSaved();
  }

  _showSaved() {
    this.saved.textContent = this.away ?? this.data.saved;
    this.saved.classList.toggle("away", Boolean(this.away));
  }

  _showSteps() {
    const { undoable, redoable } = this.data;
    this._showSaved();
    this.undo.disabled = undoable === 0;
    this.redo.disabled = redoable === 0;
    this.redo.hidden = redoable === 0;
  }

  // Another part of the form was stored.
  _told({ version, saved, undoable, redoable }) {
    if (version === undefined || version < this.data.version) return;
    Object.assign(this.data, { version, saved, undoable, redoable });
    this._version();
    this._showSteps();
  }

  // Which version of this reading's draft the page has seen; see madeUpon.
  _version() {
    const { key, version } = this.data;
    const known = document.rareReviewVersion;
    const newest = known?.key === key ? Math.max(known.version, version) : version;
    document.rareReviewVersion = { key, version: newest };
  }

  _choose(select, options, value) {
    const print = JSON.stringify(options);
    if (print !== select.print) {
      select.print = print;
      select.replaceChildren(...options.map((option) => {
        const node = make("option", "", option.word);
        node.value = option.value;
        return node;
      }));
    }
    select.value = value;
    select.hidden = options.length < 2;
  }

  _showReasons() {
    const print = JSON.stringify(this.data.skips);
    if (print === this.reasons.print) return;
    this.reasons.print = print;
    this.reasons.replaceChildren(...this.data.skips.map(({ value, word, leads }) => {
      const button = make("button", "reason");
      button.type = "button";
      button.append(make("span", "", word), make("span", "says", leads));
      button.addEventListener("click", () => this._skip(value));
      return button;
    }));
  }

  _showGuide() {
    const print = JSON.stringify(this.data.guide);
    if (print === this.guiding.print) return;
    this.guiding.print = print;
    this.guiding.inside.replaceChildren(...this.data.guide.map(({ title, text }) => {
      const part = make("section");
      if (title) part.append(make("h3", "", title));
      part.append(make("p", "text", text));
      return part;
    }));
  }

  _showKeys() {
    const names = { Escape: "Esc", Delete: "Del", "-": "−" };
    for (const button of [this.undo, this.redo, this.keys]) {
      const key = { undo: "z", redo: "y", help: "?", ...document.rareReviewKeys }[button.dataset.key];
      button.hint.textContent = names[key] ?? key;
      button.setAttribute("aria-keyshortcuts", key);
    }
  }

  _skip(reason) {
    this.skipping.close();
    announce({ type: "flush" });
    this.do("skip", reason, this.note.value.trim());
    this.note.value = "";
  }

  // Each press is an act of its own: the same one twice is meant twice.
  do(kind, value = null, note = null) {
    if (["round", "track", "mine", "guidelines", "next", "pause"].includes(kind)) announce({ type: "flush" });
    this.count += 1;
    const target = ["undo", "redo"].includes(kind) ? `${this.count}` : note ?? "";
    this._whenStored(() => this.acts.do(kind, target, value), Date.now() + 6000);
  }

  // What leaves the case, or takes a step back, comes after everything that is on its way.
  _whenStored(act, until) {
    if (everythingStored()) act();
    else if (Date.now() < until) setTimeout(() => this._whenStored(act, until), 20);
    else this.saved.textContent = "Waiting for the server. Your text is kept.";
  }

  _heard(detail) {
    if (detail.type === "undo" && !this.undo.disabled) this._step("undo");
    else if (detail.type === "redo" && !this.redo.disabled) this._step("redo");
    else if (detail.type === "keys") this._showKeys();
    else if (detail.type === "told") this._told(detail);
    else if (detail.type === "set-key") this.acts.do("key", detail.act, detail.key);
    else if (detail.type === "reset-keys") this.acts.do("reset-keys", "");
  }

  _step(kind) {
    announce({ type: "flush" });
    this.do(kind);
  }

  stop() {
    document.removeEventListener("rarereview", this.onBus);
    clearInterval(this.watching);
    if (document.rareReviewAway === this.onAway) delete document.rareReviewAway;
    for (const dialog of [this.skipping, this.guiding]) dialog.close();
    this.acts.stop();
    this.root.remove();
  }
}

function isConnected() {
  const app = document.querySelector('[data-testid="stApp"]');
  return (app?.dataset.testConnectionState ?? "CONNECTED") === "CONNECTED";
}

export default function ({ parentElement, data, setStateValue }) {
  parentElement._bar ??= new Bar(parentElement, data);
  parentElement._bar.update(data, setStateValue);
  return () => {
    parentElement._bar?.stop();
    delete parentElement._bar;
  };
}
