// The box a reader has in hand: drawn, moved or resized by the pointer or by keys, and not
// finished yet. Only a finished box goes to the server; nothing the server says drops one.
const STILL = 500; // milliseconds without a key after which a box moved by keys is finished

function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return `box-${Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join("")}`;
}

class Hand {
  constructor(room) {
    this.room = room;
    this.selected = null;
    this.held = null;
    this.placing = false;
  }

  // The boxes on an image as they are seen: the one in hand where it is now.
  boxesOn(image) {
    const boxes = this.room.reading.boxes.filter(
      (box) => box.sha256 === image.sha256 && box.box_id !== this.held?.box_id && isReaderShown(box),
    );
    if (this.held?.sha256 === image.sha256) boxes.push(this.held);
    return boxes;
  }

  selectedOn(image) {
    return this.boxesOn(image).find((box) => box.box_id === this.selected);
  }

  blank(image) {
    const own = this.room.data.beside ? { colour: YOURS } : {};
    return {
      box_id: newId(), sha256: image.sha256, claim_id: this.room.active, label: "", reader: null,
      benchmark: false, ...own,
    };
  }

  hold(box) {
    this.held = box;
    this.selected = box.box_id;
    this.room.paint();
  }

  drop() {
    clearTimeout(this.nudging);
    if (this.held && !this.room.reading.find(this.held.box_id)) this.selected = null;
    this.held = null;
    this.placing = false;
    this.room.paint();
  }

  // Keeps the box in hand: the only moment a box goes to the server.
  finish() {
    clearTimeout(this.nudging);
    const box = this.held;
    this.held = null;
    this.placing = false;
    if (!box) return;
    this.room.reading.keep(box);
    this.room.render();
    this.room.say(`${this._where(box)} Enter writes its label, arrows move it, Alt and arrows resize it.`);
  }

  _where({ x, y, width, height }) {
    return `Box at ${x}, ${y}, ${width} by ${height} pixels.`;
  }

  relabel(id, label) {
    const box = this.room.reading.find(id);
    if (!box || box.label === label) return;
    this.room.reading.keep({ ...box, label });
    this.room.render();
  }

  remove() {
    if (this.placing) return this.drop();
    if (!this.selected) return;
    const id = this.selected;
    const box = this.room.reading.find(id);
    if (box && !this.room.mayEdit(box)) {
      this.room.say(`This box is reader ${box.reader}'s. ${this.room.map.nameOf("evidence")} takes it for the ruling, or out of it.`);
      return;
    }
    this.drop();
    this.selected = null;
    if (!box) return;
    this.room.reading.remove(id);
    this.room.render();
    const undo = this.room.offers("undo") ? ` Undo (${this.room.map.nameOf("undo")}) brings it back.` : "";
    this.room.say(`Box removed.${undo}`);
  }

  select(id) {
    if (this.held) this.finish();
    this.selected = id;
    const box = this.room.reading.find(id);
    if (box) announce({ type: "selected", box_id: id, claim_id: box.claim_id });
    this.room.render();
  }

  selectNext() {
    const boxes = this.boxesOn(this.room.currentImage());
    if (!boxes.length) return this.room.say("No boxes on this image.");
    const at = (boxes.findIndex((box) => box.box_id === this.selected) + 1) % boxes.length;
    this.select(boxes[at].box_id);
    return this.room.say(`Box ${at + 1} of ${boxes.length}. ${this._where(boxes[at])}`);
  }

  // Forgets a selection the server has taken away.
  check() {
    const gone = !this.held && !this.room.reading.find(this.selected);
    if (gone) this.selected = null;
  }

  // A box in the middle of what is in sight, to be moved by keys and kept by Enter.
  place() {
    const { pane } = this.room;
    const a = toImage(pane.view, pane.size, pane.size.w * 0.35, pane.size.h * 0.35);
    const b = toImage(pane.view, pane.size, pane.size.w * 0.65, pane.size.h * 0.65);
    this.placing = true;
    this.hold({ ...this.blank(pane.image), ...boxBetween(pane.image, ...a, ...b) });
    this.room.say("Arrows move the box, Alt and arrows resize it, Shift for ten pixels. Enter keeps it, Esc drops it.");
  }

  // Moves or resizes the box in hand, or the selected one, by keys; false when there is none.
  nudge(event, dx, dy) {
    const { pane } = this.room;
    const box = this.held ?? this.selectedOn(pane.image);
    if (!box || box.sha256 !== pane.image.sha256 || !this.room.mayEdit(box)) return false;
    const size = event.shiftKey ? 10 : 1;
    const [ix, iy] = screenStep(pane.view, dx * size, dy * size);
    this.hold(event.altKey ? this._resized(pane, box, ix, iy) : shifted(pane.image, box, ix, iy));
    clearTimeout(this.nudging);
    if (!this.placing) this.nudging = setTimeout(() => this.finish(), STILL);
    return true;
  }

  // Moves the edges that are right and below on the screen, however the image is turned.
  _resized(pane, box, dx, dy) {
    const [right, down] = screenStep(pane.view, 1, 1);
    const edge = (low, size, by, up, top) => {
      if (up > 0) return [low, within(size + Math.round(by), 1, top - low)];
      const start = within(low + Math.round(by), 0, low + size - 1);
      return [start, low + size - start];
    };
    const [x, width] = edge(box.x, box.width, dx, right, pane.image.width);
    const [y, height] = edge(box.y, box.height, dy, down, pane.image.height);
    return { ...box, x, y, width, height };
  }
}
