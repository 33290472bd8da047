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

// After another page was asked for nothing more is sent from this one: it would come too late, and
// undo the change of pages or empty the new page. What waits is sent if the page stays, and else
// found again when one comes back. See leaving.js.
const LEAVING = 10000; // milliseconds after which the page is thought to stay

function leaving() {
  return Date.now() - (document.rareReviewLeft ?? 0) < LEAVING;
}

// What was sent and not answered for yet, kept by this tab: a reload or a page that was left in
// the middle of a save finds it here.
const UNANSWERED = "rareReviewUnanswered ";

function unanswered(key) {
  try {
    return JSON.parse(sessionStorage.getItem(UNANSWERED + key));
  } catch {
    return null; // No storage in this browser, or somebody else's words in it.
  }
}

function keepUnanswered(key, value) {
  try {
    if (value === null) sessionStorage.removeItem(UNANSWERED + key);
    else sessionStorage.setItem(UNANSWERED + key, JSON.stringify(value));
  } catch {
    // Full or forbidden: what is on its way then lasts until the next reload.
  }
}

// The newest version of the draft that what is done now can be made upon: the one the page has
// seen, and what is on its way may each have stored another.
function madeUpon() {
  const known = document.rareReviewVersion?.version;
  if (known === undefined) return null;
  return [...WAITING].reduce((sum, sender) => sum + sender.sendings, known);
}

const LATE = 3000; // milliseconds without an answer after which a value is sent again
const LONGEST = 5000; // between two such sendings: who waits for a server to come back sees it soon

// Sends one state value. The server names the last sending it has stored; until it does, the
// value is sent again: it may have been lost on its way, and after a store that failed nothing
// else would have it tried again. A server that was restarted: see leaving.js.
class Sender {
  // With a key, what waits for its answer outlives a reload: `kept` is what was found.
  constructor(name, onSettled, key = null) {
    this.name = name;
    this.key = key;
    this.kept = key && unanswered(key);
    this.onSettled = onSettled;
    this.n = 0;
    this.sendings = 0; // since the server last had everything
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
    this.sendings = Math.max(this.sendings + 1, value.acts?.length ?? 0);
    WAITING.add(this);
    this._keep(this.value);
    this.wait = LATE;
    this._post();
    return this.n;
  }

  // Called with the number the server has seen; true when that is the last one sent.
  heard(seen) {
    document.rareReviewLeft = 0;
    if (this.settled || seen < this.n) return this.settled;
    this.settled = true;
    this.sendings = 0;
    WAITING.delete(this);
    clearTimeout(this.timer);
    this.forget();
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

  // What is kept was answered for, or is not to be sent again.
  forget() {
    this._keep(null);
  }

  _renew() {
    this.n += 1;
    this.value = { ...this.value, n: this.n };
    this._keep(this.value);
  }

  _keep(value) {
    this.kept = value;
    if (this.key) keepUnanswered(this.key, value);
  }

  stop() {
    WAITING.delete(this);
    clearTimeout(this.timer);
  }

  _post() {
    clearTimeout(this.timer);
    if (leaving()) {
      this.timer = setTimeout(() => this._post(), 100);
      return;
    }
    this.set?.(this.name, this.value);
    this.timer = setTimeout(() => this._again(), this.wait);
  }

  _again() {
    if (this.settled) return;
    if (leaving()) {
      this._post();
      return;
    }
    this.wait = Math.min(this.wait * 2, LONGEST);
    this.onLate?.();
    // The same value once more is no news to a server that has it and could not store it.
    this._renew();
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
