// What pointers do on a pane: pan, pinch, light, and drawing, moving and resizing boxes.
const CLICK = 4; // pixels a pointer may tremble and still be clicking

class Pointers {
  constructor(pane) {
    this.pane = pane;
    this.room = pane.room;
    this.down = new Map();
    this.drag = null;
    const on = (kind, act, options) => pane.node.addEventListener(kind, act, options);
    on("pointerdown", (event) => this._down(event));
    on("pointermove", (event) => this._move(event));
    on("pointerup", (event) => this._up(event));
    on("pointercancel", (event) => this._cancel(event));
    on("wheel", (event) => this._wheel(event), { passive: false });
    on("contextmenu", (event) => event.preventDefault());
  }

  _at(event) {
    const frame = this.pane.node.getBoundingClientRect();
    return [event.clientX - frame.left, event.clientY - frame.top];
  }

  _down(event) {
    const { pane } = this;
    const [x, y] = this._at(event);
    this.room.turnTo();
    this.room.activate(pane);
    pane.node.focus({ preventScroll: true });
    pane.node.setPointerCapture(event.pointerId);
    this.down.set(event.pointerId, [x, y]);
    if (this.down.size === 2) {
      this.room.hand.drop();
      this.drag = { kind: "pinch" };
    } else if (this.down.size === 1) {
      this.drag = { ...this._purpose(event, x, y), x, y, moved: false, view: pane.view };
    }
    if (event.button === 1) event.preventDefault();
  }

  // What a press of the pointer begins: a handle, a selected box, drawing, light, or panning.
  _purpose(event, x, y) {
    const { image } = this.pane;
    if (event.button === 2) return { kind: "light", light: { ...this.room.looks.lightOf(image) } };
    if (event.button === 1 || this.room.keyboard.space) return { kind: "pan" };
    const selected = this.room.hand.selectedOn(image);
    if (selected && this.room.mayEdit(selected)) {
      const rect = screenRect(this.pane.view, this.pane.size, selected);
      const reach = event.pointerType === "touch" ? 22 : 9;
      const spot = handles(rect).find((h) => Math.hypot(h.x - x, h.y - y) <= reach);
      if (spot) return { kind: "resize", spot, rect, box: selected };
      const inside = x > rect[0] && y > rect[1] && x < rect[0] + rect[2] && y < rect[1] + rect[3];
      if (inside) return { kind: "move", box: selected };
    }
    return { kind: this.room.isDrawing() ? "draw" : "pan" };
  }

  _move(event) {
    if (!this.down.has(event.pointerId)) return;
    const [x, y] = this._at(event);
    if (this.drag?.kind === "pinch") this._pinch(event.pointerId, x, y);
    this.down.set(event.pointerId, [x, y]);
    const { drag } = this;
    if (!drag || drag.kind === "pinch") return;
    if (Math.hypot(x - drag.x, y - drag.y) > CLICK) drag.moved = true;
    if (drag.moved) this._dragged(drag, x, y);
  }

  _dragged(drag, x, y) {
    const { pane } = this;
    if (drag.kind === "pan") {
      pane.view = kept(panned(drag.view, x - drag.x, y - drag.y), pane.image);
    } else if (drag.kind === "light") {
      this.room.looks.setLight(pane.image, {
        b: drag.light.b - (y - drag.y) / 300,
        c: drag.light.c + (x - drag.x) / 300,
      });
    } else {
      this.room.hand.hold(this._held(drag, x, y));
    }
  }

  // The box as it would be if the pointer were lifted here.
  _held(drag, x, y) {
    const { view, size, image } = this.pane;
    if (drag.kind === "move") {
      const step = screenStep(view, (x - drag.x) / view.s, (y - drag.y) / view.s);
      return shifted(image, drag.box, ...step);
    }
    drag.box ??= this.room.hand.blank(image);
    const [ax, ay, bx, by] = drag.kind === "draw" ? [drag.x, drag.y, x, y] : this._ends(drag, x, y);
    const a = toImage(view, size, ax, ay);
    const b = toImage(view, size, bx, by);
    return { ...drag.box, ...boxBetween(image, ...a, ...b) };
  }

  _ends({ rect: [left, top, width, height], spot: { sx, sy } }, x, y) {
    const ends = [left, top, left + width, top + height];
    if (sx) ends[sx < 0 ? 0 : 2] = x;
    if (sy) ends[sy < 0 ? 1 : 3] = y;
    return ends;
  }

  _up(event) {
    const [x, y] = this._at(event);
    this.down.delete(event.pointerId);
    const { drag } = this;
    if (drag?.kind === "pinch" && this.down.size > 0) return;
    this.drag = null;
    if (!drag || drag.kind === "pinch") return;
    if (!drag.moved) this._click(drag, x, y);
    else if (["draw", "move", "resize"].includes(drag.kind)) this.room.hand.finish();
  }

  _cancel(event) {
    this.down.delete(event.pointerId);
    this.drag = null;
    this.room.hand.drop();
  }

  // Selects the smallest box under the pointer; once more, the next larger one.
  _click(drag, x, y) {
    if (drag.kind === "light" || drag.kind === "resize") return;
    const { hand } = this.room;
    const hit = hand
      .boxesOn(this.pane.image)
      .filter((box) => this._covers(box, x, y))
      .sort((a, b) => a.width * a.height - b.width * b.height);
    const next = hit[(hit.findIndex((box) => box.box_id === hand.selected) + 1) % hit.length];
    const found = next ? undefined : this.room.hits.at(this.pane, x, y);
    if (found && this.room.ui.tool !== "box") announce({ type: "hit", hit_id: found.hit_id });
    hand.select(next?.box_id ?? null);
  }

  _covers(box, x, y) {
    const [left, top, width, height] = screenRect(this.pane.view, this.pane.size, box);
    const slack = 5;
    return (
      x > left - slack && x < left + width + slack && y > top - slack && y < top + height + slack
    );
  }

  _pinch(id, x, y) {
    const { pane } = this;
    const [, other] = [...this.down].find(([key]) => key !== id) ?? [];
    if (!other) return;
    const before = this.down.get(id);
    const ratio = Math.hypot(x - other[0], y - other[1]) /
      (Math.hypot(before[0] - other[0], before[1] - other[1]) || 1);
    pane.zoomTo(pane.view.s * ratio, (x + other[0]) / 2, (y + other[1]) / 2);
    pane.view = kept(panned(pane.view, (x - before[0]) / 2, (y - before[1]) / 2), pane.image);
  }

  _wheel(event) {
    event.preventDefault();
    this.room.activate(this.pane);
    const lines = event.deltaMode === 1 ? event.deltaY * 16 : event.deltaY;
    this.pane.zoomTo(this.pane.view.s * Math.exp(-lines * 0.0016), ...this._at(event));
  }
}
