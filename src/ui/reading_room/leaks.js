// Leaks: hits of the scan, and what the reader flags beside them; see leaks.py for the contract.
const LEAK = "leak"; // the claim that stands for a leak being marked

class LeakCard {
  constructor(leaks, card) {
    this.leaks = leaks;
    this.node = make("li", "leak");
    const head = make("div", "row");
    this.where = make("button", "where");
    this.where.type = "button";
    this.where.addEventListener("click", () => leaks.lead(this.card));
    this.gone = make("button", "quiet", "Remove");
    this.gone.type = "button";
    this.gone.addEventListener("click", () => leaks.remove(this.card));
    head.append(make("span", "flag", "⚑"), this.where, this.gone);
    const below = make("div", "row");
    this.kind = make("select");
    this.kind.setAttribute("aria-label", "What happens there");
    for (const { value, word } of leaks.data.kinds) {
      const option = make("option", "", word);
      option.value = value;
      this.kind.append(option);
    }
    this.kind.addEventListener("change", () => leaks.acts.do("kind", this.card.spot, this.kind.value));
    this.severity = new Choices(below, {
      seen: (_, __, stored) => leaks.acts.seen("severity", this.card.spot, stored),
      do: (_, __, value) => leaks.acts.do("severity", this.card.spot, value ?? this.card.severity),
    });
    below.prepend(this.kind);
    this.note = new ActField(leaks.acts, {
      kind: "note", target: card.spot, label: "Note", name: leaks.data.key, max: leaks.data.max,
    });
    this.node.append(head, below, this.note.node);
    this.note.begin(card.note);
  }

  update(card, newer) {
    const { acts, data } = this.leaks;
    this.card = card;
    this.where.textContent = card.where;
    this.gone.setAttribute("aria-label", `Remove the leak: ${card.where}`);
    this.kind.value = acts.seen("kind", card.spot, card.kind);
    this.kind.disabled = data.readonly;
    this.gone.hidden = data.readonly;
    const ask = { name: "severity", label: "How much", options: data.severities, value: card.severity };
    this.severity.update([ask], data.readonly);
    this.note.update(card.note, newer, data.readonly);
  }
}

class Leaks {
  constructor(root, data) {
    this.data = data;
    this.rev = data.rev;
    this.cards = new Map();
    this.acts = new Acts(data);
    this.acts.onLate = () => {
      this.cards.forEach((card) => card.note.late());
      this.hits.desk.late();
    };
    this.hits = new Hits(this);
    this.root = make("section", "sheet-part leaks");
    this.root.setAttribute("aria-label", "Leaks");
    this.list = make("ul", "list");
    this.hint = make("p", "says hint",
      "Now select the words in the case text or a caption, choose the image, or draw a box on it. "
      + "It is flagged as you mark it.");
    this.own = make("h3", "says", "Flagged by you");
    this.root.append(this.hits.node, this.own, this.list, this.hint, this._foot());
    root.append(this.root);
    this.onBus = (event) => this._heard(event.detail ?? {});
    document.addEventListener("rarereview", this.onBus);
  }

  _foot() {
    const foot = make("div", "row");
    this.mark = make("button", "quiet");
    this.mark.type = "button";
    this.mark.addEventListener("click", () => this.toggle());
    this.place = make("select");
    this.place.setAttribute("aria-label", "Flag a whole place");
    this.place.addEventListener("change", () => this._whole());
    this.foot = foot;
    foot.append(this.mark, this.place);
    return foot;
  }

  update(data, set) {
    const newer = data.rev > this.rev;
    this.rev = data.rev;
    this.data = data;
    this.acts.heard(data, set);
    this._show(newer);
  }

  _show(newer = false) {
    const gone = this.gone;
    this.hits.show(newer);
    const shown = this.data.cards.filter((card) => card.spot !== gone || this.acts.settled);
    this.own.hidden = !shown.length || !this.data.hits.length;
    if (this.acts.settled) this.gone = null;
    for (const [spot, card] of this.cards) {
      if (shown.some((one) => one.spot === spot)) continue;
      card.note.forget();
      this.cards.delete(spot);
    }
    const nodes = shown.map((one) => {
      if (!this.cards.has(one.spot)) this.cards.set(one.spot, new LeakCard(this, one));
      this.cards.get(one.spot).update(one, newer);
      return this.cards.get(one.spot).node;
    });
    const same = nodes.length === this.list.childNodes.length &&
      nodes.every((node, at) => node === this.list.childNodes[at]);
    if (!same) this.list.replaceChildren(...nodes);
    this._showFoot();
  }

  _showFoot() {
    this.foot.hidden = this.data.readonly;
    this.hint.hidden = !this.marking;
    const key = make("kbd", "", document.rareReviewKeys?.markleak ?? "");
    this.mark.replaceChildren(this.marking ? "Done marking" : "⚑ Mark a leak", key);
    this.mark.setAttribute("aria-pressed", String(Boolean(this.marking)));
    const first = make("option", "", "Flag a whole place or a file");
    first.value = "";
    const print = JSON.stringify(this.data.places);
    if (print === this.print) return;
    this.print = print;
    this.place.replaceChildren(first, ...this.data.places.map(({ value, word }) => {
      const option = make("option", "", word);
      option.value = value;
      return option;
    }));
  }

  // Marking goes where claims are marked: the viewer and the case text follow the same word.
  toggle() {
    if (!this.marking) this.before = document.rareReviewClaim ?? null;
    announce({ type: "claim", claim_id: this.marking ? this.before : LEAK });
  }

  _heard(detail) {
    if (detail.type === "mark-leak" && !this.data.readonly) return void this.toggle();
    this.hits.heard(detail);
    if (detail.type === "keys") this._showFoot();
    if (detail.type !== "claim") return;
    this.marking = detail.claim_id === LEAK;
    this._showFoot();
  }

  _whole() {
    if (this.place.value) this.acts.do("add", this.place.value);
    this.place.value = "";
  }

  remove(card) {
    this.gone = card.spot;
    this.acts.do("gone", card.spot);
    this._show();
    this.mark.focus({ preventScroll: true });
  }

  lead(card) {
    if (card.start !== null) {
      announce({ type: "scroll", field: card.field, start: card.start, end: card.end });
    } else if (card.sha256) {
      const [x, y, width, height] = card.box ?? [];
      announce({ type: "show", sha256: card.sha256, box: card.box ? { x, y, width, height } : undefined });
    }
  }

  stop() {
    document.removeEventListener("rarereview", this.onBus);
    this.cards.forEach((card) => card.note.stop());
    this.hits.stop();
    this.acts.stop();
    this.root.remove();
  }
}

export default function ({ parentElement, data, setStateValue }) {
  parentElement._leaks ??= new Leaks(parentElement, data);
  parentElement._leaks.update(data, setStateValue);
  return () => {
    parentElement._leaks?.stop();
    delete parentElement._leaks;
  };
}
