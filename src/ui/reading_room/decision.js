// The reader's last word and Submit; see choices.py for the contract with the server.
// Submit waits until everything typed and chosen on the page has been stored.
const PATIENCE = 6000;

class Decision {
  constructor(root, data) {
    this.root = make("section", "sheet-part decision");
    this.root.setAttribute("aria-label", "Decision");
    root.append(this.root);
    this.acts = new Acts(data);
    this.looked = new Set(); // images, since this stands here
    this.choices = new Choices(this.root, this.acts);
    this._build();
    this.onBus = (event) => this._heard(event.detail ?? {});
    document.addEventListener("rarereview", this.onBus);
  }

  _build() {
    const row = make("div", "row submit");
    this.button = make("button", "main");
    this.button.type = "button";
    this.button.setAttribute("aria-keyshortcuts", "Control+Enter");
    this.button.addEventListener("click", () => this.submit());
    this.says = make("div", "says");
    this.says.setAttribute("role", "status");
    row.append(this.button, this.says);
    this.root.append(row);
  }

  update(data, set) {
    this.data = data;
    this.acts.heard(data, set);
    this.choices.update(data.groups, data.readonly);
    this.sent = this.storing || this.acts.pending.some((act) => act.kind === "submit");
    this._paint();
    this._fetchAhead(data.ahead);
  }

  _heard(detail) {
    if (detail.type === "submit") this.submit();
    else if (detail.type === "viewed") this._viewed(detail.sha256);
    else if (detail.type === "told") this._told(detail);
  }

  // Looking is stored a little later, and then not told to all: it is no longer to be pointed out
  // at once.
  _viewed(sha256) {
    this.looked.add(sha256);
    this._paint();
  }

  // Another part of the form was stored: what is missing may have changed with it.
  _told({ version, missing, doubts, closed }) {
    if (version === undefined || version < this.data.version) return;
    Object.assign(this.data, { version, missing, doubts, closed });
    this._paint();
  }

  _paint() {
    const { label, missing, closed } = this.data;
    const doubts = this.data.doubts.filter((place) => !this.looked.has(place.image));
    const word = make("span", "", this.sent ? "Storing" : label);
    this.button.replaceChildren(word, make("kbd", "", "Ctrl Enter"));
    this.button.disabled = this.sent || Boolean(closed);
    this.button.classList.toggle("waiting", missing.length > 0);
    this.button.setAttribute("aria-disabled", String(this.button.disabled || missing.length > 0));
    const lines = [];
    if (closed) lines.push(make("span", "", closed));
    else if (missing.length) lines.push(this._list("Still missing:", missing, 2));
    else lines.push(make("span", "", "Nothing is missing."));
    if (doubts.length) lines.push(this._list("Look again, if you like:", doubts, 1));
    this.says.replaceChildren(...lines);
  }

  // A line of the first places that lead to where something is to be done.
  _list(title, places, most) {
    const line = make("div", "line", title);
    for (const place of places.slice(0, most)) {
      const button = make("button", "quiet", place.words);
      button.type = "button";
      button.addEventListener("click", () => this._lead(place));
      line.append(" ", button);
    }
    if (places.length > most) line.append(` And ${places.length - most} more.`);
    return line;
  }

  _lead(place) {
    if (place.claim) announce({ type: "claim", claim_id: place.claim, reveal: true });
    if (place.image) announce({ type: "show", sha256: place.image });
    const part = place.part && document.querySelector(`.st-key-part-${place.part}`);
    part?.scrollIntoView({ block: "start" });
    if (place.own) this.choices.groups.get(place.own)?.inputs[0].focus();
  }

  submit() {
    if (this.sent || this.data.closed || this.data.readonly) return;
    announce({ type: "flush" });
    if (this.data.missing.length && everythingStored()) return this._lead(this.data.missing[0]);
    this.sent = this.storing = true;
    this._paint();
    this._whenStored(Date.now() + PATIENCE);
  }

  // What is still missing may be on its way: the server decides, once it has everything. A form
  // that is gone sends nothing: nobody would take its act off the list of what waits.
  _whenStored(until) {
    if (this.gone) return undefined;
    if (!everythingStored() && Date.now() < until) {
      return void setTimeout(() => this._whenStored(until), 20);
    }
    this.storing = false;
    if (!everythingStored()) {
      this.sent = false;
      this._paint();
      this.says.prepend(make("div", "line", "Waiting for the server. Your text is kept."));
      return undefined;
    }
    this.acts.do("submit", "");
    return undefined;
  }

  // The next case's images, so that it is there before it is asked for.
  _fetchAhead(urls) {
    if (this.fetched || !urls.length) return;
    this.fetched = true;
    const load = () => urls.forEach((url) => { new Image().src = url; });
    if (window.requestIdleCallback) this.idle = requestIdleCallback(load, { timeout: 4000 });
    else setTimeout(load, 1500);
  }

  stop() {
    this.gone = true;
    document.removeEventListener("rarereview", this.onBus);
    this.acts.stop();
    this.root.remove();
  }
}

export default function ({ parentElement, data, setStateValue }) {
  parentElement._decision ??= new Decision(parentElement, data);
  parentElement._decision.update(data, setStateValue);
  return () => {
    parentElement._decision?.stop();
    delete parentElement._decision;
  };
}
