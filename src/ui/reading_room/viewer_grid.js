// All images of the case at once, each as large as the space allows.
const GAP = 8;
const PAD = 8;
const WORDS = 42; // pixels kept for slot name and caption under each image
const SMALLEST = 150; // below that the tiles scroll instead of shrinking

class Grid {
  constructor(room) {
    this.room = room;
    this.tiles = new Map();
    this.columns = 1;
    this.none = make("p", "none", "This case has no images");
  }

  nodes() {
    const { images } = this.room.data;
    return images.length ? images.map((image) => this._tile(image)) : [this.none];
  }

  // ---- tiles ----------------------------------------------------------------------------

  _tile(image) {
    const tile = this.tiles.get(image.sha256) ?? this._newTile(image);
    const { reading, ui, hand, drawing } = this.room;
    const seen = {
      viewed: reading.viewed.has(image.sha256),
      pinned: ui.pins.includes(image.sha256),
      evidence: reading.isEvidence(image),
      given: reading.isGiven(image),
      sign: drawing.signOf(this.room.active),
      marks: this.room.marksOn(image),
    };
    const boxes = hand.boxesOn(image);
    tile.node.tabIndex = image.sha256 === ui.current ? 0 : -1;
    // Where nothing about a tile has changed, it is left alone.
    const print = JSON.stringify([
      image, seen, boxes, boxes.map((box) => drawing.colourOf(box)), this.room.hits.print(image),
    ]);
    if (print !== tile.print) this._paint(tile, image, seen, boxes);
    tile.print = print;
    return tile.node;
  }

  _paint(tile, image, seen, boxes) {
    const { node } = tile;
    tile.number.textContent = image.position;
    tile.slot.textContent = image.slot_name;
    tile.caption.textContent = image.caption;
    node.title = image.caption;
    const signs = [seen.pinned && "pinned", image.windowed && "windowed", seen.viewed && "✓ viewed"];
    tile.signs.textContent = signs.filter(Boolean).join("  ");
    tile.uses.hidden = !seen.evidence && !seen.given;
    tile.readers.replaceChildren(...seen.marks.map((mark) => this._reader(mark)));
    const leak = this.room.active === LEAK;
    const use = seen.given ? "the benchmark's" : leak ? "leak" : "evidence";
    tile.uses.textContent = `${use} ${seen.sign}`.trim();
    const states = [
      seen.evidence && (leak ? "marked as a leak" : "evidence for the active claim"),
      seen.given && "named for the active claim by the benchmark",
      ...seen.marks.map((mark) => `evidence of reader ${mark.reader}`),
      seen.viewed ? "viewed" : "not viewed",
    ];
    const words = [`Image ${image.position}`, image.slot_name, image.caption, ...states];
    node.setAttribute("aria-label", words.filter(Boolean).join(", "));
    node.classList.toggle("evidence", seen.evidence);
    node.classList.toggle("given", seen.given);
    const drawn = boxes.map((box) => this.room.drawing.onTile(box));
    tile.boxes.replaceChildren(...this.room.hits.onTile(image), ...drawn);
    this._picture(tile, image);
  }

  // The letter of a reader for whom the whole image is evidence.
  _reader(mark) {
    const letter = make("span", "reader-letter", mark.reader);
    letter.style.setProperty("--reader", mark.colour);
    return letter;
  }

  // A new address of a picture that is there already needs no second loading.
  _picture(tile, image) {
    const broken = tile.frame.classList.contains("broken");
    if (broken) tile.picture.src = image.thumb_url;
    tile.frame.classList.remove("broken");
    tile.image = image;
  }

  _newTile(image) {
    const tile = {
      image,
      node: make("button", "tile"), frame: make("span", "frame"), picture: new Image(),
      number: make("span", "number"), signs: make("span", "signs"), uses: make("span", "uses"),
      readers: make("span", "readers-of"),
      slot: make("span", "slot"), caption: make("span", "caption"),
      boxes: svg("svg", {
        class: "boxes", viewBox: `0 0 ${image.width} ${image.height}`, "aria-hidden": "true",
      }),
    };
    tile.node.type = "button";
    Object.assign(tile.picture, { alt: "", draggable: false, loading: "lazy" });
    tile.picture.onerror = () => tile.frame.classList.add("broken");
    tile.picture.src = image.thumb_url;
    tile.frame.append(tile.picture, tile.boxes, tile.number, tile.signs, tile.uses, tile.readers);
    const words = make("span", "words");
    words.append(tile.slot, tile.caption);
    tile.node.append(tile.frame, words);
    tile.node.addEventListener("click", () => this.room.enlarge(image.sha256));
    tile.node.addEventListener("focus", () => this._focused(image, tile));
    this.tiles.set(image.sha256, tile);
    return tile;
  }

  _focused(image, tile) {
    this.room.turnTo();
    this.room.ui.current = image.sha256;
    for (const other of this.tiles.values()) other.node.tabIndex = other === tile ? 0 : -1;
    this.room.bar.render();
  }

  move(dx, dy) {
    const last = this.room.data.images.length - 1;
    this.focus(within(this.room.index() + dx + dy * this.columns, 0, last));
    return true;
  }

  focus(at) {
    const image = this.room.data.images[at];
    if (!image) return;
    this.room.ui.current = image.sha256;
    const node = this.tiles.get(image.sha256)?.node;
    node?.focus({ preventScroll: true });
    node?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  // ---- room -----------------------------------------------------------------------------

  // Chooses the columns that show most of the images, whatever their shapes; many scroll.
  arrange(body) {
    const [w, h] = [body.clientWidth - 2 * PAD, body.clientHeight - 2 * PAD];
    const { images } = this.room.data;
    if (!images.length || w <= 0 || h <= 0) return;
    let best = null;
    for (let columns = 1; columns <= images.length; columns += 1) {
      const cell = this._cell(w, h, columns);
      if (!best || cell.shown > best.shown) best = cell;
    }
    if (best.across < SMALLEST || best.high - WORDS < SMALLEST * 0.66) best = this._scrolling(w);
    this.columns = best.columns;
    body.style.setProperty("--columns", best.columns);
    body.style.setProperty("--high", `${Math.floor(best.high)}px`);
    this._sharpen(best.across * (window.devicePixelRatio || 1));
  }

  _cell(w, h, columns) {
    const { images } = this.room.data;
    const rows = Math.ceil(images.length / columns);
    const across = (w - GAP * (columns - 1)) / columns;
    const high = (h - GAP * (rows - 1)) / rows;
    const space = { w: across, h: Math.max(1, high - WORDS) };
    const area = (image) => image.width * image.height * fitScale(image, space, 0) ** 2;
    return { columns, across, high, shown: images.reduce((sum, image) => sum + area(image), 0) };
  }

  _scrolling(w) {
    const columns = Math.max(2, Math.floor((w + GAP) / (178 + GAP)));
    const across = (w - GAP * (columns - 1)) / columns;
    return { columns, across, high: across * 0.8 + WORDS };
  }

  // A large tile deserves the larger copy.
  _sharpen(pixels) {
    if (pixels < 440) return;
    for (const tile of this.tiles.values()) {
      if (tile.sharp) continue;
      tile.sharp = true;
      const better = new Image();
      better.onload = () => { tile.picture.src = better.src; };
      better.onerror = () => { tile.sharp = false; };
      better.src = tile.image.view_url;
    }
  }
}
