// Every key of the review screen. None fires while somebody types, and none that has a meaning
// here reaches Streamlit; r and c never do, which would rerun and offer to clear its cache.
const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const ELSEWHERE =
  "dialog, [role=dialog], [role=listbox], [role=option], [role=menu], [role=menuitem], canvas";
const CONTROLS = "button, a, input, summary, [role=button], [role=radio], [role=tab], [role=slider]";

let foremost = null; // the viewer that answers keys when nothing has the focus

class Keyboard {
  constructor(room) {
    this.room = room;
    this.space = false;
    this.onDown = (event) => this._down(event);
    this.onUp = (event) => this._up(event);
    document.addEventListener("keydown", this.onDown, true);
    document.addEventListener("keyup", this.onUp, true);
    foremost = room;
  }

  stop() {
    document.removeEventListener("keydown", this.onDown, true);
    document.removeEventListener("keyup", this.onUp, true);
    if (foremost === this.room) foremost = null;
  }

  _down(event) {
    if (foremost !== this.room || !this.room.root.isConnected || event.isComposing) return;
    const at = origin(event);
    if (!at.closest) return;
    const inside = event.composedPath().includes(this.room.root);
    if (!this._answer(event, at, inside)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }

  _up(event) {
    if (event.key !== " " || !this.space) return;
    this.space = false;
    this.room.paint();
  }

  // Returns whether the key is ours; then nobody else hears of it.
  _answer(event, at, inside) {
    const held = event.ctrlKey || event.metaKey;
    if (held && event.key === "Enter") return this._submit(event, at);
    if (isEditable(at)) return false;
    if (this.room.sheet.open) return this._inSheet(event);
    if (!held && !event.altKey && ["r", "c"].includes(pressedKey(event))) return true;
    if (!inside && this._elsewhere(at)) return false;
    if (event.key.startsWith("Arrow")) return this._arrow(event, at, inside);
    if (held && !isBare(event)) return this._combo(event);
    return isBare(event) && this._plain(event, at, inside);
  }

  // A field of Streamlit's own keeps the combination: there it hands over what was typed.
  _submit(event, at) {
    if (this.room.data.readonly || this._elsewhere(at)) return false;
    if (isEditable(at) && at.getRootNode() === document) return false;
    if (this.room.sheet.open || event.repeat) return true;
    this.room.hand.finish();
    announce({ type: "submit" });
    return true;
  }

  _elsewhere(at) {
    if (at.closest(ELSEWHERE) || document.rareReviewDialog?.open) return true;
    return Boolean(document.querySelector('[data-testid="stDialog"], [role="dialog"][aria-modal="true"]'));
  }

  _inSheet(event) {
    if (this.room.sheet.hear(event)) return true;
    const act = this.room.map.actOf(pressedKey(event));
    if (event.key === "Escape" || (isBare(event) && act === "help")) {
      this.room.sheet.close();
      return true;
    }
    // Moving within the sheet and the browser's own combinations stay what they are.
    const moves = /^(Tab|Enter| |Arrow.*|Page.*|Home|End)$/.test(event.key);
    return !moves && !event.ctrlKey && !event.metaKey;
  }

  _combo(event) {
    const key = event.key.toLowerCase();
    if (this.room.data.readonly || event.altKey || !["z", "y"].includes(key)) return false;
    this.room.run(key === "y" || event.shiftKey ? "redo" : "undo");
    return true;
  }

  _plain(event, at, inside) {
    const key = pressedKey(event);
    const act = this.room.map.actOf(key);
    if (key === " ") return this._hold(at, inside);
    if (key === "Enter" && this._enter(at, inside)) return true;
    const says = Boolean(ACTS[act]?.onHit);
    if (says && openHit() !== null) return event.repeat || this._act(act, at, inside);
    if (/^[1-9]$/.test(key)) return this.room.digit(Number(key));
    if (says) return false;
    if (key === "Backspace" && !act) return this._act("remove", at, inside);
    return act !== undefined && this._act(act, at, inside);
  }

  _act(act, at, inside) {
    const { room } = this;
    if (!room.offers(act)) return false;
    if (act === "remove" && (!room.hand.selected || (!inside && isControl(at)))) return false;
    if (act === "grid" && openHit() !== null && !room.hand.held) {
      announce({ type: "hit", hit_id: null });
      return true;
    }
    // Esc where words are marked ends the marking of a leak; in the images it goes back first.
    if (act === "grid" && room.active === LEAK && (!inside || !room.canGoBack())) {
      announce({ type: "mark-leak" });
      return true;
    }
    if (act === "grid" && !inside && !room.canGoBack()) return false;
    room.run(act);
    return true;
  }

  _arrow(event, at, inside) {
    if (at.type === "range" || (!inside && isControl(at))) return false;
    if (event.ctrlKey || event.metaKey) return false;
    const { room } = this;
    const [dx, dy] = STEPS[event.key];
    const large = room.ui.mode !== "grid";
    if (large && room.marks && room.hand.nudge(event, dx, dy)) return true;
    if (event.altKey || event.shiftKey) return false;
    if (!large) return inside && room.grid.move(dx, dy);
    const act = room.map.actOf(event.key);
    return act !== undefined && this._act(act, at, inside);
  }

  _enter(at, inside) {
    if (isControl(at)) return false;
    const { room } = this;
    const { hand } = room;
    if (hand.placing) {
      hand.finish();
      return true;
    }
    if (room.ui.mode === "grid") {
      if (!inside && at !== document.body) return false;
      room.enlarge(room.ui.current);
      return true;
    }
    if (!room.marks) return false;
    if (hand.selected) return room.foot.writeLabel();
    if (room.ui.tool === "box") hand.place();
    return room.ui.tool === "box";
  }

  _hold(at, inside) {
    if (!inside || isControl(at)) return false;
    this.space = true;
    this.room.paint();
    return true;
  }
}

function isControl(node) {
  return Boolean(node.closest(CONTROLS));
}
