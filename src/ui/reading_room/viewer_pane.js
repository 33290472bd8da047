// One image, large. Several stand side by side when comparing.
const LOOK = 1000; // milliseconds an image stands large before it counts as viewed
const RANK = { thumb: 0, view: 1, full: 2 };

class Pane {
  constructor(room) {
    this.room = room;
    this.size = { w: 1, h: 1 };
    this.node = make("div", "pane");
    this.node.tabIndex = 0;
    this.node.setAttribute("role", "group");
    this.stage = make("div", "stage");
    this.boxes = svg("svg", { class: "boxes", "aria-hidden": "true" });
    this.where = make("div", "corner tl");
    this.zoom = make("div", "corner tr");
    this.caution = make("div", "corner br", "Not for diagnosis");
    this.note = make("div", "note");
    this.node.append(this.stage, this.boxes, this.where, this.zoom, this.caution, this.note);
    this.pointers = new Pointers(this);
    this.node.addEventListener("focus", () => {
      room.turnTo();
      room.activate(this);
    });
    this.observer = new ResizeObserver(() => this.measure());
    this.observer.observe(this.node);
  }

  stop() {
    this.observer.disconnect();
    clearTimeout(this.looking);
  }

  show(image) {
    const known = this.image?.sha256 === image.sha256;
    this.image = image;
    if (known) return;
    clearTimeout(this.looking);
    this.kind = null;
    this.asked = null;
    this.natural = 0;
    this.stage.replaceChildren();
    this.note.textContent = "Loading";
    const { position, slot_name, caption } = image;
    const name = [`Image ${position}`, slot_name, caption].filter(Boolean).join(", ");
    this.node.setAttribute("aria-label", name);
    this._load("thumb");
    this._load("view");
  }

  get view() {
    return this.room.looks.viewOf(this.image, this.size);
  }

  set view(view) {
    this.room.looks.setView(this, view);
  }

  measure() {
    const [w, h] = [this.node.clientWidth || 1, this.node.clientHeight || 1];
    if (w === this.size.w && h === this.size.h) return;
    this.size = { w, h };
    this.room.paint();
  }

  // ---- the three copies -----------------------------------------------------------------

  // Loads one of the three copies and puts it in place once it can be painted.
  _load(kind) {
    if (this.asked && RANK[kind] <= RANK[this.asked]) return;
    this.asked = kind;
    const image = this.image;
    const picture = new Image();
    picture.draggable = false;
    picture.alt = "";
    picture.onload = async () => {
      await picture.decode().catch(() => undefined);
      this._place(picture, image, kind);
    };
    picture.onerror = () => this._failed(image, kind);
    picture.src = image[`${kind}_url`];
  }

  _place(picture, image, kind) {
    if (image.sha256 !== this.image?.sha256) return;
    if (this.kind && RANK[kind] < RANK[this.kind]) return;
    this.kind = kind;
    this.natural = picture.naturalWidth;
    picture.style.width = `${image.width}px`;
    picture.style.height = `${image.height}px`;
    this.stage.replaceChildren(picture);
    this.note.textContent = "";
    if (kind !== "thumb") this._look();
    this.room.paint();
  }

  _failed(image, kind) {
    if (image.sha256 !== this.image?.sha256 || RANK[kind] < RANK[this.asked]) return;
    this.note.textContent = "This image could not be loaded. Reload the page to try again.";
  }

  // An image counts as viewed when it has stood large, and loaded, for a second.
  _look() {
    clearTimeout(this.looking);
    const { sha256 } = this.image;
    const wait = this.room.asked.has(sha256) ? 0 : LOOK;
    this.looking = setTimeout(() => this.room.reading.saw(sha256), wait);
  }

  // Zoomed beyond what is there, the next larger copy is asked for: only then the full one.
  _refine(pixels) {
    if (!this.kind || this.kind !== this.asked) return;
    const more = pixels > this.natural * 1.02 && this.natural < this.image.width;
    if (more) this._load(this.asked === "thumb" ? "view" : "full");
  }

  // ---- zoom -----------------------------------------------------------------------------

  // Zooms to `s` screen pixels per image pixel; what lies under (x, y) stays there.
  zoomTo(s, x = this.size.w / 2, y = this.size.h / 2) {
    const fit = fitScale(this.image, this.size, this.view.turn);
    const scale = within(s, Math.min(fit, 1) * 0.5, Math.max(fit * 4, 32));
    this.view = kept(zoomedAt(this.view, this.size, x, y, scale), this.image);
  }

  zoomToBox(box) {
    const [w, h] = this.view.turn % 2 ? [box.height, box.width] : [box.width, box.height];
    const s = Math.min(this.size.w / (w * 2), this.size.h / (h * 2), 8);
    const middle = { cx: box.x + box.width / 2, cy: box.y + box.height / 2 };
    this.view = { turn: this.view.turn, s, ...middle };
  }

  // ---- painting -------------------------------------------------------------------------

  paint() {
    if (!this.image) return;
    const { view, image } = this;
    const pixels = view.s * (window.devicePixelRatio || 1);
    this._refine(image.width * pixels);
    this._paintStage(view, pixels);
    this._words(view, pixels);
    this._drawBoxes();
    this.node.classList.toggle("drawing", this.room.isDrawing());
    this.node.classList.toggle("active", this.room.pane === this);
  }

  _paintStage(view, pixels) {
    const { style } = this.stage;
    style.transform =
      `translate(${this.size.w / 2}px, ${this.size.h / 2}px) rotate(${view.turn * 90}deg) ` +
      `scale(${view.s}) translate(${-view.cx}px, ${-view.cy}px)`;
    style.imageRendering = pixels >= 6 ? "pixelated" : "auto";
    const light = this.room.looks.lightOf(this.image);
    style.filter =
      `${light.invert ? "invert(1) " : ""}brightness(${light.b}) contrast(${light.c})`;
  }

  _words(view, pixels) {
    const { position, slot_name } = this.image;
    this.where.textContent = `${position}  ${slot_name}`.trim();
    const reduced = pixels < 0.995;
    const marks = [`${Math.round(pixels * 100)} %${reduced ? ", reduced" : ""}`];
    if (!reduced && this.kind && this.natural < this.image.width) marks.push("loading full copy");
    if (this.image.windowed) marks.push("windowed");
    if (view.turn) marks.push(`turned ${view.turn * 90}°`);
    this.zoom.textContent = marks.join(" · ");
    this.zoom.title = reduced
      ? `The image is shown smaller than it is: fine detail can be lost. ${this.room.map.nameOf("actual")} shows each of its pixels.`
      : "";
  }

  _drawBoxes() {
    const { hand, drawing } = this.room;
    const boxes = hand
      .boxesOn(this.image)
      .map((box) => drawing.onPane(box, this, box.box_id === hand.selected));
    const nodes = [...this.room.hits.onPane(this), ...boxes];
    const selected = hand.selectedOn(this.image);
    if (selected && this.room.mayEdit(selected)) nodes.push(drawing.handles(selected, this));
    this.boxes.replaceChildren(...nodes);
  }
}
