// The sheet of all keys: a modal dialog, opened by its key or its button from anywhere. Where
// one reads a case, each key can be pressed to choose another; the server stores the choice.
const MODIFIERS = ["Shift", "Control", "Alt", "AltGraph", "Meta", "CapsLock", "Dead"];
const NAMED = /^(Escape|Delete|Backspace|Enter|Home|End|PageUp|PageDown|Arrow\w+|F[2-9]|F10)$/;

// Why a key cannot be chosen, or undefined when it can; the server asks the same.
function refusal(key, act) {
  if (key === "c" || key === "r") return `The key ${key} belongs to the page itself.`;
  if (/^[1-9]$/.test(key) && !ACTS[act].onHit) return `The key ${key} opens an image.`;
  if (NAMED.test(key) || (key.length === 1 && key !== " ")) return undefined;
  return "That key cannot be used: choose a character, an arrow or F2 to F10.";
}

class KeySheet {
  constructor(room) {
    this.room = room;
    this.choosing = null; // the act a key is being chosen for
    this.node = make("dialog", "sheet");
    this.node.setAttribute("aria-labelledby", "keys-title");
    this.node.addEventListener("keydown", (event) => this._circle(event));
    this.node.addEventListener("click", (event) => event.target === this.node && this.close());
  }

  get open() {
    return this.node.open;
  }

  toggle() {
    if (this.open) this.close();
    else this._show();
  }

  close() {
    this.choosing = null;
    this.node.close();
    (this.before?.isConnected ? this.before : this.room.pane?.node)?.focus({ preventScroll: true });
  }

  _show() {
    this._build();
    this._fill();
    this.before = deepFocus();
    document.rareReviewDialog = this.node;
    this.node.showModal();
    this.shut.focus();
  }

  // The keys in force have changed.
  refresh() {
    if (!this.open) return;
    const name = deepFocus()?.dataset.change;
    this._fill();
    this.note.textContent = "Stored.";
    this.list.querySelector(`[data-change="${name}"]`)?.focus();
  }

  // ---- what stands on it ----------------------------------------------------------------

  _build() {
    const title = make("h2", "", "Keys");
    title.id = "keys-title";
    this.note = make("span", "count");
    this.note.setAttribute("role", "status");
    this.shut = this._button("Close", () => this.close());
    this.shut.append(make("kbd", "", keyName("Escape")));
    const head = make("div", "head");
    head.append(title, this.note);
    if (!this.room.data.readonly) {
      this.note.textContent = "Choose a key to change it.";
      head.append(this._button("Default keys", () => announce({ type: "reset-keys" })));
    }
    head.append(this.shut);
    this.list = make("div", "all");
    this.list.tabIndex = 0;
    this.list.setAttribute("role", "region");
    this.list.setAttribute("aria-labelledby", "keys-title");
    this.node.replaceChildren(head, this.list);
  }

  _button(words, act) {
    const button = make("button", "act", words);
    button.type = "button";
    button.addEventListener("click", act);
    return button;
  }

  _fill() {
    this.list.replaceChildren(...GROUPS.map((group) => this._group(group)).filter(Boolean));
  }

  _group(group) {
    const acts = Object.keys(ACTS).filter((name) => ACTS[name].group === group && this.room.offers(name));
    if (!acts.length) return null;
    const list = make("dl");
    for (const name of acts) list.append(this._row(name));
    if (this.room.offersGroup(group)) {
      const free = ([keys]) => !this.room.data.beside || keys !== "1 to 9";
      for (const [keys, help] of FIXED[group].filter(free)) {
        list.append(this._line(this._fixed(keys), help));
      }
    }
    const part = make("section");
    part.append(make("h3", "", group), list);
    return part;
  }

  _row(name) {
    const { key } = ACTS[name];
    const help = helpOf(name, this.room.data);
    const { keys } = this.room.map;
    const shown = make("kbd", "", keyName(keys[name]));
    const row = this._line(this.room.data.readonly ? shown : this._change(name, shown), help);
    if (keys[name] !== key && !this.room.data.readonly) row.lastChild.append(make("span", "was", ` (yours; was ${keyName(key)})`));
    return row;
  }

  // A name of an act stands for the key it has now.
  _fixed(keys) {
    return make("kbd", "", ACTS[keys] ? this.room.map.nameOf(keys) : keys);
  }

  _line(term, help) {
    const row = make("div");
    const first = make("dt");
    first.append(term);
    row.append(first, make("dd", "", help));
    return row;
  }

  // ---- choosing a key -------------------------------------------------------------------

  _change(name, shown) {
    const button = make("button", "change");
    button.type = "button";
    button.dataset.change = name;
    button.append(shown);
    button.setAttribute("aria-label", `${ACTS[name].help}: key ${shown.textContent}. Choose another`);
    button.addEventListener("click", () => {
      this._await(name);
      this.note.textContent = `Press the key for: ${ACTS[name].help}. Esc leaves it as it is.`;
    });
    return button;
  }

  _await(name) {
    this.choosing = name;
    for (const button of this.list.querySelectorAll(".change")) {
      button.classList.toggle("awaits", button.dataset.change === name);
    }
  }

  // While a key is being chosen, the next one that can be used is it; returns whether this one
  // was pressed for that.
  hear(event) {
    if (!this.choosing) return false;
    if (MODIFIERS.includes(event.key)) return true;
    if (event.key === "Escape") this._end("The key is left as it is.");
    else this._choose(this.choosing, pressedKey(event));
    return true;
  }

  _end(words) {
    this._await(null);
    this.note.textContent = words;
  }

  _choose(name, key) {
    const { keys } = this.room.map;
    const other = Object.keys(keys).find((act) => keys[act] === key);
    if (other === name) return void this._end("That is its key already.");
    const taken = other && `The key ${keyName(key)} already does something: ${ACTS[other].help}.`;
    const trouble = refusal(key, name) ?? taken;
    if (trouble) return void (this.note.textContent = `${trouble} Press another, or Esc.`);
    this._end("Storing");
    return announce({ type: "set-key", act: name, key });
  }

  // The browser keeps the focus off the page behind, but does not lead it in a circle.
  _circle(event) {
    if (event.key !== "Tab") return;
    const stops = [...this.node.querySelectorAll("button, [tabindex]")];
    const [from, to] = event.shiftKey ? [stops[0], stops.at(-1)] : [stops.at(-1), stops[0]];
    if (origin(event) !== from) return;
    event.preventDefault();
    to.focus();
  }
}

// What has the focus, seen through shadow roots.
function deepFocus() {
  let node = document.activeElement;
  while (node?.shadowRoot?.activeElement) node = node.shadowRoot.activeElement;
  return node;
}
