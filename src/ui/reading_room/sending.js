// Shared by the components: sending to the server until it has answered, the event bus, keys.

// Outlives a remount: the module is loaded once per page, the DOM node may be built anew.
const MEMORY = new Map();

function remembered(key, make) {
  if (!MEMORY.has(key)) MEMORY.set(key, make());
  return MEMORY.get(key);
}

function announce(detail) {
  document.dispatchEvent(new CustomEvent("rarereview", { detail }));
}

// What any component of the page has sent and the server has not answered for.
const WAITING = (document.rareReviewWaiting ??= new Set());

function everythingStored() {
  return WAITING.size === 0;
}

const LATE = 3000; // milliseconds without an answer after which a value is sent again

// Sends one state value. The server names the last sending it has seen; until it does,
// the value is sent again (after a restart nothing else would send it before the next click).
class Sender {
  constructor(name, onSettled) {
    this.name = name;
    this.onSettled = onSettled;
    this.n = 0;
    this.settled = true;
    this.set = null;
    this.value = null;
    this.timer = 0;
    this.wait = LATE;
    this.waiting = [];
  }

  send(value) {
    this.n = Math.max(this.n + 1, Date.now());
    this.value = { ...value, n: this.n };
    this.settled = false;
    WAITING.add(this);
    this.wait = LATE;
    this._post();
    return this.n;
  }

  // Called with the number the server has seen; true when that is the last one sent.
  heard(seen) {
    if (this.settled || seen < this.n) return this.settled;
    this.settled = true;
    WAITING.delete(this);
    clearTimeout(this.timer);
    this.onSettled?.();
    for (const act of this.waiting.splice(0)) act();
    return true;
  }

  // Acts once the server has answered, or after `most` milliseconds if it does not.
  whenSettled(act, most) {
    let done = false;
    const once = () => {
      if (!done) act();
      done = true;
    };
    this.waiting.push(once);
    setTimeout(once, most);
  }

  stop() {
    WAITING.delete(this);
    clearTimeout(this.timer);
  }

  _post() {
    clearTimeout(this.timer);
    this.set?.(this.name, this.value);
    this.timer = setTimeout(() => this._again(), this.wait);
  }

  _again() {
    if (this.settled) return;
    this.wait = Math.min(this.wait * 2, 30000);
    this.onLate?.();
    // A server that has been restarted knows no part of this page: it must draw all of it.
    announce({ type: "revive" });
    this._post();
  }
}

function make(tag, className, text) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text !== undefined) node.textContent = text;
  return node;
}

// The element a key event began in, seen through shadow roots.
function origin(event) {
  return event.composedPath()[0] ?? event.target;
}

function isEditable(node) {
  if (!(node instanceof Element)) return false;
  if (node.isContentEditable) return true;
  if (node.tagName === "TEXTAREA" || node.tagName === "SELECT") return true;
  if (node.tagName === "INPUT") {
    return !["button", "checkbox", "radio", "range", "submit", "reset", "color"].includes(node.type);
  }
  return ["textbox", "combobox", "searchbox"].includes(node.getAttribute("role"));
}
