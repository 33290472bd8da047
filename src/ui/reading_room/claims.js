// The claims of an item: one lies open, the others are a line each; see claims.py for the
// contract with the server. What is done shows at once: Acts lays what is on its way over
// what is stored.
const AGAIN = 400; // milliseconds within which a second press is a double press
const DEFAULT_KEYS = { supported: "s", partly: "p", contradicted: "x", absent: "n", unsure: "u" };
const OWN = "added:";

// One text of a claim in a field that saves while one types.
class ClaimField extends ActField {
  constructor(claims, kind, target, label, { single = false, placeholder = "" } = {}) {
    const name = `claims:${claims.key}`;
    const { max } = claims.data;
    super(claims.acts, { kind, target, label, name, rows: single ? 1 : 2, max, placeholder });
    this.claims = claims;
  }

  // Once more in a field that was just unfolded: what is hidden has no height to measure.
  grow() {
    this.typing.grow();
  }

  // A claim of the item that is emptied says again what it said.
  _stands(text) {
    return super._stands(text) || (this.kind === "text" && !this.sent.trim());
  }

  _put(words) {
    if (words.trim() || !this.needsWords) super._put(words);
    else this.say(this.claims.stored(this.target) ? "A claim needs words; its last words are kept." : "");
  }
}

// One claim: its line, and below it, once it was open, everything about it.
class ClaimNode {
  constructor(claims, card) {
    this.claims = claims;
    this.card = card;
    this.own = card.original === null;
    this.fields = [];
    this.node = make("li", "claim");
    this.head = make("button", "head");
    this.head.type = "button";
    this.head.addEventListener("click", () => claims.open(card.target, { steady: this.head }));
    this.sign = make("span", "sign");
    this.sign.setAttribute("aria-hidden", "true");
    this.number = make("span", "number");
    this.words = make("span", "words text");
    this.more = make("span", "more says");
    this.head.append(this.sign, this.number, this.words, this.more);
    this.node.append(this.head);
  }

  update(card, open, newer) {
    this.card = card;
    if (open && !this.body) this._build();
    const verdict = this.claims.verdict(card);
    const removed = this.claims.removed(card);
    const chips = this.claims.chips(card);
    const marked = chips.filter((chip) => chip.stands === "evidence").length;
    const busy = this.fields.some((field) => field.saving);
    const print = JSON.stringify([card, open, verdict, removed, chips, this.claims.state(card)]);
    if (print === this.print && !newer && !busy) return;
    this.print = print;
    this._line(open, verdict, removed, marked);
    if (!this.body) return;
    const opening = open && this.body.hidden;
    if (!open && !this.body.hidden) for (const field of this.fields) field.typing.flush();
    this.body.hidden = !open;
    if (open || newer) this._open(verdict, removed, chips, marked, newer);
    if (opening) for (const field of this.fields) field.grow();
  }

  _line(open, verdict, removed, marked) {
    const { card } = this;
    const choice = this.claims.choice(verdict);
    this.node.style.setProperty("--colour", card.colour);
    this.node.style.setProperty("--tint", (!removed && choice?.colour) || "transparent");
    this.node.classList.toggle("open", open);
    this.node.classList.toggle("removed", removed);
    this.head.setAttribute("aria-expanded", String(open));
    this.head.setAttribute("aria-disabled", String(open));
    this.sign.textContent = removed ? "−" : choice?.sign ?? "–";
    this.number.textContent = card.number;
    const words = this.claims.words(card);
    this.words.textContent = open ? `Claim ${card.number}${this.own ? ", added by you" : ""}` : words;
    this.number.hidden = open;
    const count = marked ? `${marked} ${marked === 1 ? "mark" : "marks"}` : "";
    this.more.textContent = open ? "" : count;
    const state = removed ? "taken out" : choice?.word.toLowerCase() ?? "no verdict";
    const name = [`Claim ${card.number}: ${words || "no words yet"}`, state, count];
    this.head.setAttribute("aria-label", name.filter(Boolean).join(", "));
  }

  _build() {
    const { claims, card } = this;
    const { target } = card;
    this.body = make("div", "body");
    this.body.hidden = true;
    this.body.id = `b${Math.random().toString(36).slice(2)}`;
    this.head.setAttribute("aria-controls", this.body.id);
    this.full = make("p", "full text");
    this.gone = make("p", "says", "You took this claim out. It needs no verdict.");
    this._buildVerdicts();
    this.evidence = make("div", "row chips");
    this.evidence.setAttribute("role", "group");
    this.doubt = make("p", "says doubt");
    this.note = this._field("note", "Note on this claim", card.note, { single: true });
    this.body.append(this.full, this.gone, this.verdicts, this.evidence, this.doubt, this.note.node);
    if (this.own) this._buildOwn(target);
    else this._buildMore(target);
    this.node.append(this.body);
  }

  _field(kind, label, text, options) {
    const field = new ClaimField(this.claims, kind, this.card.target, label, options);
    field.begin(this.claims.acts.seen(kind, this.card.target, text));
    this.fields.push(field);
    return field;
  }

  _buildVerdicts() {
    this.verdicts = make("div", "row verdicts");
    this.verdicts.setAttribute("role", "group");
    this.buttons = this.claims.data.verdicts.map((choice) => {
      const button = make("button", "verdict");
      button.type = "button";
      button.style.setProperty("--tint", choice.colour);
      const sign = make("span", "sign", choice.sign);
      sign.setAttribute("aria-hidden", "true");
      const hint = make("kbd");
      hint.setAttribute("aria-hidden", "true");
      button.append(sign, make("span", "", choice.word), hint);
      button.addEventListener("click", () => this.claims.give(this.card.target, choice.value));
      this.verdicts.append(button);
      return { choice, button, hint };
    });
  }

  _buildOwn(target) {
    this.text = this._field("text", "What the claim says", this.card.text, {
      placeholder: "One statement that can be checked against the evidence",
    });
    this.text.needsWords = true;
    this.body.prepend(this.text.node);
    this.acts = make("div", "row acts");
    this.acts.append(
      this._act("Split this claim", () => this.claims.begin(this.claims.words(this.card))),
      this._act("Remove this claim", () => this.claims.removeOwn(target)),
    );
    this.body.append(this.acts);
  }

  _buildMore(target) {
    this.fold = make("details", "fold");
    this.fold.append(make("summary", "", "Reword, split or remove"));
    this.text = this._field("text", "The claim in better words", this.claims.words(this.card), {});
    this.change = make("p", "change text");
    this.change.setAttribute("aria-label", "How your words differ");
    this.acts = make("div", "row acts");
    this.acts.append(
      this._act("Split this claim", () => this.claims.begin(this.claims.words(this.card))),
      this._act("Remove this claim", () => this.claims.remove(target, true)),
    );
    this.back = this._act("Take the claim back in", () => this.claims.remove(target, false));
    this.fold.append(this.text.node, this.change, this.acts);
    this.fold.open = this.card.text !== this.card.original;
    this.fold.addEventListener("toggle", () => this.fold.open && this.text.grow());
    this.body.append(this.fold, this.back);
  }

  _act(word, act) {
    const button = make("button", "quiet", word);
    button.type = "button";
    button.addEventListener("click", act);
    return button;
  }

  _open(verdict, removed, chips, marked, newer) {
    const { card, claims } = this;
    const { readonly } = claims.data;
    const fresh = !claims.stored(card.target);
    this.full.textContent = claims.words(card);
    this.full.hidden = this.own;
    this.gone.hidden = !removed;
    this.verdicts.hidden = this.evidence.hidden = this.note.node.hidden = removed || fresh;
    this.acts.hidden = readonly;
    this._showVerdicts(verdict, readonly);
    this._showChips(chips, readonly);
    const shown = chips.filter((chip) => chip.stands !== "refused").length;
    this._showDoubt(verdict, removed || fresh, marked, shown);
    this.note.update(card.note, newer, readonly);
    this.text.update(this.own ? card.text : claims.words(card), newer, readonly || (this.own && Boolean(claims.leaving)));
    if (this.own) return;
    this.fold.hidden = removed || (readonly && !card.change.length);
    this.back.hidden = !removed || readonly;
    this._showChange(card.change);
  }

  _showVerdicts(verdict, readonly) {
    this.verdicts.setAttribute("aria-label", `Verdict on claim ${this.card.number}`);
    for (const { choice, button, hint } of this.buttons) {
      const key = this.claims.keys[choice.act] ?? "";
      button.setAttribute("aria-pressed", String(choice.value === verdict));
      if (key) button.setAttribute("aria-keyshortcuts", key);
      hint.textContent = key;
      button.disabled = readonly;
    }
  }

  _showChips(chips, readonly) {
    const print = JSON.stringify([chips, readonly]);
    if (this.evidence.dataset.print === print) return;
    const held = this.evidence.getRootNode().activeElement?.dataset?.chip;
    this.evidence.dataset.print = print;
    this.evidence.setAttribute("aria-label", `Evidence of claim ${this.card.number}`);
    this.evidence.replaceChildren(...chips.map((chip) => this._chip(chip, readonly)));
    if (!held) return;
    const same = [...this.evidence.querySelectorAll("button")].find((one) => one.dataset.chip === held);
    (same ?? this.head).focus({ preventScroll: true });
  }

  _chip(chip, readonly) {
    const { after } = CHIPS[chip.stands];
    const node = make("span", `chip ${chip.stands}`);
    const go = make("button", "go");
    go.append(make("span", "place", chip.text), make("span", "after", after));
    go.type = "button";
    go.title = chip.text;
    go.setAttribute("aria-label", `${chip.text}${after}`);
    go.addEventListener("click", () => lead(chip));
    node.append(go);
    if (!readonly) node.append(...this._chipActs(chip));
    for (const button of node.querySelectorAll("button")) button.dataset.chip = chip.link;
    return node;
  }

  _chipActs(chip) {
    return CHIPS[chip.stands].acts.map(({ look, word, wanted, said }) => {
      const button = make("button", look, word);
      button.type = "button";
      button.setAttribute("aria-label", `${said} ${chip.text}`);
      button.addEventListener("click", () => this.claims.link(this.card, chip, wanted));
      return button;
    });
  }

  _showDoubt(verdict, silent, marked, shown) {
    const needs = this.claims.choice(verdict)?.needs_evidence;
    const hint = "Evidence: choose an image, draw a box on it, or select words in the case text.";
    if (silent || marked) this.doubt.textContent = "";
    else if (needs) this.doubt.textContent = `Nothing is marked as evidence yet. ${hint}`;
    else this.doubt.textContent = shown ? "" : hint;
    this.doubt.classList.toggle("pointed", Boolean(needs && !marked && !silent));
    this.doubt.hidden = !this.doubt.textContent;
  }

  _showChange(parts) {
    this.change.hidden = parts.length === 0;
    const print = JSON.stringify(parts);
    if (this.change.dataset.print === print) return;
    this.change.dataset.print = print;
    const tags = { same: "span", added: "ins", removed: "del" };
    this.change.replaceChildren(...parts.map(([kind, text]) => make(tags[kind], "", text)));
  }

  late() {
    for (const field of this.fields) field.late();
  }

  stop() {
    for (const field of this.fields) field.typing.stop();
  }

  forget() {
    for (const field of this.fields) field.forget();
    this.node.remove();
  }
}

// How a chip looks and what can be done to it, by how it stands: evidence, none yet (the
// benchmark's, open), or refused (the benchmark's, and not this).
const CHIPS = {
  evidence: {
    after: "",
    acts: [{ look: "take", word: "×", wanted: "none", said: "Remove" }],
  },
  none: {
    after: ", the benchmark's",
    acts: [
      { look: "confirm", word: "Confirm", wanted: "evidence", said: "Confirm" },
      { look: "refuse", word: "Not this", wanted: "refused", said: "Not this:" },
    ],
  },
  refused: {
    after: ", not this",
    acts: [{ look: "back", word: "Take back", wanted: "none", said: "Take back: not" }],
  },
};

// Leads the eye to a piece of evidence: the viewer to the image or box, the text to the span.
function lead(chip) {
  if (chip.field) {
    announce({ type: "scroll", field: chip.field, start: chip.start, end: chip.end });
  } else if (chip.sha256) {
    const [x, y, width, height] = chip.box ?? [];
    announce({ type: "show", sha256: chip.sha256, box: chip.box ? { x, y, width, height } : undefined });
  }
}

function scrollerOf(node) {
  for (let at = node; at; at = at.parentElement ?? at.getRootNode().host) {
    const style = at instanceof Element && getComputedStyle(at).overflowY;
    if ((style === "auto" || style === "scroll") && at.scrollHeight > at.clientHeight) return at;
  }
  return document.scrollingElement;
}

class Claims {
  constructor(root, data) {
    this.key = data.key;
    this.data = data;
    this.rev = data.rev;
    this.nodes = new Map();
    this.leaving = null; // an own claim on its way out
    this.fresh = []; // own claims begun here that the server has not named yet
    this.acts = remembered(`claims-acts:${data.key}`, () => new Acts(data));
    this.acts.onLate = () => this.nodes.forEach((node) => node.late());
    this._build(root);
    this._listen();
    this._begin();
  }

  _build(root) {
    this.root = make("section", "sheet-part claims");
    this.root.setAttribute("aria-label", "Claims");
    this.list = make("ul", "list");
    this.list.setAttribute("role", "list");
    this.spoken = make("div", "spoken");
    this.spoken.setAttribute("role", "status");
    this.spoken.setAttribute("aria-live", "polite");
    this.foot = make("div", "row foot");
    this.add = make("button", "quiet", "Add a claim");
    this.add.type = "button";
    this.add.addEventListener("click", () => this.begin(""));
    this.next = make("button", "quiet");
    this.next.type = "button";
    this.nextHint = make("kbd");
    this.nextHint.setAttribute("aria-hidden", "true");
    this.next.append("Next claim", this.nextHint);
    this.next.addEventListener("click", () => this.step(1));
    this.foot.append(this.add, this.next);
    this.root.append(this.list, this.foot, this.spoken);
    root.append(this.root);
  }

  _listen() {
    this.onBus = (event) => this._heard(event.detail ?? {});
    document.addEventListener("rarereview", this.onBus);
    // Streamlit takes r for rerun and c for clear cache.
    this.root.addEventListener("keydown", (event) => {
      const plain = !event.ctrlKey && !event.metaKey && !event.altKey;
      if (plain && /^[rc]$/i.test(event.key)) event.stopPropagation();
    });
  }

  // Which claim is open outlives a remount and a reload.
  _begin() {
    const kept = this._kept();
    this.active = this.stored(kept) ? kept : this.data.active;
    this._announce();
  }

  _kept() {
    try {
      return sessionStorage.getItem(`rarereview-open-${this.key}`);
    } catch {
      return null;
    }
  }

  _keep() {
    if (!this.stored(this.active)) return;
    try {
      sessionStorage.setItem(`rarereview-open-${this.key}`, this.active);
    } catch {
      // A browser that keeps nothing opens the first claim without a verdict again.
    }
  }

  // The others follow; who comes later on the page finds it at the document.
  _announce() {
    const told = this.stored(this.active) || !this.active?.startsWith(OWN) ? this.active : null;
    document.rareReviewClaim = told;
    if (this.told === told) return;
    this.told = told;
    announce({ type: "claim", claim_id: told });
  }

  // ---- what is seen: what is stored, with what is on its way laid over it

  get cards() {
    const named = new Set(this.data.cards.map((card) => card.target));
    this.fresh = this.fresh.filter((card) => !named.has(card.target));
    const kept = this.data.cards.filter((card) => card.target !== this.leaving);
    return [...kept, ...this.fresh];
  }

  get keys() {
    return { ...DEFAULT_KEYS, nextclaim: "v", ...document.rareReviewKeys };
  }

  stored(target) {
    return this.data.cards.some((card) => card.target === target);
  }

  // What else a claim's looks hang on.
  state(card) {
    const words = this.acts.seen("text", card.target, null);
    return [words, this.stored(card.target), this.leaving, this.data.readonly, this.keys];
  }

  choice(verdict) {
    return this.data.verdicts.find((choice) => choice.value === verdict);
  }

  verdict(card) {
    return this.acts.seen("verdict", card.target, card.verdict);
  }

  removed(card) {
    return this.acts.seen("removed", card.target, card.removed);
  }

  words(card) {
    const words = this.acts.seen("text", card.target, card.text);
    return words.trim() ? words : card.original ?? card.text;
  }

  // Every chip with how it stands; one that is no evidence is the benchmark's.
  chips(card) {
    const seen = (chip, stored) => {
      const stands = this.acts.seen("link", `${card.target} ${chip.link}`, stored);
      return { ...chip, stands };
    };
    const all = [
      ...card.evidence.map((chip) => seen(chip, "evidence")),
      ...card.given.map((chip) => seen(chip, chip.refused ? "refused" : "none")),
    ];
    return all.filter((chip) => chip.stands === "evidence" || chip.benchmark);
  }

  // ---- what is done

  open(target, { steady = null, quiet = false } = {}) {
    if (target === this.active) return;
    const before = steady?.getBoundingClientRect().top;
    const inside = this.nodes.get(this.active)?.node.contains(this.root.getRootNode().activeElement);
    this._leave();
    this.active = target;
    this._keep();
    this.paint();
    if (steady) scrollerOf(this.root).scrollTop += steady.getBoundingClientRect().top - before;
    else if (inside) this.nodes.get(target)?.head.focus({ preventScroll: true });
    if (quiet) {
      this.told = target;
      document.rareReviewClaim = target;
    } else {
      this._announce();
    }
  }

  // A new claim without a word is no claim: it goes when another one is opened.
  _leave() {
    this.nodes.get(this.active)?.fields.forEach((field) => field.typing.flush());
    const empty = (card) => !this.nodes.get(card.target)?.text?.area.value.trim();
    const left = this.fresh.filter((card) => card.target === this.active && empty(card));
    this.fresh = this.fresh.filter((card) => !left.includes(card));
    for (const card of left) this._forget(card.target);
  }

  _forget(target) {
    this.nodes.get(target)?.forget();
    this.nodes.delete(target);
  }

  reveal(target, focus = false) {
    const node = this.nodes.get(target);
    if (!node) return;
    requestAnimationFrame(() => {
      node.node.scrollIntoView({ block: "nearest" });
      if (focus) node.head.focus({ preventScroll: true });
    });
  }

  step(by) {
    const judged = this.cards.filter((card) => !this.removed(card));
    if (!judged.length) return;
    const place = judged.findIndex((card) => card.target === this.active);
    const from = place < 0 && by < 0 ? 0 : place;
    const { target } = judged[(from + by + judged.length) % judged.length];
    this.open(target);
    this.reveal(target);
  }

  give(target, verdict) {
    const card = this.cards.find((one) => one.target === target);
    if (!card || !this.stored(target) || this.removed(card) || this.data.readonly) return;
    const stands = this.verdict(card) === verdict;
    const twice = this.given?.target === target && Date.now() - this.given.at < AGAIN;
    if (stands && twice) return;
    this.given = { target, at: Date.now() };
    const wanted = stands ? null : verdict;
    this.acts.do("verdict", target, wanted);
    const word = this.choice(wanted)?.word.toLowerCase();
    this.say(word ? `Verdict on claim ${card.number}: ${word}` : `No verdict on claim ${card.number}`);
    this.paint();
  }

  link(card, chip, wanted) {
    this.acts.do("link", `${card.target} ${chip.link}`, wanted);
    this.say(`${chip.text} ${this._linked(chip.stands, wanted)} claim ${card.number}`);
    this.paint();
  }

  _linked(before, wanted) {
    if (wanted === "evidence") return "is evidence of";
    if (wanted === "refused") return "is refused as evidence of";
    return before === "refused" ? "is open again for" : "is no evidence of";
  }

  remove(target, wanted) {
    const { head } = this.nodes.get(target);
    this.acts.do("removed", target, wanted);
    this.say(wanted ? "The claim is taken out." : "The claim is back in.");
    this.paint();
    head.focus({ preventScroll: true });
  }

  // Own claims are named by their places, which move when one goes: until the server has
  // answered, nothing is done to any of them.
  removeOwn(target) {
    announce({ type: "flush" });
    if (!this.stored(target)) return this._dropFresh(target);
    if (this.leaving) return undefined;
    const cards = this.cards;
    const place = cards.findIndex((card) => card.target === target);
    const words = this.acts.seen("text", target, cards[place].text);
    const beside = cards[place + 1] ?? cards[place - 1] ?? null;
    this.acts.do("gone", target, words);
    this.leaving = target;
    this.say(`Claim ${cards[place].number} is removed.`);
    this.open(beside?.target ?? null);
    return this.nodes.get(beside?.target)?.head.focus({ preventScroll: true });
  }

  // A claim the server has not answered for yet: once it has, it can be removed.
  _dropFresh(target) {
    if (!this.acts.settled) return void this.acts.whenSettled(() => this.removeOwn(target), 2000);
    this.fresh = this.fresh.filter((card) => card.target !== target);
    this._forget(target);
    return this.open(this.cards.at(-1)?.target ?? null);
  }

  begin(words) {
    if (this.data.readonly || this.leaving) return;
    this._leave();
    const own = this.cards.filter((card) => card.target.startsWith(OWN)).length;
    const target = `${OWN}${own}`;
    const card = { number: this.cards.length + 1, text: "", original: null, change: [], verdict: null };
    const rest = { evidence: [], given: [], note: "", removed: false, colour: this.data.next_colour };
    this.fresh.push({ target, ...card, ...rest });
    this.open(target);
    const { text } = this.nodes.get(target);
    if (words) {
      text.area.value = words;
      text.typing.again();
    }
    this.reveal(target);
    text.area.focus({ preventScroll: true });
    text.grow();
  }

  // ---- what is heard

  _heard(detail) {
    if (detail.type === "verdict") return this._byKey(detail.verdict);
    if (detail.type === "next-claim") return this.step(1);
    if (detail.type === "previous-claim") return this.step(-1);
    if (detail.type === "keys") return this.paint();
    if (detail.type !== "claim" || detail.claim_id === this.told) {
      if (detail.type === "claim" && detail.reveal) this._reveal(detail.claim_id);
      return undefined;
    }
    this.open(detail.claim_id ?? null, { quiet: true });
    return detail.reveal ? this._reveal(detail.claim_id) : undefined;
  }

  _reveal(target) {
    this.open(target);
    this.reveal(target, true);
  }

  _byKey(verdict) {
    const choice = this.data.verdicts.find((one) => one.value === verdict || one.act === verdict);
    if (!choice) return;
    if (!this.stored(this.active)) {
      this.say("Open a claim first, then give its verdict.");
      return;
    }
    this.give(this.active, choice.value);
    this.reveal(this.active);
  }

  update(data, set) {
    this.data = data;
    this.acts.heard(data, set);
    if (!this.begun) this._again();
    this.begun = true;
    this._left();
    const newer = data.rev > this.rev;
    this.rev = data.rev;
    // A server that was started anew names another claim than the one the reader has open.
    if (this.active === null && data.active !== null) this.open(data.active);
    const lost = this.active?.startsWith(OWN) && !this.cards.some((card) => card.target === this.active);
    if (lost) this.active = data.cards.at(-1)?.target ?? null;
    this.paint(newer);
    this._announce();
  }

  // After a remount: what was on its way then is sent once more, and who came later is told.
  _again() {
    for (const { kind, target, value } of [...this.acts.pending]) this.acts.do(kind, target, value);
    setTimeout(() => announce({ type: "claim", claim_id: this.told }), 250);
  }

  // An own claim is gone, and those after it have other names now.
  _left() {
    if (!this.leaving || this.acts.pending.some((act) => act.kind === "gone")) return;
    const place = (target) => Number(target.slice(OWN.length));
    const gone = place(this.leaving);
    this.leaving = null;
    this.told = undefined;
    for (const target of [...this.nodes.keys()]) if (target.startsWith(OWN)) this._forget(target);
    if (!this.active?.startsWith(OWN) || place(this.active) <= gone) return;
    this.active = `${OWN}${place(this.active) - 1}`;
    this._keep();
  }

  paint(newer = false) {
    const { cards } = this;
    const there = new Set(cards.map((card) => card.target));
    for (const target of [...this.nodes.keys()]) {
      if (there.has(target) || target === this.leaving) continue;
      this._forget(target);
    }
    const nodes = cards.map((card) => {
      if (!this.nodes.has(card.target)) this.nodes.set(card.target, new ClaimNode(this, card));
      const known = this.nodes.get(card.target);
      known.update(card, card.target === this.active, newer);
      return known.node;
    });
    const same = nodes.length === this.list.children.length &&
      nodes.every((node, at) => node === this.list.children[at]);
    if (!same) this.list.replaceChildren(...nodes);
    this.add.hidden = this.data.readonly;
    this.add.disabled = Boolean(this.leaving);
    this.next.hidden = cards.length < 2;
    this.nextHint.textContent = this.keys.nextclaim ?? "";
  }

  say(text) {
    this.spoken.textContent = text;
  }

  stop() {
    document.removeEventListener("rarereview", this.onBus);
    this.nodes.forEach((node) => node.stop());
    this.acts.stop();
    this.root.remove();
  }
}

export default function ({ parentElement, data, setStateValue }) {
  parentElement._claims ??= new Claims(parentElement, data);
  parentElement._claims.update(data, setStateValue);
  return () => {
    parentElement._claims?.stop();
    delete parentElement._claims;
  };
}
