// The image viewer; see viewer.py for the contract with the server.
// What the reader sees (zoom, pan, light, which image is large) lives here and survives
// reruns; the server hears only of finished boxes, choices and, in passing, viewed images.

const SVG = "http://www.w3.org/2000/svg";
const CLICK = 4; // pixels a pointer may tremble and still be clicking
const LOOK = 1000; // milliseconds an image stands large before it counts as viewed
const VERDICT_KEYS = ["s", "p", "x", "n", "u"];
const NARROW = 600;
const RANK = { thumb: 0, view: 1, full: 2 };

// What can be done, under which key, in which place. The server may send other keys.
const ACTS = {
  grid: { label: "Grid", key: "Escape", hint: "Esc", help: "Back to the grid" },
  previous: { label: "‹", key: "ArrowLeft", hint: "←", help: "Previous image" },
  next: { label: "›", key: "ArrowRight", hint: "→", help: "Next image" },
  box: { label: "Box", key: "b", help: "Draw a box for the active claim" },
  evidence: { label: "Evidence", key: "e", help: "Use this image as evidence for the active claim" },
  pin: { label: "Pin", key: "k", help: "Pin this image for comparing" },
  compare: { label: "Compare", key: "m", help: "Compare the pinned images, or this one with the next" },
  link: { label: "Linked", key: "l", help: "Zoom and pan compared images together" },
  swipe: { label: "Swipe", key: "w", help: "Swipe between two compared images" },
  smaller: { label: "−", key: "-", hint: "−", help: "Zoom out" },
  larger: { label: "+", key: "+", help: "Zoom in" },
  fit: { label: "Fit", key: "0", help: "Fit the image into its space" },
  actual: { label: "1:1", key: "a", help: "One image pixel on one screen pixel" },
  turn: { label: "Turn", key: "t", help: "Rotate by a quarter turn" },
  invert: { label: "Invert", key: "i", help: "Invert light and dark" },
  reset: { label: "Reset", key: "o", help: "Undo zoom, rotation and light" },
  undo: { label: "Undo", key: "z", help: "Undo the last box" },
  nextbox: { label: "Next box", key: "j", help: "Select the next box" },
  remove: { label: "Remove", key: "Delete", hint: "Del", help: "Remove the selected box" },
  full: { label: "Full screen", key: "f", help: "Full screen" },
  help: { label: "?", key: "?", help: "This sheet" },
};
const LIGHT_KEYS = { "]": ["b", 0.1], "[": ["b", -0.1], "}": ["c", 0.1], "{": ["c", -0.1] };
const MORE_HELP = [
  ["1 to 9", "Enlarge that image (when comparing: add or take away)"],
  ["Enter", "Enlarge; in box mode: place a box, then keep it"],
  ["Arrows", "Move the selected box by one pixel, with Shift by ten"],
  ["Alt + arrows", "Resize the selected box, with Shift by ten"],
  ["Wheel", "Zoom toward the pointer"],
  ["Drag", "Pan; in box mode hold Space or the middle button"],
  ["Right drag", "Brightness and contrast"],
  ["[ ]  { }", "Brightness, contrast"],
];

let foremost = null; // the viewer that answers keys when nothing has the focus

function svg(tag, attributes) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  return node;
}

function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return `box-${Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join("")}`;
}

function within(value, low, high) {
  return Math.min(high, Math.max(low, value));
}

// One image, large. Several stand side by side when comparing.
class Pane {
  constructor(room) {
    this.room = room;
    this.pointers = new Map();
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
    this._listen();
  }

  _listen() {
    const on = (kind, act, options) => this.node.addEventListener(kind, act, options);
    on("pointerdown", (event) => this._down(event));
    on("pointermove", (event) => this._move(event));
    on("pointerup", (event) => this._up(event));
    on("pointercancel", (event) => this._cancel(event));
    on("wheel", (event) => this._wheel(event), { passive: false });
    on("contextmenu", (event) => event.preventDefault());
    on("focus", () => this.room.activate(this));
    this.observer = new ResizeObserver(() => this.measure());
    this.observer.observe(this.node);
  }

  stop() {
    this.observer.disconnect();
    clearTimeout(this.looking);
  }

  show(image) {
    if (this.image?.sha256 === image.sha256) {
      this.image = image;
      return;
    }
    clearTimeout(this.looking);
    this.image = image;
    this.kind = null;
    this.asked = null;
    this.natural = 0;
    this.stage.replaceChildren();
    this.note.textContent = "Loading";
    this.node.setAttribute("aria-label", this._name());
    this._load("thumb");
    this._load("view");
  }

  _name() {
    const { position, slot_name, caption } = this.image;
    return [`Image ${position}`, slot_name, caption].filter(Boolean).join(", ");
  }

  get view() {
    return this.room.viewOf(this.image, this.size);
  }

  set view(view) {
    this.room.setView(this, view);
  }

  measure() {
    const [w, h] = [this.node.clientWidth || 1, this.node.clientHeight || 1];
    if (w === this.size.w && h === this.size.h) return;
    this.size = { w, h };
    this.room.paint();
  }

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
    this.looking = setTimeout(() => this.room.saw(sha256), wait);
  }

  _refine(pixels) {
    if (!this.kind || this.kind !== this.asked) return;
    const more = pixels > this.natural * 1.02 && this.natural < this.image.width;
    if (more) this._load(this.asked === "thumb" ? "view" : "full");
  }

  paint() {
    if (!this.image) return;
    const { view, image } = this;
    const pixels = view.s * (window.devicePixelRatio || 1);
    this._refine(image.width * pixels);
    const [x, y] = [this.size.w / 2, this.size.h / 2];
    this.stage.style.transform =
      `translate(${x}px, ${y}px) rotate(${view.turn * 90}deg) scale(${view.s}) ` +
      `translate(${-view.cx}px, ${-view.cy}px)`;
    this.stage.style.imageRendering = pixels >= 6 ? "pixelated" : "auto";
    const light = this.room.lightOf(image);
    this.stage.style.filter =
      `${light.invert ? "invert(1) " : ""}brightness(${light.b}) contrast(${light.c})`;
    this._words(pixels);
    this._drawBoxes(view);
    this.node.classList.toggle("drawing", this.room.drawing());
    this.node.classList.toggle("active", this.room.pane === this);
  }

  _words(pixels) {
    const { position, slot_name } = this.image;
    this.where.textContent = `${position}  ${slot_name}`.trim();
    const marks = [`${Math.round(pixels * 100)} %`];
    if (pixels < 0.995) marks.push("below its pixels");
    else if (this.kind && this.natural < this.image.width) marks.push("loading full copy");
    if (this.image.windowed) marks.push("windowed");
    if (this.view.turn) marks.push(`turned ${this.view.turn * 90}°`);
    this.zoom.textContent = marks.join(" · ");
  }

  _drawBoxes(view) {
    const nodes = [];
    for (const box of this.room.boxesOn(this.image)) nodes.push(this._drawn(box, view));
    const selected = this.room.selectedOn(this.image);
    if (selected && !this.room.data.readonly) nodes.push(this._handles(selected, view));
    this.boxes.replaceChildren(...nodes);
  }

  _drawn(box, view) {
    const [x, y, width, height] = screenRect(view, this.size, box);
    const colour = this.room.colourOf(box);
    const chosen = box.box_id === this.room.selected;
    const group = svg("g", { class: "box", "data-box": box.box_id });
    const shape = { x, y, width, height, fill: "none" };
    group.append(
      svg("rect", { ...shape, stroke: "#000", "stroke-opacity": 0.75, "stroke-width": chosen ? 5 : 4 }),
      svg("rect", {
        ...shape,
        stroke: colour,
        "stroke-width": chosen ? 2.5 : 1.75,
        "stroke-dasharray": box.benchmark ? "6 4" : "none",
      }),
    );
    const words = this.room.wordsOf(box);
    if (words) group.append(...this._tag(words, colour, x, y));
    return group;
  }

  _tag(words, colour, x, y) {
    const wide = Math.min(words.length * 6.6 + 10, 220);
    const left = within(x, 0, Math.max(0, this.size.w - wide));
    const top = y >= 19 ? y - 19 : y + 1;
    const text = svg("text", { x: left + 5, y: top + 13, class: "tag" });
    text.textContent = words.length > 32 ? `${words.slice(0, 31)}…` : words;
    return [svg("rect", { x: left, y: top, width: wide, height: 18, fill: colour }), text];
  }

  _handles(box, view) {
    const group = svg("g", { class: "handles" });
    for (const spot of handles(screenRect(view, this.size, box))) {
      group.append(svg("rect", { x: spot.x - 4, y: spot.y - 4, width: 8, height: 8 }));
    }
    return group;
  }

  _at(event) {
    const frame = this.node.getBoundingClientRect();
    return [event.clientX - frame.left, event.clientY - frame.top];
  }

  _down(event) {
    const [x, y] = this._at(event);
    this.room.activate(this);
    this.node.focus({ preventScroll: true });
    this.node.setPointerCapture(event.pointerId);
    this.pointers.set(event.pointerId, [x, y]);
    if (this.pointers.size === 2) {
      this.room.abandon();
      this.drag = { kind: "pinch" };
    } else if (this.pointers.size === 1) {
      this.drag = { ...this._purpose(event, x, y), x, y, moved: false, view: this.view };
    }
    if (event.button === 1) event.preventDefault();
  }

  // What a press of the pointer begins: a handle, a selected box, drawing, light, or panning.
  _purpose(event, x, y) {
    if (event.button === 2) return { kind: "light", light: { ...this.room.lightOf(this.image) } };
    if (event.button === 1 || this.room.space) return { kind: "pan" };
    const selected = this.room.data.readonly ? null : this.room.selectedOn(this.image);
    if (selected) {
      const rect = screenRect(this.view, this.size, selected);
      const reach = event.pointerType === "touch" ? 22 : 9;
      const spot = handles(rect).find((h) => Math.hypot(h.x - x, h.y - y) <= reach);
      if (spot) return { kind: "resize", spot, rect, box: selected };
      const inside = x > rect[0] && y > rect[1] && x < rect[0] + rect[2] && y < rect[1] + rect[3];
      if (inside) return { kind: "move", box: selected };
    }
    return { kind: this.room.drawing() ? "draw" : "pan" };
  }

  _move(event) {
    const last = this.pointers.get(event.pointerId);
    if (!last) return;
    const [x, y] = this._at(event);
    if (this.drag?.kind === "pinch") this._pinch(event.pointerId, x, y);
    this.pointers.set(event.pointerId, [x, y]);
    const { drag } = this;
    if (!drag || drag.kind === "pinch") return;
    if (Math.hypot(x - drag.x, y - drag.y) > CLICK) drag.moved = true;
    if (drag.moved) this._dragged(drag, x, y);
  }

  _dragged(drag, x, y) {
    if (drag.kind === "pan") {
      this.view = kept(panned(drag.view, x - drag.x, y - drag.y), this.image);
    } else if (drag.kind === "light") {
      this.room.setLight(this.image, {
        b: drag.light.b - (y - drag.y) / 300,
        c: drag.light.c + (x - drag.x) / 300,
      });
    } else {
      this.room.hold(this.image, this._held(drag, x, y));
    }
  }

  // The box as it would be if the pointer were lifted here.
  _held(drag, x, y) {
    if (drag.kind === "draw") {
      const a = toImage(this.view, this.size, drag.x, drag.y);
      const b = toImage(this.view, this.size, x, y);
      drag.box ??= this.room.blank(this.image);
      return { ...drag.box, ...boxBetween(this.image, ...a, ...b) };
    }
    if (drag.kind === "move") {
      const step = screenStep(this.view, (x - drag.x) / this.view.s, (y - drag.y) / this.view.s);
      return shifted(this.image, drag.box, ...step);
    }
    const [left, top, width, height] = drag.rect;
    const { sx, sy } = drag.spot;
    const ends = [left, top, left + width, top + height];
    if (sx) ends[sx < 0 ? 0 : 2] = x;
    if (sy) ends[sy < 0 ? 1 : 3] = y;
    const a = toImage(this.view, this.size, ends[0], ends[1]);
    const b = toImage(this.view, this.size, ends[2], ends[3]);
    return { ...drag.box, ...boxBetween(this.image, ...a, ...b) };
  }

  _up(event) {
    const [x, y] = this._at(event);
    this.pointers.delete(event.pointerId);
    const { drag } = this;
    if (drag?.kind === "pinch") {
      if (this.pointers.size === 0) this.drag = null;
      return;
    }
    this.drag = null;
    if (!drag) return;
    if (!drag.moved) this._click(drag, x, y);
    else if (["draw", "move", "resize"].includes(drag.kind)) this.room.finish();
  }

  _cancel(event) {
    this.pointers.delete(event.pointerId);
    this.drag = null;
    this.room.abandon();
  }

  _click(drag, x, y) {
    if (drag.kind === "light" || drag.kind === "resize") return;
    const hit = this.room
      .boxesOn(this.image)
      .filter((box) => this._covers(box, x, y))
      .sort((a, b) => a.width * a.height - b.width * b.height);
    const next = hit[(hit.findIndex((box) => box.box_id === this.room.selected) + 1) % hit.length];
    this.room.select(next?.box_id ?? null);
  }

  _covers(box, x, y) {
    const [left, top, width, height] = screenRect(this.view, this.size, box);
    const slack = 5;
    return (
      x > left - slack && x < left + width + slack && y > top - slack && y < top + height + slack
    );
  }

  _pinch(id, x, y) {
    const [[otherId, other]] = [...this.pointers].filter(([key]) => key !== id);
    if (otherId === undefined) return;
    const before = this.pointers.get(id);
    const ratio = Math.hypot(x - other[0], y - other[1]) /
      (Math.hypot(before[0] - other[0], before[1] - other[1]) || 1);
    const [mx, my] = [(x + other[0]) / 2, (y + other[1]) / 2];
    this.zoomTo(this.view.s * ratio, mx, my);
    this.view = kept(panned(this.view, (x - before[0]) / 2, (y - before[1]) / 2), this.image);
  }

  _wheel(event) {
    event.preventDefault();
    this.room.activate(this);
    const lines = event.deltaMode === 1 ? event.deltaY * 16 : event.deltaY;
    this.zoomTo(this.view.s * Math.exp(-lines * 0.0016), ...this._at(event));
  }

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
}

class Room {
  constructor(root, data) {
    this.root = make("section", "room");
    this.root.setAttribute("aria-label", "Images");
    this.ui = remembered(`viewer:${data.key}`, () => ({
      mode: "grid", current: null, pins: [], tool: "pan", linked: true, swipe: false, half: 50,
      views: {}, lights: {},
    }));
    this.data = data;
    this.rev = data.rev;
    this.boxes = data.boxes;
    this.chosen = {};
    this.viewed = new Set(data.viewed);
    this.asked = new Set(); // images somebody enlarged on purpose
    this.unseen = new Map(); // box id -> box or null, changed since the server last answered
    this.past = [];
    this.panes = [];
    this.selected = null;
    this.held = null; // the box under the pointer or the keys, not finished yet
    this.sender = new Sender("reading", () => this._settled());
    this.sender.onLate = () => this.say("Waiting for the server. Your boxes are kept.");
    this._build(root);
    this._listen();
    foremost = this;
  }

  // ---- building -------------------------------------------------------------------------

  _build(root) {
    this.bar = make("div", "bar");
    this.tools = make("div", "bar tools");
    this.body = make("div", "body");
    this.foot = make("div", "foot");
    this.status = make("div", "status");
    this.status.setAttribute("role", "status");
    this.sheet = this._sheet();
    this.root.append(this.bar, this.tools, this.body, this.foot, this.status, this.sheet);
    this._fillBar();
    this._fillTools();
    root.append(this.root);
  }

  _button(act) {
    const { label, key, hint, help } = ACTS[act];
    const button = make("button", "act");
    button.type = "button";
    button.dataset.act = act;
    button.append(make("span", "word", label));
    const shown = hint ?? key;
    if (shown !== label) button.append(make("kbd", "", shown));
    button.title = `${help} (${shown})`;
    button.setAttribute("aria-label", help);
    button.setAttribute("aria-keyshortcuts", key);
    button.addEventListener("click", () => {
      this.run(act);
      if (["box", "turn", "fit", "actual"].includes(act)) this.pane?.node.focus({ preventScroll: true });
    });
    return button;
  }

  _fillBar() {
    this.count = make("span", "count");
    const group = (...acts) => {
      const node = make("span", "group");
      node.append(...acts.map((act) => (typeof act === "string" ? this._button(act) : act)));
      return node;
    };
    this.nav = group("grid", "previous", "next");
    this.marking = group("box", "evidence", "undo");
    this.comparing = group("pin", "compare", "link", "swipe");
    this.warning = make("span", "count", "Not for diagnosis");
    const right = group(this.warning, "full", "help");
    this.bar.append(this.nav, this.count, this.marking, this.comparing, right);
  }

  _fillTools() {
    const zoom = make("span", "group");
    this.percent = make("span", "percent");
    const parts = ["smaller", this.percent, "larger", "fit", "actual", "turn", "invert"];
    zoom.append(...parts.map((part) => (typeof part === "string" ? this._button(part) : part)));
    this.sliders = { b: this._slider("b", "Brightness"), c: this._slider("c", "Contrast") };
    const light = make("span", "group light");
    light.append(...Object.values(this.sliders).map((slider) => slider.parentNode));
    light.append(this._button("reset"));
    this.tools.append(zoom, light);
  }

  _slider(name, label) {
    const wrap = make("label", "slider");
    const input = make("input");
    Object.assign(input, { type: "range", min: "0.2", max: "3", step: "0.02", value: "1" });
    input.setAttribute("aria-label", label);
    input.addEventListener("input", () =>
      this.setLight(this.currentImage(), { [name]: Number(input.value) }),
    );
    wrap.append(make("span", "", label), input);
    return input;
  }

  _sheet() {
    const sheet = make("div", "sheet");
    sheet.hidden = true;
    sheet.tabIndex = -1;
    sheet.setAttribute("role", "dialog");
    sheet.setAttribute("aria-label", "Keys of the image viewer");
    const list = make("dl");
    const rows = Object.values(ACTS).map((act) => [act.hint ?? act.key, act.help]);
    for (const [key, help] of [...MORE_HELP, ...rows]) {
      const row = make("div");
      row.append(make("dt", "", key), make("dd", "", help));
      list.append(row);
    }
    const close = make("button", "act", "Close");
    close.type = "button";
    close.addEventListener("click", () => this.run("help"));
    sheet.append(make("h2", "", "Keys"), list, close);
    return sheet;
  }

  _listen() {
    this.onKey = (event) => {
      const bare = !event.ctrlKey && !event.metaKey && !event.altKey;
      if (bare && VERDICT_KEYS.includes(event.key) && !isEditable(origin(event))) this._reveal();
      this._key(event);
    };
    this.onKeyUp = (event) => this._keyUp(event);
    this.onBus = (event) => this._heard(event.detail ?? {});
    this.onAway = (event) => {
      if (event.composedPath().includes(this.root)) foremost = this;
      else this._tellViewed();
    };
    this.onFull = () => this._layout();
    document.addEventListener("keydown", this.onKey, true);
    document.addEventListener("keyup", this.onKeyUp, true);
    document.addEventListener("rarereview", this.onBus);
    document.addEventListener("fullscreenchange", this.onFull);
    for (const kind of ["pointerdown", "focusin"]) document.addEventListener(kind, this.onAway, true);
    this.observer = new ResizeObserver(() => this._layout());
    this.observer.observe(this.root);
  }

  stop() {
    this._tellViewed();
    this.sender.stop();
    this.observer.disconnect();
    for (const pane of this.panes) pane.stop();
    document.removeEventListener("keydown", this.onKey, true);
    document.removeEventListener("keyup", this.onKeyUp, true);
    document.removeEventListener("rarereview", this.onBus);
    document.removeEventListener("fullscreenchange", this.onFull);
    for (const kind of ["pointerdown", "focusin"]) {
      document.removeEventListener(kind, this.onAway, true);
    }
    if (foremost === this) foremost = null;
    this.root.remove();
  }

  // ---- server ---------------------------------------------------------------------------

  update(data, set) {
    this.sender.set = set;
    const moved = data.active !== this.data.active;
    this.data = data;
    if (moved && this.active !== undefined) this._reveal();
    if (moved || this.active === undefined) this.active = data.active;
    for (const sha256 of data.viewed) this.viewed.add(sha256);
    this.sender.heard(data.seen);
    if (data.rev > this.rev) this._adopt(data);
    this._keepKnown();
    this._render();
  }

  // Brings the claim that lies open into sight: nobody judges one they do not see.
  _reveal() {
    setTimeout(() => {
      const open = document.querySelector('[class*="st-key-claim-open"]');
      open?.scrollIntoView({ block: "nearest" });
    }, 350);
  }

  // Takes the server's boxes, except those changed here that it has not answered for yet.
  _adopt(data) {
    this.rev = data.rev;
    this.past = [];
    const boxes = data.boxes.filter((box) => !this.unseen.has(box.box_id));
    const mine = [...this.unseen.values()].filter(Boolean);
    this.boxes = [...boxes, ...mine];
    if (this.sender.settled) this.chosen = {};
    else this._send();
  }

  _keepKnown() {
    const known = new Set(this.data.images.map((image) => image.sha256));
    this.ui.pins = this.ui.pins.filter((sha256) => known.has(sha256));
    if (!known.has(this.ui.current)) {
      this.ui.current = this.data.images[0]?.sha256 ?? null;
      this.ui.mode = "grid";
    }
    if (this.ui.mode === "compare" && this.ui.pins.length < 2) this.ui.mode = "grid";
  }

  _settled() {
    this.unseen.clear();
    this.say("");
  }

  _send() {
    const fields = ({ colour, ...box }) => box;
    this.viewedUnsent = false;
    this.sender.send({
      rev: this.rev,
      boxes: this.boxes.map(fields),
      chosen: this.chosen,
      viewed: [...this.viewed],
    });
  }

  saw(sha256) {
    if (this.viewed.has(sha256)) return;
    this.viewed.add(sha256);
    this.viewedUnsent = true;
    this._render();
    announce({ type: "viewed", sha256 });
  }

  // Looking costs no round trip: the ticks travel when the reader turns to something else.
  _tellViewed() {
    if (this.viewedUnsent && this.sender.set) this._send();
  }

  // ---- boxes ----------------------------------------------------------------------------

  image(sha256) {
    return this.data.images.find((image) => image.sha256 === sha256);
  }

  currentImage() {
    return this.image(this.ui.current) ?? this.data.images[0];
  }

  boxesOn(image) {
    const boxes = this.boxes.filter(
      (box) => box.sha256 === image.sha256 && box.box_id !== this.held?.box_id,
    );
    if (this.held?.sha256 === image.sha256) boxes.push(this.held);
    return boxes;
  }

  selectedOn(image) {
    return this.boxesOn(image).find((box) => box.box_id === this.selected);
  }

  drawing() {
    return this.ui.tool === "box" && !this.space && !this.data.readonly;
  }

  claim(id) {
    return this.data.claims.find((claim) => claim.claim_id === id);
  }

  colourOf(box) {
    return box.colour ?? this.claim(box.claim_id)?.colour ?? "#8C8C8C";
  }

  wordsOf(box) {
    const number = this._sign(box.claim_id);
    const words = [box.reader, number, box.label, box.benchmark ? "benchmark" : ""];
    return words.filter((word) => word !== null && word !== undefined && word !== "").join(" · ");
  }

  blank(image) {
    return {
      box_id: newId(), sha256: image.sha256, claim_id: this.active, label: "", reader: null,
      benchmark: false,
    };
  }

  hold(image, box) {
    this.held = box;
    this.selected = box.box_id;
    this.paint();
  }

  abandon() {
    clearTimeout(this.nudging);
    if (this.held && !this.boxes.some((box) => box.box_id === this.held.box_id)) this.selected = null;
    this.held = null;
    this.placing = false;
    this.paint();
  }

  // Keeps the box that was held: the only moment a box goes to the server.
  finish() {
    clearTimeout(this.nudging);
    const box = this.held && { ...this.held, benchmark: false };
    this.held = null;
    this.placing = false;
    if (!box) return;
    const known = this.boxes.some((other) => other.box_id === box.box_id);
    this._commit(
      known
        ? this.boxes.map((other) => (other.box_id === box.box_id ? box : other))
        : [...this.boxes, box],
    );
    this.say(`Box at ${box.x}, ${box.y}, ${box.width} by ${box.height} pixels.`);
  }

  _commit(boxes) {
    this.past = [...this.past.slice(-49), this.boxes];
    this._change(boxes);
  }

  _change(boxes) {
    const before = new Map(this.boxes.map((box) => [box.box_id, box]));
    for (const box of boxes) {
      if (before.get(box.box_id) !== box) this.unseen.set(box.box_id, box);
      before.delete(box.box_id);
    }
    for (const id of before.keys()) this.unseen.set(id, null);
    this.boxes = boxes;
    this._send();
    this._render();
  }

  undo() {
    if (!this.past.length) return this.say("Nothing to undo.");
    this.selected = null;
    this._change(this.past.pop());
    this.say("Undone.");
  }

  remove() {
    if (this.placing) return this.abandon();
    if (this.data.readonly || !this.selected) return;
    const id = this.selected;
    this.abandon();
    this.selected = null;
    this._commit(this.boxes.filter((box) => box.box_id !== id));
    this.say("Box removed. Undo brings it back.");
  }

  select(id) {
    if (this.held) this.finish();
    this.selected = id;
    const box = this.boxes.find((other) => other.box_id === id);
    if (box) announce({ type: "selected", box_id: id, claim_id: box.claim_id });
    this._render();
  }

  nextBox() {
    const boxes = this.boxesOn(this.currentImage());
    if (!boxes.length) return;
    const at = boxes.findIndex((box) => box.box_id === this.selected);
    this.select(boxes[(at + 1) % boxes.length].box_id);
  }

  // A box in the middle of what is in sight, to be moved by keys and kept by Enter.
  _place() {
    const { pane } = this;
    const a = toImage(pane.view, pane.size, pane.size.w * 0.35, pane.size.h * 0.35);
    const b = toImage(pane.view, pane.size, pane.size.w * 0.65, pane.size.h * 0.65);
    this.placing = true;
    this.hold(pane.image, { ...this.blank(pane.image), ...boxBetween(pane.image, ...a, ...b) });
    this.say("Arrows move the box, Alt and arrows resize it, Enter keeps it, Esc drops it.");
  }

  _nudge(event, dx, dy) {
    const image = this.pane.image;
    const box = this.held ?? this.selectedOn(image);
    if (!box) return false;
    const size = event.shiftKey ? 10 : 1;
    const [ix, iy] = screenStep(this.pane.view, dx * size, dy * size);
    this.hold(image, event.altKey ? this._resized(image, box, ix, iy) : shifted(image, box, ix, iy));
    clearTimeout(this.nudging);
    if (!this.placing) this.nudging = setTimeout(() => this.finish(), 500);
    return true;
  }

  _resized(image, box, dx, dy) {
    const width = within(box.width + Math.round(dx), 1, image.width - box.x);
    const height = within(box.height + Math.round(dy), 1, image.height - box.y);
    return { ...box, width, height };
  }

  // ---- choices --------------------------------------------------------------------------

  linksOf(claim) {
    if (this.chosen[claim]) return this.chosen[claim];
    if (claim !== this.data.active) return [];
    return this.data.images.filter((image) => image.linked).map((image) => image.sha256);
  }

  isEvidence(image) {
    return this.active !== null && this.linksOf(this.active).includes(image.sha256);
  }

  toggleEvidence() {
    if (this.data.readonly || !this.currentImage()) return;
    if (this.active === null) return this.say("Open a claim first, then choose its images.");
    const { sha256, position } = this.currentImage();
    const links = this.linksOf(this.active);
    const has = links.includes(sha256);
    this.chosen = {
      ...this.chosen,
      [this.active]: has ? links.filter((other) => other !== sha256) : [...links, sha256],
    };
    this._send();
    this._render();
    const number = this._sign(this.active);
    this.say(`Image ${position} ${has ? "no longer used" : "used"} as evidence for claim ${number}.`);
  }

  // ---- views and light ------------------------------------------------------------------

  viewOf(image, size) {
    const view = this.ui.views[image.sha256] ?? { fit: true, turn: 0 };
    if (view.fit) return fitted(image, size, view.turn);
    return view;
  }

  setView(pane, view) {
    this.ui.views[pane.image.sha256] = view;
    if (this.ui.mode === "compare" && this.ui.linked) this._follow(pane, view);
    this.paint();
  }

  // Linked images share the zoom relative to fitting, and the place relative to their size.
  _follow(leader, view) {
    const { image, size } = leader;
    const zoom = view.fit ? 1 : view.s / fitScale(image, size, view.turn);
    const [u, v] = view.fit ? [0.5, 0.5] : [view.cx / image.width, view.cy / image.height];
    for (const pane of this.panes) {
      if (pane === leader) continue;
      const { turn } = this.viewOf(pane.image, pane.size);
      this.ui.views[pane.image.sha256] = view.fit
        ? { fit: true, turn }
        : {
            turn,
            s: fitScale(pane.image, pane.size, turn) * zoom,
            cx: u * pane.image.width,
            cy: v * pane.image.height,
          };
    }
  }

  lightOf(image) {
    return this.ui.lights[image.sha256] ?? { b: 1, c: 1, invert: false };
  }

  setLight(image, change) {
    const together = this.ui.mode === "compare" && this.ui.linked;
    const images = together ? this.panes.map((pane) => pane.image) : [image];
    for (const one of images) {
      const light = { ...this.lightOf(one), ...change };
      light.b = within(light.b, 0.2, 3);
      light.c = within(light.c, 0.2, 3);
      this.ui.lights[one.sha256] = light;
    }
    this.paint();
  }

  _resetAll() {
    for (const pane of this.panes) {
      if (pane !== this.pane && !this.ui.linked) continue;
      delete this.ui.views[pane.image.sha256];
      delete this.ui.lights[pane.image.sha256];
    }
    this.paint();
  }

  _turn() {
    const { pane } = this;
    const view = pane.view;
    pane.view = { ...view, turn: (view.turn + 1) % 4 };
  }

  // ---- modes ----------------------------------------------------------------------------

  activate(pane) {
    foremost = this;
    if (this.pane === pane) return;
    this.pane = pane;
    this.ui.current = pane.image.sha256;
    this._render();
  }

  enlarge(sha256, asked = true) {
    if (!this.image(sha256)) return;
    if (this.held) this.finish();
    if (asked) this.asked.add(sha256);
    this.ui.current = sha256;
    this.ui.mode = "single";
    if (this.boxes.find((box) => box.box_id === this.selected)?.sha256 !== sha256) this.selected = null;
    this._render();
    if (this.narrow) this._cover(true);
    if (this._hasFocus()) this.pane?.node.focus({ preventScroll: true });
    this._prefetch();
  }

  _hasFocus() {
    return this.root.getRootNode().activeElement !== null;
  }

  _prefetch() {
    const at = this._index();
    for (const image of [this.data.images[at + 1], this.data.images[at - 1]]) {
      if (image) new Image().src = image.view_url;
    }
  }

  _index() {
    return this.data.images.findIndex((image) => image.sha256 === this.ui.current);
  }

  step(by) {
    const { images } = this.data;
    const at = (this._index() + by + images.length) % images.length;
    if (this.ui.mode === "grid") this._focusTile(at);
    else this.enlarge(images[at].sha256, false);
  }

  toGrid() {
    if (this.held) this.abandon();
    this.selected = null;
    this.ui.mode = "grid";
    this.ui.tool = "pan";
    this._cover(false);
    const focused = this._hasFocus();
    this._render();
    if (focused) this._focusTile(this._index());
  }

  pin(sha256) {
    const { pins } = this.ui;
    if (pins.includes(sha256)) this.ui.pins = pins.filter((other) => other !== sha256);
    else if (pins.length < 4) this.ui.pins = [...pins, sha256];
    else this.say("Four images can be compared at a time.");
    if (this.ui.mode === "compare" && this.ui.pins.length < 2) this.ui.mode = "single";
    this._render();
  }

  compare() {
    if (this.ui.mode === "compare") return this.enlarge(this.ui.current);
    const { images } = this.data;
    if (images.length < 2) return this.say("There is only one image.");
    if (this.ui.pins.length < 2) {
      const other = images[(this._index() + 1) % images.length].sha256;
      const first = this.ui.pins[0] ?? this.ui.current;
      this.ui.pins = [first, first === this.ui.current ? other : this.ui.current];
    }
    for (const sha256 of this.ui.pins) this.asked.add(sha256);
    if (!this.ui.pins.includes(this.ui.current)) this.ui.current = this.ui.pins[0];
    this.ui.mode = "compare";
    if (this.narrow) this._cover(true);
    return this._render();
  }

  toggleBox() {
    if (this.data.readonly || !this.currentImage()) return;
    if (this.ui.tool === "box") {
      this.abandon();
      this.ui.tool = "pan";
    } else if (this.active === null) {
      this.say("Open a claim first, then draw its boxes.");
    } else {
      if (this.ui.mode === "grid") this.enlarge(this.ui.current);
      this.ui.tool = "box";
      this.say("Drag to draw a box, or press Enter to place one.");
    }
    this._render();
  }

  fullScreen() {
    if (document.fullscreenElement) document.exitFullscreen();
    else if (this.root.requestFullscreen) this.root.requestFullscreen().catch(() => this._cover(true));
    else this._cover(true);
  }

  // Fills the window without full screen: the top layer, so that no ancestor can clip it.
  _cover(on) {
    if (on === this.covering) return;
    this.covering = on;
    if (on && this.root.showPopover) {
      this.root.popover = "manual";
      this.root.showPopover();
    } else if (this.root.popover) {
      this.root.hidePopover();
      this.root.removeAttribute("popover");
    }
    this.root.classList.toggle("cover", on);
    this._layout();
  }

  run(act) {
    const { pane } = this;
    const doing = {
      grid: () => this._back(),
      previous: () => this.step(-1),
      next: () => this.step(1),
      box: () => this.toggleBox(),
      evidence: () => this.toggleEvidence(),
      pin: () => this.pin(this.ui.current),
      compare: () => this.compare(),
      link: () => { this.ui.linked = !this.ui.linked; this._render(); },
      swipe: () => { this.ui.swipe = !this.ui.swipe; this._render(); },
      smaller: () => pane?.zoomTo(pane.view.s / 1.25),
      larger: () => pane?.zoomTo(pane.view.s * 1.25),
      fit: () => pane && this.setView(pane, { fit: true, turn: pane.view.turn }),
      actual: () => pane?.zoomTo(1 / (window.devicePixelRatio || 1)),
      turn: () => pane && this._turn(),
      invert: () => pane && this.setLight(pane.image, { invert: !this.lightOf(pane.image).invert }),
      reset: () => this._resetAll(),
      undo: () => this.undo(),
      nextbox: () => this.nextBox(),
      remove: () => this.remove(),
      full: () => this.fullScreen(),
      help: () => this._help(),
    }[act];
    doing?.();
  }

  // Esc takes back one thing at a time: help, a box in hand, a selection, the mode, the image.
  _back() {
    if (!this.sheet.hidden) return this._help();
    if (this.held) return this.abandon();
    if (this.selected) return this.select(null);
    if (this.ui.tool === "box") return this.toggleBox();
    return this.toGrid();
  }

  _help() {
    this.sheet.hidden = !this.sheet.hidden;
    if (!this.sheet.hidden) this.sheet.focus();
    else this.pane?.node.focus({ preventScroll: true });
  }

  _heard(detail) {
    if (detail.type === "flush") {
      if (this.held && !this.placing) this.finish();
      this._tellViewed();
    } else if (detail.type === "claim") {
      this.active = detail.claim_id ?? null;
      this._render();
    } else if (detail.type === "show" && this.image(detail.sha256)) {
      this._show(detail);
    }
  }

  _show({ sha256, box }) {
    const found = typeof box === "string" ? this.boxes.find((one) => one.box_id === box) : box;
    const pane = this.ui.mode === "compare" && this.panes.find((p) => p.image.sha256 === sha256);
    if (pane) this.activate(pane);
    else this.enlarge(sha256);
    if (!found) return;
    if (found.box_id) this.select(found.box_id);
    this._layout();
    this.pane.measure();
    this.pane.zoomToBox(found);
  }

  // ---- keys -----------------------------------------------------------------------------

  _key(event) {
    if (foremost !== this || !this.root.isConnected || event.isComposing) return;
    const at = origin(event);
    const inside = event.composedPath().includes(this.root);
    if (isEditable(at)) return;
    if (!inside && at.closest?.("[role=dialog], [role=listbox], [role=menu], canvas")) return;
    if (this._handle(event, at, inside)) {
      event.preventDefault();
      event.stopImmediatePropagation();
    } else if (!inside) {
      this._tellViewed();
    }
  }

  _handle(event, at, inside) {
    const { key } = event;
    const plain = !event.ctrlKey && !event.metaKey;
    if (!plain) return inside && key.toLowerCase() === "z" && (this.undo(), true);
    // Streamlit would rerun or offer to clear its cache.
    if (!event.altKey && (key === "r" || key === "c")) return true;
    if (!this.sheet.hidden && key !== "Escape" && key !== "?") return inside && key !== "Tab" && key !== "Enter";
    if (key.startsWith("Arrow")) return this._arrow(event, at, inside);
    if (event.altKey) return false;
    if (key === " ") return this._spaceDown(at, inside);
    if (key === "Enter") return this._enter(at, inside);
    if (/^[1-9]$/.test(key)) return this._digit(Number(key));
    if (key === "Backspace") return this.selected ? (this.remove(), true) : false;
    if (key === "Escape" && !inside && this.ui.mode === "grid" && this.sheet.hidden) return false;
    if (this._lightKey(key)) return true;
    const act = this._actOf(key === "=" ? "+" : key);
    if (!act || (act === "remove" && !this.selected)) return false;
    this.run(act);
    return true;
  }

  _actOf(key) {
    const own = this.data.keys ?? {};
    return Object.keys(ACTS).find((act) => (own[act] ?? ACTS[act].key) === key);
  }

  _control(at) {
    return at.closest?.("button, a, input, summary, [role=button], [role=radio], [role=tab], [role=slider]");
  }

  _arrow(event, at, inside) {
    if (at.type === "range" || (!inside && this._control(at))) return false;
    const steps = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    const [dx, dy] = steps[event.key];
    if (this.pane && this.ui.mode !== "grid" && this._nudge(event, dx, dy)) return true;
    if (event.altKey) return false;
    if (this.ui.mode === "grid") return inside && this._moveTile(dx + dy * (this.columns ?? 1));
    if (!dx) return false;
    if (this.ui.mode === "compare") this._nextPane(dx);
    else this.step(dx);
    return true;
  }

  _moveTile(by) {
    const at = within(this._index() + by, 0, this.data.images.length - 1);
    this._focusTile(at);
    return true;
  }

  _nextPane(by) {
    const at = (this.panes.indexOf(this.pane) + by + this.panes.length) % this.panes.length;
    this.panes[at].node.focus({ preventScroll: true });
    this.activate(this.panes[at]);
  }

  _enter(at, inside) {
    if (this._control(at)) return false;
    if (this.placing) {
      this.finish();
      return true;
    }
    if (this.ui.mode !== "grid" && this.ui.tool === "box" && !this.selected) {
      this._place();
      return true;
    }
    if (this.ui.mode === "grid" && (inside || at === document.body)) {
      this.enlarge(this.ui.current);
      return true;
    }
    return false;
  }

  _spaceDown(at, inside) {
    if (!inside || this._control(at)) return false;
    this.space = true;
    this.paint();
    return true;
  }

  _keyUp(event) {
    if (event.key !== " " || !this.space) return;
    this.space = false;
    this.paint();
  }

  _digit(number) {
    const image = this.data.images[number - 1];
    if (!image) return false;
    if (this.ui.mode === "compare") this.pin(image.sha256);
    else this.enlarge(image.sha256);
    return true;
  }

  _lightKey(key) {
    const change = LIGHT_KEYS[key];
    if (!change || !this.pane) return false;
    const [name, by] = change;
    const { image } = this.pane;
    this.setLight(image, { [name]: this.lightOf(image)[name] + by });
    return true;
  }

  say(words) {
    this.status.textContent = words;
  }

  // ---- painting -------------------------------------------------------------------------

  paint() {
    if (this.painting) return;
    this.painting = requestAnimationFrame(() => {
      this.painting = 0;
      for (const pane of this.panes) pane.paint();
      this._paintTools();
    });
  }

  _paintTools() {
    const { pane } = this;
    if (!pane?.image) return;
    const pixels = pane.view.s * (window.devicePixelRatio || 1);
    this.percent.textContent = `${Math.round(pixels * 100)} %`;
    const light = this.lightOf(pane.image);
    this.sliders.b.value = light.b;
    this.sliders.c.value = light.c;
    this._press("invert", light.invert);
  }

  _buttonOf(act) {
    return this.root.querySelector(`.bar [data-act="${act}"]`);
  }

  _press(act, on) {
    this._buttonOf(act).setAttribute("aria-pressed", String(Boolean(on)));
  }

  _render() {
    const large = this.ui.mode !== "grid";
    this.root.dataset.mode = this.ui.mode;
    this.tools.hidden = !large;
    if (large) this._renderLarge();
    else this._renderGrid();
    this._renderFoot(large);
    this._renderBar(large);
    this._layout();
    this.paint();
  }

  _renderBar(large) {
    const { images, readonly } = this.data;
    const seen = images.filter((image) => this.viewed.has(image.sha256)).length;
    const place = large ? `${this._index() + 1} of ${images.length}` : `${images.length} ${images.length === 1 ? "image" : "images"}`;
    this.count.textContent = `${place} · ${seen} viewed`;
    this.warning.hidden = large;
    this.marking.hidden = readonly;
    this._shown("grid", large);
    this._shown("previous", this.ui.mode === "single" && images.length > 1);
    this._shown("next", this.ui.mode === "single" && images.length > 1);
    this._buttonOf("undo").disabled = this.past.length === 0;
    this._shown("link", this.ui.mode === "compare");
    this._shown("swipe", this.ui.mode === "compare" && this.ui.pins.length === 2);
    this.comparing.hidden = images.length < 2;
    this._press("box", this.ui.tool === "box");
    this._press("link", this.ui.linked);
    this._press("swipe", this.ui.swipe);
    this._press("compare", this.ui.mode === "compare");
    this._press("pin", this.ui.pins.includes(this.ui.current));
    const current = this.currentImage();
    this._press("evidence", current && this.isEvidence(current));
    const claim = this.claim(this.active);
    this.root.style.setProperty("--claim", claim?.colour ?? "#8C8C8C");
  }

  _shown(act, on) {
    this._buttonOf(act).hidden = !on;
  }

  _renderLarge() {
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
    this.body.className = `body panes n${wanted.length}${swipe ? " swipe" : ""}`;
    if (swipe) nodes.push(this._divider());
    this._put(this.body, nodes);
    for (const pane of this.panes) pane.measure();
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
      });
    }
    this.divider.value = this.ui.half;
    this.body.style.setProperty("--half", `${this.ui.half}%`);
    return this.divider;
  }

  // Replaces children only where they differ: a node taken out and put back loses its focus.
  _put(parent, nodes) {
    const same = nodes.length === parent.childNodes.length &&
      nodes.every((node, at) => node === parent.childNodes[at]);
    if (!same) parent.replaceChildren(...nodes);
  }

  _renderGrid() {
    for (const pane of this.panes) pane.stop();
    this.panes = [];
    this.pane = null;
    this.tiles ??= new Map();
    const nodes = this.data.images.map((image) => this._tile(image));
    this.none ??= make("p", "none", "This case has no images.");
    if (!nodes.length) nodes.push(this.none);
    this.body.className = "body grid";
    this._put(this.body, nodes);
  }

  _tile(image) {
    const tile = this.tiles.get(image.sha256) ?? this._newTile(image);
    const current = image.sha256 === this.ui.current;
    tile.node.tabIndex = current ? 0 : -1;
    const viewed = this.viewed.has(image.sha256);
    const evidence = this.isEvidence(image);
    tile.number.textContent = image.position;
    tile.slot.textContent = image.slot_name;
    tile.caption.textContent = image.caption;
    tile.node.title = image.caption;
    const pinned = this.ui.pins.includes(image.sha256);
    tile.signs.textContent = [pinned && "pinned", image.windowed && "windowed", viewed && "✓ viewed"]
      .filter(Boolean).join("  ");
    tile.evidence.hidden = !evidence;
    tile.evidence.textContent = `evidence ${this._sign(this.active)}`.trim();
    const states = [evidence && "evidence for the active claim", viewed ? "viewed" : "not viewed"];
    tile.node.setAttribute(
      "aria-label",
      [`Image ${image.position}`, image.slot_name, image.caption, ...states].filter(Boolean).join(", "),
    );
    tile.node.classList.toggle("evidence", evidence);
    tile.boxes.replaceChildren(...this.boxesOn(image).map((box) => this._tileBox(box)));
    return tile.node;
  }

  _newTile(image) {
    const node = make("button", "tile");
    node.type = "button";
    const frame = make("span", "frame");
    const picture = new Image();
    picture.alt = "";
    picture.draggable = false;
    picture.loading = "lazy";
    picture.src = image.thumb_url;
    picture.onerror = () => frame.classList.add("broken");
    const view = `0 0 ${image.width} ${image.height}`;
    const tile = {
      node, picture, image,
      number: make("span", "number"), signs: make("span", "signs"), evidence: make("span", "uses"),
      slot: make("span", "slot"), caption: make("span", "caption"),
      boxes: svg("svg", { class: "boxes", viewBox: view, "aria-hidden": "true" }),
    };
    frame.append(picture, tile.boxes, tile.number, tile.signs, tile.evidence);
    const words = make("span", "words");
    words.append(tile.slot, tile.caption);
    node.append(frame, words);
    node.addEventListener("click", () => this.enlarge(image.sha256));
    node.addEventListener("focus", () => {
      this.ui.current = image.sha256;
      for (const other of this.tiles.values()) other.node.tabIndex = other.node === node ? 0 : -1;
      this._renderBar(false);
    });
    this.tiles.set(image.sha256, tile);
    return tile;
  }

  _tileBox(box) {
    const { x, y, width, height } = box;
    return svg("rect", {
      x, y, width, height, fill: "none", stroke: this.colourOf(box), "stroke-width": 1.5,
      "vector-effect": "non-scaling-stroke", "stroke-dasharray": box.benchmark ? "4 3" : "none",
    });
  }

  _focusTile(at) {
    const image = this.data.images[at];
    if (!image) return;
    this.ui.current = image.sha256;
    const tile = this.tiles?.get(image.sha256);
    tile?.node.focus({ preventScroll: true });
    tile?.node.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  _renderFoot(large) {
    this.foot.hidden = !large;
    if (!large) return;
    const images = this.panes.map((pane) => pane.image);
    const captions = make("div", "captions");
    captions.append(...images.map((image) => this._captionOf(image)));
    this.foot.replaceChildren(captions);
    this.foot.append(this._chips(images));
    if (this.data.images.length > 1) this.foot.append(this._film());
  }

  _captionOf(image) {
    const row = make("p", "under");
    const title = [`${image.position}`, image.slot_name].filter(Boolean).join("  ");
    row.append(make("span", "slot", title), make("span", "caption", image.caption));
    return row;
  }

  _chips(images) {
    const boxes = images.flatMap((image) => this.boxesOn(image));
    // There even when empty: a box that appears must not move the image it is drawn on.
    const row = make("div", "chips");
    row.setAttribute("role", "group");
    row.setAttribute("aria-label", "Boxes");
    if (!boxes.length) row.append(make("span", "count", "No boxes on this image"));
    for (const box of boxes) row.append(this._chip(box));
    return row;
  }

  _chip(box) {
    const chosen = box.box_id === this.selected;
    const chip = make("button", "chip", this.wordsOf(box) || "box");
    chip.type = "button";
    chip.style.setProperty("--colour", this.colourOf(box));
    chip.setAttribute("aria-pressed", String(chosen));
    chip.title = `Box at ${box.x}, ${box.y}, ${box.width} by ${box.height} pixels`;
    chip.addEventListener("click", () => {
      this._show({ sha256: box.sha256, box: box.box_id });
      this.pane?.node.focus({ preventScroll: true });
    });
    if (!chosen || this.data.readonly) return chip;
    const pair = make("span", "group");
    pair.append(chip, this._button("remove"));
    return pair;
  }

  _film() {
    this.frames ??= new Map();
    this.film ??= make("div", "film");
    this._put(this.film, this.data.images.map((image) => this._frame(image)));
    return this.film;
  }

  _frame(image) {
    let frame = this.frames.get(image.sha256);
    if (!frame) {
      frame = make("button", "still");
      frame.type = "button";
      const picture = new Image();
      picture.alt = "";
      picture.src = image.thumb_url;
      frame.append(picture, make("span", "number", image.position));
      frame.addEventListener("click", () => {
        if (this.ui.mode === "compare") this.pin(image.sha256);
        else this.enlarge(image.sha256);
      });
      this.frames.set(image.sha256, frame);
    }
    const here = this.ui.mode === "compare"
      ? this.ui.pins.includes(image.sha256)
      : image.sha256 === this.ui.current;
    frame.setAttribute("aria-pressed", String(here));
    const viewed = this.viewed.has(image.sha256);
    frame.classList.toggle("viewed", viewed);
    frame.classList.toggle("evidence", this.isEvidence(image));
    frame.setAttribute("aria-label", `Image ${image.position} ${image.slot_name}, ${viewed ? "viewed" : "not viewed"}`);
    return frame;
  }

  // Chooses the columns that make the tiles largest; many images scroll.
  _sign(claim_id) {
    const claim = this.claim(claim_id);
    return claim ? claim.sign || claim.number : "";
  }

  _height() {
    const { height } = this.data;
    return typeof height === "number" ? `${height}px` : height;
  }

  _layout() {
    const wide = this.root.clientWidth;
    const free = document.fullscreenElement || this.covering;
    this.narrow = window.innerWidth < NARROW || (!free && wide > 0 && wide < 420);
    this.root.classList.toggle("narrow", this.narrow);
    const small = this.narrow && !free;
    this.root.classList.toggle("strip", small && this.ui.mode === "grid");
    this.root.style.height = free || (small && this.ui.mode === "grid") ? "" : this._height();
    if (this.ui.mode === "grid" && !small) this._arrange();
  }

  _arrange() {
    const [w, h] = [this.body.clientWidth - 16, this.body.clientHeight - 16];
    const n = this.data.images.length;
    const [gap, words] = [8, 50];
    let best = { columns: 1, side: 0, high: h };
    for (let columns = 1; columns <= n; columns += 1) {
      const rows = Math.ceil(n / columns);
      const across = (w - gap * (columns - 1)) / columns;
      const high = (h - gap * (rows - 1)) / rows;
      const side = Math.min(across, (high - words) * 1.25);
      if (side > best.side) best = { columns, side, high };
    }
    if (best.side < 150) {
      best.columns = Math.max(2, Math.floor((w + gap) / (170 + gap)));
      best.high = (w / best.columns) * 0.8 + words;
    }
    this.columns = best.columns;
    this.body.style.setProperty("--columns", best.columns);
    this.body.style.setProperty("--high", `${Math.floor(best.high)}px`);
    this._sharpen((w / best.columns) * (window.devicePixelRatio || 1));
  }

  // A large tile deserves the larger copy.
  _sharpen(pixels) {
    if (pixels < 440) return;
    for (const tile of this.tiles?.values() ?? []) {
      if (tile.image.view_url === tile.picture.getAttribute("src")) continue;
      const better = new Image();
      better.onload = () => { tile.picture.src = better.src; };
      better.src = tile.image.view_url;
    }
  }
}

export default function ({ parentElement, data, setStateValue }) {
  parentElement._room ??= new Room(parentElement, data);
  parentElement._room.update(data, setStateValue);
  return () => {
    parentElement._room?.stop();
    delete parentElement._room;
  };
}
