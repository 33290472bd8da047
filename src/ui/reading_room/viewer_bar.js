// The buttons above the images, each with its key.
const BACK_TO_IMAGE = ["box", "turn", "fit", "actual"];

class Bar {
  constructor(room) {
    this.room = room;
    this.made = new Map(); // act -> its button in the bars
    this.hints = []; // every button with the act whose key it shows
    this.node = make("div", "bar");
    this.tools = make("div", "bar tools");
    this._fillBar();
    this._fillTools();
  }

  button(act) {
    const button = make("button", "act");
    button.type = "button";
    button.dataset.act = act;
    button.append(make("span", "word", ACTS[act].label), make("kbd"));
    button.setAttribute("aria-label", helpOf(act, this.room.data));
    button.addEventListener("click", () => {
      this.room.run(act);
      if (BACK_TO_IMAGE.includes(act)) this.room.pane?.node.focus({ preventScroll: true });
    });
    this.hints.push([button, act]);
    this._hint(button, act);
    return button;
  }

  _hint(button, act) {
    const name = this.room.map.nameOf(act);
    button.lastChild.textContent = name === ACTS[act].label ? "" : name;
    button.title = `${helpOf(act, this.room.data)} (${name})`;
    button.setAttribute("aria-keyshortcuts", this.room.map.keys[act]);
  }

  showKeys() {
    for (const [button, act] of this.hints) this._hint(button, act);
  }

  _group(...parts) {
    const node = make("span", "group");
    for (const part of parts) {
      if (typeof part === "string") this.made.set(part, this.button(part));
      node.append(typeof part === "string" ? this.made.get(part) : part);
    }
    return node;
  }

  _fillBar() {
    this.count = make("span", "count");
    this.warning = make("span", "count", "Not for diagnosis");
    this.target = make("span", "target");
    this.marking = this._group("box", "evidence", "undo", "redo");
    this.comparing = this._group("pin", "compare", "link", "swipe");
    this.node.append(
      this._group("grid", "previous", "next"), this.count, this.target, this.marking,
      this.comparing, this._group(this.warning, "full", "help"),
    );
  }

  _fillTools() {
    this.percent = make("span", "percent");
    const zoom = this._group("smaller", this.percent, "larger", "fit", "actual", "turn", "invert");
    this.sliders = { b: this._slider("b", "Brightness"), c: this._slider("c", "Contrast") };
    const light = make("span", "group light");
    light.append(this.sliders.b.parentNode, this.sliders.c.parentNode, this._group("reset"));
    this.tools.append(zoom, light);
  }

  _slider(name, label) {
    const wrap = make("label", "slider");
    const input = make("input");
    Object.assign(input, { type: "range", min: "0.2", max: "3", step: "0.02", value: "1" });
    input.setAttribute("aria-label", label);
    input.addEventListener("input", () => {
      this.room.looks.setLight(this.room.currentImage(), { [name]: Number(input.value) });
    });
    wrap.append(make("span", "", label), input);
    return input;
  }

  _press(act, on) {
    this.made.get(act).setAttribute("aria-pressed", String(Boolean(on)));
  }

  _show(act, on) {
    this.made.get(act).hidden = !on;
  }

  render() {
    const { data, ui, reading, drawing } = this.room;
    const large = ui.mode !== "grid";
    const several = data.images.length > 1;
    const none = data.images.length === 0;
    this.count.textContent = this._words(large);
    this.tools.hidden = !large;
    this.warning.hidden = large || none;
    this.marking.hidden = this.target.hidden = (data.readonly && !data.beside) || none;
    this._show("full", !none);
    this.comparing.hidden = !several;
    this._show("grid", large);
    for (const act of ["previous", "next"]) this._show(act, ui.mode === "single" && several);
    this._show("link", ui.mode === "compare");
    this._show("swipe", ui.mode === "compare" && ui.pins.length === 2);
    this._press("box", ui.tool === "box");
    this._press("link", ui.linked);
    this._press("swipe", ui.swipe);
    this._press("compare", ui.mode === "compare");
    this._press("pin", ui.pins.includes(ui.current));
    const current = this.room.currentImage();
    const box = data.beside && current && this.room.hand.selectedOn(current);
    this._press("evidence", box ? isTicked(box) : current && reading.isEvidence(current));
    const claim = drawing.claim(this.room.active);
    this.room.root.style.setProperty("--claim", claim?.colour ?? "#8C8C8C");
    this._nameTarget(claim);
  }

  // What boxes and evidence go to: images may cover the list of claims.
  _nameTarget(claim) {
    const leak = claim?.claim_id === LEAK;
    const open = claim && this.room.marks;
    const words = leak ? "Leak" : open ? `Claim ${claim.number}` : "No claim open";
    if (this.target.textContent !== words) this.target.textContent = words;
    this.target.classList.toggle("open", Boolean(open));
    this.target.title = leak ? "What you mark is flagged as a leak" : open ? claim.label : "Open a claim first";
  }

  // Where the images cover the page they cover its Undo and Redo as well.
  covers(all) {
    for (const act of ["undo", "redo"]) this._show(act, all && !this.room.data.readonly);
  }

  _words(large) {
    const { images } = this.room.data;
    if (!images.length) return "No images";
    const seen = images.filter((image) => this.room.reading.viewed.has(image.sha256)).length;
    const all = `${images.length} ${images.length === 1 ? "image" : "images"}`;
    const place = large ? `${this.room.index() + 1} of ${images.length}` : all;
    return `${place} · ${seen} viewed`;
  }

  paint(pane) {
    const pixels = pane.view.s * (window.devicePixelRatio || 1);
    this.percent.textContent = `${Math.round(pixels * 100)} %`;
    const light = this.room.looks.lightOf(pane.image);
    this.sliders.b.value = light.b;
    this.sliders.c.value = light.c;
    this._press("invert", light.invert);
  }
}
