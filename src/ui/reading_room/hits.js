// The hits of the scan: a line each with what is said of it; the one that lies open is on the
// desk. What is said, and which lies open, is told to those who mark hits: see hits_said.js.
const BESIDE = 600; // pixels: on anything narrower an image covers the screen

class Hits {
  constructor(leaks) {
    this.leaks = leaks;
    this.acts = leaks.acts;
    this.open = null;
    this.rows = new Map();
    this.node = make("div", "hits");
    this.title = make("h3", "says");
    this.high = make("ul", "list");
    this.fold = make("details", "low");
    this.foldTitle = make("summary");
    this.low = make("ul", "list");
    this.fold.append(this.foldTitle, this.low);
    this.status = make("div", "heard");
    this.status.setAttribute("role", "status");
    this.desk = new HitDesk(this);
    this.node.append(this.title, this.high, this.fold, this.status, this.desk.node);
  }

  get cards() {
    return this.leaks.data.hits;
  }

  card(id) {
    return this.cards.find((card) => card.hit_id === id);
  }

  // What the reader sees to be said of a hit: what is on its way counts.
  said(card) {
    return this.acts.seen("hit", card.hit_id, card.says) ?? "";
  }

  _answer(said) {
    return this.leaks.data.answers.find((answer) => answer.value === said);
  }

  _state(card) {
    const said = this.said(card);
    if (said === "flagged") return "leak";
    return said ? (this._answer(said)?.leak ? "leak" : "none") : "";
  }

  _words(card) {
    const said = this.said(card);
    return said === "flagged" ? "In a leak you flagged" : this._answer(said)?.word ?? "Undecided";
  }

  // ---- showing --------------------------------------------------------------------------

  show(newer = false) {
    const [high, low] = [this._of(false), this._of(true)];
    this.node.hidden = !this.cards.length;
    const decided = high.filter((card) => this.said(card)).length;
    this.title.textContent = high.length
      ? `Found by the scan: ${decided} of ${high.length} decided`
      : "Found by the scan: nothing of high rank";
    this._list(this.high, high);
    this._list(this.low, low);
    this.fold.hidden = !low.length;
    this.foldTitle.textContent = `Mentions of low rank (${low.length})`;
    if (this.open !== null && !this.card(this.open)) this.open = null;
    if (this.open === null) this.desk.hide();
    else this._onDesk(newer);
    this._tell();
  }

  _of(low) {
    return this.cards.filter((card) => card.low === low);
  }

  _list(list, cards) {
    const nodes = cards.map((card) => this._row(card));
    const same = nodes.length === list.childNodes.length &&
      nodes.every((node, at) => node === list.childNodes[at]);
    if (!same) list.replaceChildren(...nodes);
  }

  _row(card) {
    const row = this.rows.get(card.hit_id) ?? this._newRow(card);
    const state = this._state(card);
    row.button.dataset.state = state;
    row.sign.textContent = { leak: "⚑", none: "✓" }[state] ?? "";
    row.quote.textContent = card.quote;
    row.where.textContent = card.where;
    row.state.textContent = this._words(card);
    row.button.setAttribute("aria-expanded", String(card.hit_id === this.open));
    return row.node;
  }

  _newRow(card) {
    const row = {
      node: make("li"), button: make("button", "hit"), sign: make("span", "sign"),
      quote: make("span", "quote"), where: make("span", "where"), state: make("span", "state"),
    };
    row.button.type = "button";
    row.button.append(row.sign, row.quote, row.where, row.state);
    row.button.addEventListener("click", () => this._pressed(card.hit_id));
    row.node.append(row.button);
    this.rows.set(card.hit_id, row);
    return row;
  }

  _onDesk(newer = false) {
    const card = this.card(this.open);
    const order = this._of(card.low);
    const rank = card.low ? " of low rank" : "";
    const count = `Hit ${order.indexOf(card) + 1} of ${order.length}${rank}`;
    this.desk.show(card, count, this.leaks.data, newer);
  }

  // Those who mark hits hear of it only when something has changed.
  _tell() {
    const states = Object.fromEntries(this.cards.map((card) => [card.hit_id, this._state(card)]));
    const news = { key: this.leaks.data.key, states, open: this.open };
    const print = JSON.stringify(news);
    if (print === this.print && document.rareReviewHits) return;
    this.print = print;
    document.rareReviewHits = news;
    announce({ type: "hits" });
  }

  // ---- going ----------------------------------------------------------------------------

  _pressed(id) {
    if (id === this.open) this.close();
    else this.go(id);
  }

  // The next or the one before, in the order of the list; low ones while one of them is open.
  walk(by) {
    const open = this.card(this.open);
    const order = this._of(Boolean(open?.low) || !this._of(false).length);
    if (!order.length) return;
    const first = Math.max(0, order.findIndex((card) => !this.said(card)));
    const at = open ? (order.indexOf(open) + by + order.length) % order.length : first;
    this.go(order[at].hit_id);
  }

  go(id) {
    const card = this.card(id);
    if (!card) return;
    this.open = id;
    if (card.low) this.fold.open = true;
    this.show();
    this.rows.get(id).button.scrollIntoView({ block: "nearest" });
    this._lead(card);
    this.status.textContent = `${this.desk.count.textContent}: “${card.quote}”. ${this._words(card)}.`;
  }

  // To the words in the text, and to the image where they are in it, under it or in its name.
  _lead(card) {
    if (card.start !== null) {
      announce({ type: "scroll", field: card.field, start: card.start, end: card.end });
    }
    if (!card.sha256 || (!card.box && window.innerWidth < BESIDE)) return;
    const [x, y, width, height] = card.box ?? [];
    announce({ type: "show", sha256: card.sha256, box: card.box ? { x, y, width, height } : undefined });
    if (window.innerWidth < BESIDE || document.fullscreenElement) this.desk.raise();
  }

  close() {
    if (this.open === null) return;
    const back = this.desk.holdsFocus ? this.rows.get(this.open)?.button : null;
    this.open = null;
    this.show();
    back?.focus({ preventScroll: true });
  }

  // ---- saying ---------------------------------------------------------------------------

  // What is said already is taken back by saying it again.
  say(card, value) {
    if (!card || this.leaks.data.readonly) return;
    const wanted = this.said(card) === value ? null : value;
    this.acts.do("hit", card.hit_id, wanted);
    this.show();
    this.status.textContent = `“${card.quote}”: ${this._words(card)}.`;
  }

  heard(detail) {
    if (detail.type === "next-hit") this.walk(1);
    else if (detail.type === "last-hit") this.walk(-1);
    else if (detail.type === "hit" && detail.hit_id === null) this.close();
    else if (detail.type === "hit") this.go(detail.hit_id);
    else if (detail.type === "hit-says") this.say(this.card(this.open), this._valueOf(detail.act));
    else if (detail.type === "keys") this.desk.keys();
  }

  _valueOf(act) {
    return this.leaks.data.answers.find((answer) => answer.act === act)?.value;
  }

  stop() {
    this.desk.stop();
    if (document.rareReviewHits?.key !== this.leaks.data.key) return;
    delete document.rareReviewHits;
    announce({ type: "hits" });
  }
}
