// How each image is looked at: zoom, place and turn (its view), brightness and contrast (its
// light). Images compared and linked are looked at alike.
const PLAIN = { b: 1, c: 1, invert: false };

function within(value, low, high) {
  return Math.min(high, Math.max(low, value));
}

class Looks {
  constructor(room) {
    this.room = room;
  }

  get together() {
    return this.room.ui.mode === "compare" && this.room.ui.linked;
  }

  viewOf(image, size) {
    const view = this.room.ui.views[image.sha256] ?? { fit: true, turn: 0 };
    return view.fit ? fitted(image, size, view.turn) : view;
  }

  setView(pane, view) {
    this.room.ui.views[pane.image.sha256] = view;
    if (this.together) this._follow(pane, view);
    this.room.paint();
  }

  // Linked images share the zoom relative to fitting, and the place relative to their size.
  _follow(leader, view) {
    const { image, size } = leader;
    const zoom = view.fit ? 1 : view.s / fitScale(image, size, view.turn);
    const [u, v] = view.fit ? [0.5, 0.5] : [view.cx / image.width, view.cy / image.height];
    for (const pane of this.room.panes) {
      if (pane === leader) continue;
      const { turn } = this.viewOf(pane.image, pane.size);
      const moved = {
        turn,
        s: fitScale(pane.image, pane.size, turn) * zoom,
        cx: u * pane.image.width,
        cy: v * pane.image.height,
      };
      this.room.ui.views[pane.image.sha256] = view.fit ? { fit: true, turn } : moved;
    }
  }

  turn(pane) {
    const { view } = pane;
    this.setView(pane, { ...view, turn: (view.turn + 1) % 4 });
  }

  lightOf(image) {
    return this.room.ui.lights[image.sha256] ?? PLAIN;
  }

  setLight(image, change) {
    const images = this.together ? this.room.panes.map((pane) => pane.image) : [image];
    for (const one of images) {
      const light = { ...this.lightOf(one), ...change };
      light.b = within(light.b, 0.2, 3);
      light.c = within(light.c, 0.2, 3);
      this.room.ui.lights[one.sha256] = light;
    }
    this.room.paint();
  }

  lighten(pane, name, by) {
    this.setLight(pane.image, { [name]: this.lightOf(pane.image)[name] + by });
  }

  reset() {
    for (const pane of this.room.panes) {
      if (pane !== this.room.pane && !this.together) continue;
      delete this.room.ui.views[pane.image.sha256];
      delete this.room.ui.lights[pane.image.sha256];
    }
    this.room.paint();
  }
}
