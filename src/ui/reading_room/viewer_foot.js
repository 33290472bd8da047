// What stands under a large image: its caption, its boxes by name, and all images as stills.
const LABEL_MOST = 200;

// Replaces children only where they differ: a node taken out and put back loses its focus.
function put(parent, nodes) {
  const wanted = new Set(nodes);
  for (const child of [...parent.childNodes]) if (!wanted.has(child)) child.remove();
  nodes.forEach((node, at) => {
    if (parent.childNodes[at] !== node) parent.insertBefore(node, parent.childNodes[at] ?? null);
  });
}

class Foot {
  constructor(room) {
    this.room = room;
    this.node = make("div", "foot");
    this.captions = make("div", "captions");
    // There even when empty: a box that appears must not move the image it is drawn on.
    this.row = make("div", "chips");
    this.row.setAttribute("role", "group");
    this.row.setAttribute("aria-label", "Boxes");
    this.empty = make("span", "count", "No boxes on this image");
    this.whole = new Map();
    this.film = make("div", "film");
    this.chips = new Map();
    this.stills = new Map();
  }

  stop() {
    this.label?.typing.stop();
  }

  render(large) {
    this.node.hidden = !large;
    if (!large) return;
    const images = this.room.panes.map((pane) => pane.image);
    this._captions(images);
    this._chips(images);
    const parts = [this.captions, this.row];
    if (this.room.data.images.length > 1) parts.push(this.film);
    put(this.film, this.room.data.images.map((image) => this._still(image)));
    put(this.node, parts);
  }

  _captions(images) {
    const print = JSON.stringify(images.map(({ position, slot_name, caption }) => [position, slot_name, caption]));
    if (print === this.print) return;
    this.print = print;
    this.captions.replaceChildren(...images.map((image) => this._captionOf(image)));
  }

  _captionOf(image) {
    const row = make("p", "under");
    row.title = image.caption;
    const title = [`${image.position}`, image.slot_name].filter(Boolean).join("  ");
    row.append(make("span", "slot", title), make("span", "caption", image.caption));
    return row;
  }

  // ---- boxes ----------------------------------------------------------------------------

  _chips(images) {
    const boxes = images.flatMap((image) => this.room.hand.boxesOn(image));
    const nodes = [];
    for (const box of boxes) {
      nodes.push(this._chip(box));
      if (box.box_id === this.room.hand.selected && this.room.marks) nodes.push(...this._tools(box));
    }
    nodes.push(...images.flatMap((image) => this.room.marksOn(image)).map((mark) => this._wholeImage(mark)));
    if (!nodes.length) nodes.push(this.empty);
    put(this.row, nodes);
    const here = new Set(boxes.map((box) => box.box_id));
    for (const id of this.chips.keys()) if (!here.has(id)) this.chips.delete(id);
    if (this.label && !this.row.contains(this.label.input)) this._putLabelAway();
  }

  _chip(box) {
    const chip = this.chips.get(box.box_id) ?? this._newChip(box.box_id);
    const { drawing, hand } = this.room;
    const words = drawing.wordsOf(box) || "box";
    if (chip.textContent !== words) chip.textContent = words;
    chip.style.setProperty("--colour", drawing.colourOf(box));
    chip.dataset.kind = box.claim_id === LEAK ? "leak" : box.benchmark ? "benchmark" : "";
    chip.setAttribute("aria-pressed", String(box.box_id === hand.selected));
    chip.title = `Box at ${box.x}, ${box.y}, ${box.width} by ${box.height} pixels`;
    return chip;
  }

  // Whose evidence the image is as a whole.
  _wholeImage(mark) {
    const name = `${mark.sha256} ${mark.reader} ${mark.claim_id}`;
    const words = [isTicked(mark) && "✓", mark.reader, this.room.drawing.signOf(mark.claim_id), "whole image"];
    const node = this.whole.get(name) ?? make("span", "chip whole");
    node.textContent = words.filter(Boolean).join(" · ");
    node.style.setProperty("--colour", mark.colour);
    this.whole.set(name, node);
    return node;
  }

  _newChip(id) {
    const chip = make("button", "chip");
    chip.type = "button";
    chip.addEventListener("click", () => {
      const box = this.room.reading.find(id);
      if (box) this.room.show({ sha256: box.sha256, box: id });
      this.room.pane?.node.focus({ preventScroll: true });
    });
    this.chips.set(id, chip);
    return chip;
  }

  // Beside the selected box's name: a field for its label, and removing it.
  _tools(box) {
    if (!this.room.mayEdit(box)) return [(this.use ??= this.room.bar.button("evidence"))];
    this.removal ??= this.room.bar.button("remove");
    if (box.claim_id === LEAK || this.room.hand.placing) return [this.removal];
    if (this.label?.id !== box.box_id) this._newLabel(box);
    else if (!this.label.typing.busy) this.label.typing.show(box.label);
    return [this.label.input, this.removal];
  }

  _newLabel({ box_id: id, label }) {
    this._putLabelAway();
    const input = make("input", "label");
    Object.assign(input, { type: "text", value: label, placeholder: "Label" });
    input.setAttribute("aria-label", "Label of the selected box");
    const typing = new Typing(input, {
      channel: this.room.reading.sender,
      put: (text) => this.room.hand.relabel(id, text),
      max: LABEL_MOST,
      single: true,
    });
    input.addEventListener("keydown", (event) => {
      if (["Enter", "Escape"].includes(event.key) && !event.isComposing) this._leaveLabel();
    });
    this.label = { id, input, typing };
  }

  _leaveLabel() {
    this.label?.typing.flush();
    this.room.pane?.node.focus({ preventScroll: true });
  }

  _putLabelAway() {
    const old = this.label;
    this.label = null;
    old?.typing.stop();
  }

  // Puts the cursor into the selected box's label; false when it has none.
  writeLabel() {
    if (!this.label?.input.isConnected) return false;
    this.label.input.focus();
    this.label.input.select();
    return true;
  }

  // ---- stills ---------------------------------------------------------------------------

  _still(image) {
    const { reading, ui } = this.room;
    const still = this.stills.get(image.sha256) ?? this._newStill(image);
    const here = ui.mode === "compare" ? ui.pins.includes(image.sha256) : image.sha256 === ui.current;
    const viewed = reading.viewed.has(image.sha256);
    still.setAttribute("aria-pressed", String(here));
    still.classList.toggle("viewed", viewed);
    still.classList.toggle("evidence", reading.isEvidence(image));
    still.classList.toggle("given", reading.isGiven(image));
    const name = `Image ${image.position} ${image.slot_name}, ${viewed ? "viewed" : "not viewed"}`;
    if (still.getAttribute("aria-label") !== name) still.setAttribute("aria-label", name);
    return still;
  }

  _newStill(image) {
    const still = make("button", "still");
    still.type = "button";
    const picture = new Image();
    picture.alt = "";
    picture.src = image.thumb_url;
    still.append(picture, make("span", "number", image.position));
    still.addEventListener("click", () => {
      if (this.room.ui.mode === "compare") this.room.pin(image.sha256);
      else this.room.enlarge(image.sha256);
    });
    this.stills.set(image.sha256, still);
    return still;
  }

  // Keeps the still of the current image in sight, without moving anything else.
  follow() {
    const still = this.stills.get(this.room.ui.current);
    if (!still?.isConnected) return;
    const [left, right] = [still.offsetLeft, still.offsetLeft + still.offsetWidth];
    if (left < this.film.scrollLeft) this.film.scrollLeft = left - GAP;
    const beyond = right - this.film.clientWidth;
    if (beyond > this.film.scrollLeft) this.film.scrollLeft = beyond + GAP;
  }
}
