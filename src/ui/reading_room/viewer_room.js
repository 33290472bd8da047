// The viewer as a whole: grid, one image large, or several compared; and who hears of what.
const NARROW = 600;
const SILENCE = 7000; // milliseconds a note stands
const STORE = 400; // milliseconds after the last change of the layout until it is kept

class Room {
  constructor(root, data) {
    this.data = data;
    this.ui = remembered(`viewer:${data.key}`, () => layoutOf(data.key));
    this.active = this._firstClaim();
    this.asked = new Set(); // images somebody enlarged on purpose
    this.panes = [];
    this.pane = null;
    this.map = new KeyMap(data.keys);
    this.root = make("section", "room");
    this.root.setAttribute("aria-label", "Images");
    this.looks = new Looks(this);
    this.reading = data.beside ? new BesideReading(this, data) : new Reading(this, data);
    this.hand = new Hand(this);
    this.drawing = new Drawing(this);
    this.hits = new ImageHits(this);
    this._build(root);
    this._listen();
    this.keyboard = new Keyboard(this);
    this.map.publish();
  }

  // The claim that lies open in the list beside, if that was there first.
  _firstClaim() {
    const told = document.rareReviewClaim;
    if (this.data.claims.some((claim) => claim.claim_id === told)) return told;
    return this.ui.active === undefined ? this.data.active : this.ui.active;
  }

  _build(root) {
    this.bar = new Bar(this);
    this.body = make("div", "body");
    this.grid = new Grid(this);
    this.foot = new Foot(this);
    this.status = make("div", "status");
    this.status.setAttribute("role", "status");
    this.sheet = new KeySheet(this);
    // A note stands over the foot of the images and takes no room of its own.
    const notes = make("div", "notes");
    notes.append(this.status);
    this.root.append(this.bar.node, this.bar.tools, this.body, notes, this.foot.node, this.sheet.node);
    root.append(this.root);
  }

  _listen() {
    this.onBus = (event) => this._heard(event.detail ?? {});
    this.onAway = (event) => {
      if (event.composedPath().includes(this.root)) foremost = this;
      else this.reading.tellViewed();
    };
    this.onFull = () => this.layout();
    this.onLeave = () => this._leave();
    document.addEventListener("rarereview", this.onBus);
    document.addEventListener("fullscreenchange", this.onFull);
    window.addEventListener("pagehide", this.onLeave);
    for (const kind of ["pointerdown", "focusin"]) document.addEventListener(kind, this.onAway, true);
    this.observer = new ResizeObserver(() => this.layout());
    this.observer.observe(this.root);
  }

  stop() {
    this._leave();
    this.sheet.node.close();
    this.foot.stop();
    this.keyboard.stop();
    this.reading.stop();
    this.observer.disconnect();
    for (const pane of this.panes) pane.stop();
    document.removeEventListener("rarereview", this.onBus);
    document.removeEventListener("fullscreenchange", this.onFull);
    window.removeEventListener("pagehide", this.onLeave);
    for (const kind of ["pointerdown", "focusin"]) {
      document.removeEventListener(kind, this.onAway, true);
    }
    this.root.remove();
  }

  _leave() {
    clearTimeout(this.storing);
    storeLayout(this.data.key, this.ui);
    this.reading.tellViewed();
  }

  // ---- what comes in --------------------------------------------------------------------

  update(data, set) {
    const moved = data.active !== this.data.active;
    this.data = data;
    // Where a list of claims lies beside, it says which one is open: a server that was started
    // anew does not know.
    if (moved && document.rareReviewClaim === undefined) this._activeIs(data.active);
    if (JSON.stringify(data.keys) !== this.map.print) this._newKeys(data.keys);
    if (this.reading.heard(data, set)) this.hand.check();
    this._keepKnown();
    this.render();
    if (this.narrow && this.ui.mode !== "grid") this._cover(true);
  }

  _newKeys(keys) {
    this.map = new KeyMap(keys);
    this.bar.showKeys();
    this.sheet.refresh();
    this.map.publish();
  }

  _activeIs(claim) {
    this.active = claim;
    this.ui.active = claim;
  }

  _keepKnown() {
    const known = new Set(this.data.images.map((image) => image.sha256));
    const { ui } = this;
    ui.pins = ui.pins.filter((sha256) => known.has(sha256));
    if (!known.has(ui.current)) {
      ui.current = this.data.images[0]?.sha256 ?? null;
      ui.mode = "grid";
    }
    if (ui.mode === "compare" && ui.pins.length < 2) ui.mode = "grid";
  }

  _heard(detail) {
    if (detail.type === "flush") {
      if (!this.hand.placing) this.hand.finish();
      this.reading.tellViewed();
    } else if (detail.type === "claim") {
      this._activeIs(detail.claim_id ?? null);
      this.render();
    } else if (["hits", "readers", "ruling"].includes(detail.type)) {
      this.render();
    } else if (detail.type === "show" && this.image(detail.sha256)) {
      this.show(detail);
    } else if (detail.type === "help" && !this.sheet.open) {
      this.sheet.toggle();
    }
  }

  // ---- images ---------------------------------------------------------------------------

  image(sha256) {
    return this.data.images.find((image) => image.sha256 === sha256);
  }

  // The readers who name an image as a whole, each once where the unit does not matter.
  marksOn(image) {
    const here = this.data.marks.filter((mark) => mark.sha256 === image.sha256 && isReaderShown(mark));
    return here.filter((mark, at) => here.findIndex((one) => one.reader === mark.reader) === at);
  }

  currentImage() {
    return this.image(this.ui.current) ?? this.data.images[0];
  }

  index() {
    return this.data.images.findIndex((image) => image.sha256 === this.ui.current);
  }

  isDrawing() {
    return this.ui.tool === "box" && !this.keyboard.space && this.marks;
  }

  // Can anything be marked here now: by a reader, or for the unit that lies open on a desk?
  get marks() {
    return !this.data.readonly || (this.data.beside && rulingShown().unit !== null);
  }

  // What several readers drew is theirs.
  mayEdit(box) {
    return this.marks && !(this.data.beside && box.reader);
  }

  // ---- acts -----------------------------------------------------------------------------

  // Where images are only looked at, the keys of a reading stay free for the page.
  offers(act) {
    const marks = this.data.beside && BESIDE.includes(act);
    return !this.data.readonly || !isReading(act) || marks;
  }

  offersGroup(group) {
    return !this.data.readonly || group === "Images" || (this.data.beside && group === "Boxes");
  }

  run(act) {
    if (!this.offers(act)) return;
    const { pane } = this;
    const light = (name, by) => () => pane && this.looks.lighten(pane, name, by);
    const doing = {
      grid: () => this.back(),
      previous: () => this.step(-1),
      next: () => this.step(1),
      box: () => this.toggleBox(),
      evidence: () => this.toggleEvidence(),
      pin: () => this.pin(this.ui.current),
      compare: () => this.compare(),
      link: () => this._flip("linked"),
      swipe: () => this._flip("swipe"),
      smaller: () => pane?.zoomTo(pane.view.s / 1.25),
      larger: () => pane?.zoomTo(pane.view.s * 1.25),
      fit: () => pane && this.looks.setView(pane, { fit: true, turn: pane.view.turn }),
      actual: () => pane?.zoomTo(1 / (window.devicePixelRatio || 1)),
      turn: () => pane && this.looks.turn(pane),
      invert: () => pane && this.looks.setLight(pane.image, { invert: !this.looks.lightOf(pane.image).invert }),
      "light-up": light("b", 0.1),
      "light-down": light("b", -0.1),
      "contrast-up": light("c", 0.1),
      "contrast-down": light("c", -0.1),
      reset: () => this.looks.reset(),
      undo: () => this._undo(),
      redo: () => this._tell({ type: "redo" }),
      nextbox: () => this.hand.selectNext(),
      remove: () => this.hand.remove(),
      full: () => this.fullScreen(),
      help: () => this.sheet.toggle(),
    }[act];
    if (doing) doing();
    else this._tell(ACTS[act].announces);
  }

  // What other components do: the claims list, the draft.
  _tell(detail) {
    this.reading.tellViewed();
    announce(detail);
  }

  // A box in hand is dropped; otherwise the last change of the whole reading is taken back.
  _undo() {
    if (this.hand.held) this.hand.drop();
    else this._tell({ type: "undo" });
  }

  _flip(name) {
    this.ui[name] = !this.ui[name];
    this.render();
    const swiping = name === "swipe" && this.ui.swipe && this.ui.mode === "compare";
    if (swiping && this.ui.pins.length === 2) this.divider.focus({ preventScroll: true });
  }

  canGoBack() {
    return Boolean(this.ui.mode !== "grid" || this.hand.selected || this.ui.tool === "box");
  }

  // Esc takes back one thing at a time: a box in hand, a selection, the tool, the image.
  back() {
    if (this.hand.held) return this.hand.drop();
    if (this.hand.selected) return this.hand.select(null);
    if (this.ui.tool === "box") return this.toggleBox();
    return this.toGrid();
  }

  toggleBox() {
    if (!this.currentImage()) return;
    if (this.ui.tool === "box") {
      this.hand.drop();
      this.ui.tool = "pan";
      this.say("");
    } else if (this.active === null || !this.marks) {
      this.say("Open a claim first, then draw its boxes.");
    } else {
      if (this.ui.mode === "grid") this.enlarge(this.ui.current);
      this.ui.tool = "box";
      this.say("Drag to draw a box, or press Enter to place one.");
      // The desk beside has Enter and the arrows while nothing has the focus.
      if (this.data.beside) this.pane?.node.focus({ preventScroll: true });
    }
    this.render();
  }

  toggleEvidence() {
    const image = this.currentImage();
    if (!image) return;
    if (this.active === null || !this.marks) return this.say("Open a claim first, then choose its images.");
    const box = this.data.beside && this.hand.selectedOn(image);
    if (box) return this._tick(box);
    const now = this.reading.toggle(this.active, image.sha256);
    this.render();
    const use = this.active === LEAK
      ? `${now ? "marked" : "no longer marked"} as a leak`
      : `${now ? "used" : "no longer used"} as evidence for claim ${this.drawing.signOf(this.active)}`;
    return this.say(`Image ${image.position} ${use}.`);
  }

  // Takes a reader's box for the ruling beside, or out of it.
  _tick(box) {
    if (!box.reader) return this.say("This box is yours. Del takes it out.");
    if (box.claim_id !== rulingShown().unit) return this.say("This box belongs to another claim. Open that one first.");
    announce({ type: "tick-piece", piece: box.piece });
    return this.say(isTicked(box) ? "The ruling rests on this box." : "The ruling does not rest on this box.");
  }

  digit(number) {
    if (this.data.beside) return false;
    const image = this.data.images[number - 1];
    if (!image) return false;
    this.turnTo();
    if (this.ui.mode === "compare") this.pin(image.sha256);
    else this.enlarge(image.sha256);
    return true;
  }

  say(words) {
    this.status.textContent = words;
    clearTimeout(this.silence);
    if (!words) return;
    this.silence = setTimeout(() => {
      if (!this.hand.placing) this.status.textContent = "";
    }, SILENCE);
  }

  // ---- modes ----------------------------------------------------------------------------

  // Who goes to an image is done with the words selected in the text: keys are for the image.
  turnTo() {
    document.getSelection()?.removeAllRanges();
  }

  activate(pane) {
    foremost = this;
    if (this.pane === pane) return;
    this.pane = pane;
    this.ui.current = pane.image.sha256;
    this.render();
  }

  enlarge(sha256, asked = true) {
    if (!this.image(sha256)) return;
    this.turnTo();
    this.hand.finish();
    if (asked) this.asked.add(sha256);
    this.ui.current = sha256;
    this.ui.mode = "single";
    if (this.reading.find(this.hand.selected)?.sha256 !== sha256) this.hand.selected = null;
    this.render();
    if (this.narrow) this._cover(true);
    if (this._hasFocus()) this.pane?.node.focus({ preventScroll: true });
    this._prefetch();
  }

  _hasFocus() {
    return this.root.getRootNode().activeElement !== null;
  }

  _prefetch() {
    const at = this.index();
    for (const image of [this.data.images[at + 1], this.data.images[at - 1]]) {
      if (image) new Image().src = image.view_url;
    }
  }

  step(by) {
    const { images } = this.data;
    const at = (this.index() + by + images.length) % images.length;
    if (this.ui.mode === "grid") this.grid.focus(at);
    else if (this.ui.mode === "compare") this._nextPane(by);
    else this.enlarge(images[at].sha256, false);
  }

  _nextPane(by) {
    const at = (this.panes.indexOf(this.pane) + by + this.panes.length) % this.panes.length;
    this.panes[at].node.focus({ preventScroll: true });
    this.activate(this.panes[at]);
  }

  toGrid() {
    this.hand.drop();
    this.hand.selected = null;
    this.ui.mode = "grid";
    this.ui.tool = "pan";
    this._cover(false);
    const focused = this._hasFocus();
    this.render();
    if (focused) this.grid.focus(this.index());
  }

  pin(sha256) {
    const { pins } = this.ui;
    if (pins.includes(sha256)) this.ui.pins = pins.filter((other) => other !== sha256);
    else if (pins.length < 4) this.ui.pins = [...pins, sha256];
    else this.say("Four images can be compared at a time.");
    if (this.ui.mode === "compare" && this.ui.pins.length < 2) this.ui.mode = "single";
    this.render();
  }

  compare() {
    if (this.ui.mode === "compare") return this.enlarge(this.ui.current);
    const { images } = this.data;
    if (!images.length) return undefined;
    if (images.length < 2) return this.say("There is only one image.");
    this.turnTo();
    this.hand.finish();
    if (this.ui.pins.length < 2) {
      const other = images[(this.index() + 1) % images.length].sha256;
      const first = this.ui.pins[0] ?? this.ui.current;
      this.ui.pins = [first, first === this.ui.current ? other : this.ui.current];
    }
    for (const sha256 of this.ui.pins) this.asked.add(sha256);
    if (!this.ui.pins.includes(this.ui.current)) this.ui.current = this.ui.pins[0];
    this.ui.mode = "compare";
    if (this.narrow) this._cover(true);
    return this.render();
  }

  // Leads to an image, and to a box on it: by its name, or by its place.
  show({ sha256, box }) {
    const known = typeof box === "string" ? this.reading.find(box) : box && this.reading.at(sha256, box);
    const found = known ?? (typeof box === "string" ? undefined : box);
    const pane = this.ui.mode === "compare" && this.panes.find((one) => one.image.sha256 === sha256);
    if (pane) this.activate(pane);
    else this.enlarge(sha256);
    if (!found) return;
    if (found.box_id) this.hand.select(found.box_id);
    this.layout();
    this.pane.measure();
    this.pane.zoomToBox(found);
  }

  fullScreen() {
    if (document.fullscreenElement) document.exitFullscreen();
    else if (!this.data.images.length) return;
    else if (this.root.requestFullscreen) this.root.requestFullscreen().catch(() => this._cover(true));
    else this._cover(true);
  }

  // Fills the window without full screen: the top layer, so that no ancestor can clip it.
  _cover(on) {
    if (on === Boolean(this.covering)) return;
    this.covering = on;
    if (on && this.root.showPopover) {
      this.root.popover = "manual";
      this.root.showPopover();
    } else if (this.root.popover) {
      this.root.hidePopover();
      this.root.removeAttribute("popover");
    }
    this.root.classList.toggle("cover", on);
    this.layout();
  }

  // ---- painting -------------------------------------------------------------------------

  paint() {
    this._storeSoon();
    if (this.painting) return;
    this.painting = requestAnimationFrame(() => {
      this.painting = 0;
      for (const pane of this.panes) pane.paint();
      if (this.pane?.image) this.bar.paint(this.pane);
    });
  }

  _storeSoon() {
    clearTimeout(this.storing);
    this.storing = setTimeout(() => storeLayout(this.data.key, this.ui), STORE);
  }

  render() {
    const large = this.ui.mode !== "grid";
    this.root.dataset.mode = this.ui.mode;
    if (large) this._renderPanes();
    else this._renderGrid();
    this.foot.render(large);
    this.bar.render();
    this.layout();
    if (large) this.foot.follow();
    this.paint();
  }

  _renderGrid() {
    for (const pane of this.panes) pane.stop();
    this.panes = [];
    this.pane = null;
    this._body("body grid", this.grid.nodes());
  }

  _renderPanes() {
    const wanted = this.ui.mode === "compare" ? this.ui.pins : [this.ui.current];
    while (this.panes.length > wanted.length) this.panes.pop().stop();
    while (this.panes.length < wanted.length) this.panes.push(new Pane(this));
    const swipe = this.ui.mode === "compare" && this.ui.swipe && wanted.length === 2;
    const nodes = this.panes.map((pane, at) => {
      pane.show(this.image(wanted[at]));
      pane.node.style.clipPath = swipe && at === 1 ? `inset(0 0 0 ${this.ui.half}%)` : "";
      return pane.node;
    });
    this.pane = this.panes.find((pane) => pane.image.sha256 === this.ui.current) ?? this.panes[0];
    this.ui.current = this.pane.image.sha256;
    if (swipe) nodes.push(this._divider());
    this._body(`body panes n${wanted.length}${swipe ? " swipe" : ""}`, nodes);
    for (const pane of this.panes) pane.measure();
  }

  _body(className, nodes) {
    if (this.body.className !== className) this.body.className = className;
    put(this.body, nodes);
  }

  _divider() {
    if (!this.divider) {
      this.divider = make("input", "divider");
      Object.assign(this.divider, { type: "range", min: "0", max: "100", step: "0.5" });
      this.divider.setAttribute("aria-label", "Swipe between the two images");
      this.divider.addEventListener("input", () => {
        this.ui.half = Number(this.divider.value);
        this.body.style.setProperty("--half", `${this.ui.half}%`);
        this.panes[1].node.style.clipPath = `inset(0 0 0 ${this.ui.half}%)`;
        this._storeSoon();
      });
    }
    this.divider.value = this.ui.half;
    this.body.style.setProperty("--half", `${this.ui.half}%`);
    return this.divider;
  }

  layout() {
    const wide = this.root.clientWidth;
    const free = Boolean(document.fullscreenElement || this.covering);
    this.bar.covers(free);
    this.narrow = window.innerWidth < NARROW || (!free && wide > 0 && wide < 420);
    const strip = this.narrow && !free && this.ui.mode === "grid";
    this.root.classList.toggle("narrow", this.narrow);
    this.root.classList.toggle("strip", strip);
    const { height } = this.data;
    const own = typeof height === "number" ? `${height}px` : height;
    this.root.style.height = free || strip ? "" : own;
    if (this.ui.mode === "grid" && !strip) this.grid.arrange(this.body);
  }
}
