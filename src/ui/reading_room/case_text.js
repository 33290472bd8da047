// The case text with marked spans; see case_text.py for the contract with the server.
// Offsets are code points at the border and UTF-16 units inside the DOM.

const AROUND = 30;
const UNFOLDS = 400; // milliseconds
const LEAK = "leak";

function toUnits(text, points) {
  let units = 0;
  for (let n = 0; n < points && units < text.length; n += 1) {
    units += text.codePointAt(units) > 0xffff ? 2 : 1;
  }
  return units;
}

class CaseText {
  constructor(root, data) {
    this.memory = remembered(`case:${data.key}`, () => ({ open: {} }));
    this.acts = new Acts(data);
    this.root = make("div", "case");
    this.parts = new Map();
    this.folds = new Map();
    this.button = this._useButton();
    this.menu = make("div", "menu");
    this.menu.hidden = true;
    this.menu.setAttribute("role", "group");
    this.menu.setAttribute("aria-label", "Marks at this place");
    this.status = make("div", "status");
    this.status.setAttribute("role", "status");
    this.list = make("div", "sections");
    this.root.append(this.list, this.button, this.menu, this.status);
    root.append(this.root);
    this.shadow = root;
    this._listen();
  }

  _useButton() {
    const button = make("button", "use");
    button.type = "button";
    button.hidden = true;
    this.use = make("span", "", "Use as evidence");
    this.hint = make("kbd", "", this._markKey());
    button.append(this.use, this.hint);
    // A press must not clear the selection before the click arrives.
    button.addEventListener("pointerdown", (event) => event.preventDefault());
    button.addEventListener("click", () => this.mark());
    return button;
  }

  // The viewer says which keys are in force, a desk beside its own.
  _markKey() {
    return this.data?.beside || (document.rareReviewKeys?.evidence ?? "e");
  }

  // Can words be marked: by a reader, or for the unit that lies open on a desk?
  _marks() {
    const { readonly, beside } = this.data ?? { readonly: true };
    return !readonly || (Boolean(beside) && rulingShown().unit !== null);
  }

  _listen() {
    this.onSelect = () => this._selected();
    this.onDown = (event) => this._down(event);
    this.onUp = () => this._up();
    this.onKey = (event) => this._key(event);
    this.onBus = (event) => this._heard(event.detail ?? {});
    document.addEventListener("selectionchange", this.onSelect);
    document.addEventListener("pointerdown", this.onDown, true);
    // A selection by touch ends a press with a cancel.
    for (const kind of ["pointerup", "pointercancel"]) document.addEventListener(kind, this.onUp, true);
    document.addEventListener("rarereview", this.onBus);
    // On the window, so that a selection here claims the key of evidence before the viewer does.
    window.addEventListener("keydown", this.onKey, true);
  }

  stop() {
    document.removeEventListener("selectionchange", this.onSelect);
    document.removeEventListener("pointerdown", this.onDown, true);
    for (const kind of ["pointerup", "pointercancel"]) document.removeEventListener(kind, this.onUp, true);
    document.removeEventListener("rarereview", this.onBus);
    window.removeEventListener("keydown", this.onKey, true);
    clearTimeout(this.unfolding);
    this.acts.stop();
    this.root.remove();
  }

  update(data, set) {
    this.acts.heard(data, set);
    if (this.data === undefined) this.active = this._firstClaim(data);
    else if (data.active !== this.data.active && document.rareReviewClaim === undefined) {
      this.active = data.active;
    }
    this.data = data;
    this.hint.textContent = this._markKey();
    if (this.pressed) this.late = true;
    else this._render();
  }

  // The claim that lies open in the list beside, if that was there first.
  _firstClaim({ claims, active }) {
    const told = document.rareReviewClaim;
    return claims.some((claim) => claim.claim_id === told) ? told : active;
  }

  // ---- painting -------------------------------------------------------------------------

  _render() {
    const chosen = this._selection();
    const nodes = this._folds(this.data.sections.map((section) => [section.under, this._section(section)]));
    const same = nodes.length === this.list.childNodes.length &&
      nodes.every((node, at) => node === this.list.childNodes[at]);
    if (!same) this.list.replaceChildren(...nodes);
    if (this.changed && chosen) this._restore(chosen);
    this.changed = false;
  }

  // Sections under one title lie in one fold, where the first of them would stand.
  _folds(sections) {
    const nodes = [];
    for (const [under, node] of sections) {
      if (!under) {
        nodes.push(node);
        continue;
      }
      const fold = this._fold(under);
      if (!nodes.includes(fold)) nodes.push(fold);
      if (node.parentNode !== fold) fold.append(node);
    }
    return nodes;
  }

  _fold(title) {
    const known = this.folds.get(title);
    if (known) return known;
    const fold = make("details", "section fold");
    fold.append(make("summary", "", title));
    fold.open = this.memory.open[`fold ${title}`] ?? false;
    fold.addEventListener("toggle", () => {
      this.memory.open[`fold ${title}`] = fold.open;
    });
    this.folds.set(title, fold);
    return fold;
  }

  _section(section) {
    const part = this.parts.get(section.field) ?? this._newSection(section);
    part.title.textContent = section.title;
    part.body.setAttribute("aria-label", section.title);
    const own = (marks) => marks.filter((mark) => mark.field === section.field);
    const [spans, hits] = [own(this._spans()), own(this.data.hits)];
    const states = hits.map((hit) => [hitState(hit.hit_id), openHit() === hit.hit_id]);
    const print = JSON.stringify([section.text, spans, hits, states, this.active]);
    if (print !== part.print) {
      part.print = print;
      part.text = section.text;
      part.body.replaceChildren(...this._pieces(section.text, spans, hits));
      this.changed = true;
    }
    return part.node;
  }

  // What is marked: beside a desk also what its ruling ticks, and one's own words.
  _spans() {
    const shown = this.data.spans.filter(isReaderShown);
    if (!this.data.beside) return shown;
    const { unit, own } = rulingShown();
    const mine = own.filter(({ link }) => ["span", "words"].includes(link.type)).map(({ name, link }) => ({
      field: link.field, start: link.start, end: link.end, claim_id: unit, own: name,
      colour: "currentColor", sign: "Yours",
    }));
    const ticked = shown.map((span) => (isTicked(span) ? { ...span, sign: `✓${span.sign}` } : span));
    return [...ticked, ...mine];
  }

  _newSection({ field, open, lead }) {
    const node = make(lead ? "div" : "details", lead ? "lead" : "section");
    const title = make("summary");
    const body = make("div", "text");
    body.tabIndex = 0;
    body.setAttribute("role", "document");
    if (lead) {
      node.open = true; // as a folding section that is never folded
      node.append(body);
    } else {
      node.open = this.memory.open[field] ?? open;
      node.append(title, body);
      node.addEventListener("toggle", () => {
        this.memory.open[field] = node.open;
      });
    }
    body.addEventListener("click", (event) => this._clicked(event, field));
    const part = { node, title, body, text: "", print: "" };
    this.parts.set(field, part);
    return part;
  }

  // Cuts the text wherever a span or a hit begins or ends, so that spans may overlap freely.
  _pieces(text, spans, hits) {
    const unit = (mark) => ({
      ...mark, from: toUnits(text, mark.start), to: toUnits(text, mark.end),
    });
    const marks = spans.map(unit);
    const found = hits.map(unit);
    const cuts = new Set([0, text.length]);
    for (const mark of [...marks, ...found]) cuts.add(mark.from).add(mark.to);
    const ends = [...cuts].sort((a, b) => a - b);
    const nodes = [];
    for (let i = 0; i + 1 < ends.length; i += 1) {
      const [from, to] = [ends[i], ends[i + 1]];
      const over = (mark) => mark.from <= from && mark.to >= to;
      nodes.push(this._piece(text.slice(from, to), marks.filter(over), found.filter(over), to));
    }
    return nodes;
  }

  _piece(text, marks, hits, to) {
    if (!marks.length && !hits.length) return document.createTextNode(text);
    const node = make(marks.length ? "mark" : "span", "", text);
    if (hits.length) this._dressHit(node, hits);
    if (!marks.length) return node;
    node._marks = marks;
    const first = marks.find((mark) => mark.claim_id === this.active) ?? marks[0];
    node.style.setProperty("--colour", first.colour);
    node.classList.toggle("active", first.claim_id === this.active);
    // Lines under a claim's marks; a leak's are dotted, the benchmark's dashed (in the styles).
    const own = marks.filter((mark) => mark.claim_id !== LEAK && !mark.benchmark);
    const lines = own.map((mark, at) => `inset 0 -${2 * (at + 1)}px 0 ${mark.colour}`);
    node.style.boxShadow = lines.join(", ");
    node.classList.toggle("leak", marks.some((mark) => mark.claim_id === LEAK));
    node.classList.toggle("given", !own.length && marks.some((mark) => mark.benchmark));
    const ending = marks.filter((mark) => mark.to === to && mark.sign);
    if (ending.length) node.dataset.sign = ending.map((mark) => mark.sign).join(" ");
    node.title = marks.map((mark) => this._name(mark)).join("; ");
    return node;
  }

  // The one that lies open counts before the others; undecided ones before those decided.
  _dressHit(node, hits) {
    const first = hits.find((hit) => openHit() !== null && openHit() === hit.hit_id)
      ?? hits.find((hit) => !hitState(hit.hit_id)) ?? hits[0];
    node.classList.add("hit");
    node.classList.toggle("low", first.low);
    node.classList.toggle("on-desk", openHit() !== null && openHit() === first.hit_id);
    node.dataset.state = hitState(first.hit_id);
    node.title = hits.map((hit) => hit.label).filter(Boolean).join("; ");
    if (first.hit_id) node._hits = hits;
  }

  _name(mark) {
    const claim = this.data.claims.find((one) => one.claim_id === mark.claim_id);
    if (mark.claim_id === LEAK) return "Leak";
    const number = claim ? claim.sign || `Claim ${claim.number}` : "";
    const reader = mark.own ? "Yours" : mark.reader ? `Reader ${mark.reader}` : "";
    const label = mark.label || (mark.benchmark ? "the benchmark's" : "");
    return [reader, number, label].filter(Boolean).join(": ") || "Marked";
  }

  // ---- selecting ------------------------------------------------------------------------

  _range() {
    const selection = document.getSelection();
    if (!selection) return null;
    if (selection.getComposedRanges) {
      let ranges = selection.getComposedRanges({ shadowRoots: [this.shadow] });
      if (!ranges.length) ranges = selection.getComposedRanges(this.shadow);
      return ranges[0] ?? null;
    }
    const own = this.shadow.getSelection?.() ?? selection;
    return own.rangeCount ? own.getRangeAt(0) : null;
  }

  // The selection as UTF-16 units of one section's text, without white space at its ends.
  _selection() {
    const range = this._range();
    if (!range || range.collapsed) return null;
    for (const [field, part] of this.parts) {
      if (!part.body.contains(range.startContainer) || !part.node.open) continue;
      if (!part.body.contains(range.endContainer)) {
        const beyond = this.list.contains(range.endContainer);
        // A triple click ends at the start of whatever follows the text.
        if (!beyond || range.endOffset > 0) return { field, split: true };
      }
      const from = this._units(part.body, range.startContainer, range.startOffset);
      const inside = part.body.contains(range.endContainer);
      const to = inside
        ? this._units(part.body, range.endContainer, range.endOffset)
        : part.text.length;
      return this._trimmed(field, part.text, from, to);
    }
    return null;
  }

  _trimmed(field, text, from, to) {
    const piece = text.slice(from, to);
    const start = from + (piece.length - piece.trimStart().length);
    const end = from + piece.trimEnd().length;
    return end > start ? { field, start, end } : null;
  }

  _units(body, node, offset) {
    const range = document.createRange();
    range.setStart(body, 0);
    range.setEnd(node, offset);
    return range.toString().length;
  }

  _restore({ field, start, end, split }) {
    const body = this.parts.get(field)?.body;
    if (!body || split) return;
    const a = this._point(body, start);
    const b = this._point(body, end);
    if (a && b) document.getSelection()?.setBaseAndExtent(...a, ...b);
  }

  _point(body, units) {
    const walker = document.createTreeWalker(body, NodeFilter.SHOW_TEXT);
    let left = units;
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      if (left <= node.length) return [node, left];
      left -= node.length;
    }
    return null;
  }

  _selected() {
    if (this.pressed) return;
    const chosen = this._selection();
    const usable = chosen && !chosen.split && this._marks();
    this.button.hidden = !usable;
    this.use.textContent = this.active === LEAK ? "Mark as a leak" : "Use as evidence";
    if (chosen?.split) this._say("Select within one section.");
    if (usable) this._placeButton(chosen);
  }

  _placeButton({ field, start, end }) {
    const body = this.parts.get(field).body;
    const [a, b] = [this._point(body, start), this._point(body, end)];
    if (!a || !b) return;
    const range = document.createRange();
    range.setStart(...a);
    range.setEnd(...b);
    const lines = range.getClientRects();
    const last = lines[lines.length - 1] ?? range.getBoundingClientRect();
    this._beside(this.button, last);
  }

  _beside(node, rect) {
    const frame = this.root.getBoundingClientRect();
    const left = Math.min(rect.right - frame.left, frame.width - node.offsetWidth - 4);
    node.style.left = `${Math.max(0, left)}px`;
    node.style.top = `${rect.bottom - frame.top + 4}px`;
  }

  _down(event) {
    const path = event.composedPath();
    this.pressed = path.includes(this.list);
    if (!path.includes(this.menu)) this.menu.hidden = true;
  }

  _up() {
    if (!this.pressed) return;
    // The selection is final only after the click that follows this event.
    setTimeout(() => {
      this.pressed = false;
      if (this.late) this._render();
      this.late = false;
      this._selected();
    });
  }

  _key(event) {
    if (document.rareReviewDialog?.open || document.rareReviewGuard?.astray) return;
    if (isEditable(origin(event)) || event.ctrlKey || event.metaKey || event.altKey) return;
    const inside = event.composedPath().includes(this.root);
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (key === this._markKey() && this._canMark()) {
      this.mark();
      event.preventDefault();
      event.stopImmediatePropagation();
    } else if (event.key === "Escape" && !this.menu.hidden) {
      this.menu.hidden = true;
      event.stopImmediatePropagation();
    } else if (inside && (key === "r" || key === "c")) {
      // Streamlit would rerun or offer to clear its cache.
      event.stopImmediatePropagation();
    } else if (inside) {
      this._walk(event);
    }
  }

  // Without a mouse: up and down choose a sentence, with Shift they extend the choice.
  _walk(event) {
    const part = [...this.parts].find(([, one]) => one.body === origin(event));
    if (!part || !["ArrowDown", "ArrowUp"].includes(event.key) || !Intl.Segmenter) return;
    const [field, { text }] = part;
    const cut = new Intl.Segmenter("en", { granularity: "sentence" });
    const all = [...cut.segment(text)].map((one) =>
      this._trimmed(field, text, one.index, one.index + one.segment.length));
    const sentences = all.filter(Boolean);
    const now = this._selection();
    const here = now?.field === field && !now.split ? now : null;
    const next = this._step(sentences, here, event.key === "ArrowDown", event.shiftKey);
    if (!next) return;
    this._restore(next);
    this._point(this.parts.get(field).body, next.end)?.[0].parentElement
      .scrollIntoView({ block: "nearest" });
    event.preventDefault();
    event.stopImmediatePropagation();
  }

  _step(sentences, here, down, extend) {
    if (!here) return down ? sentences[0] : sentences[sentences.length - 1];
    const after = sentences.find((one) => one.start >= here.end);
    if (extend && down) return after && { ...here, end: after.end };
    if (extend) {
      const inside = sentences.filter((one) => one.start >= here.start && one.end < here.end);
      return inside.length ? { ...here, end: inside[inside.length - 1].end } : null;
    }
    if (down) return after;
    return sentences.filter((one) => one.end <= here.start).pop();
  }

  _canMark() {
    const chosen = this._selection();
    return Boolean(chosen && !chosen.split && this._marks());
  }

  mark() {
    const chosen = this._selection();
    if (!chosen || chosen.split || !this._marks()) return;
    if (this.active === null) {
      this._say("Open a claim first, then mark its text.");
      return;
    }
    if (this.data.beside) this._toDesk(this._quoted(chosen));
    else this._do("marked", this._quoted(chosen));
    document.getSelection()?.removeAllRanges();
    this.button.hidden = true;
    this._say(this.active === LEAK ? "Marked as a leak." : "Marked as evidence.");
  }

  // The desk keeps it for its ruling.
  _toDesk({ field, start, end }) {
    const name = `words-${field}-${start}-${end}`;
    announce({ type: "own-mark", name, link: { type: "words", field, start, end } });
  }

  _quoted({ field, start, end }) {
    const { text } = this.parts.get(field);
    const before = Array.from(text.slice(0, start));
    const after = Array.from(text.slice(end));
    const quote = text.slice(start, end);
    return {
      field,
      start: before.length,
      end: before.length + Array.from(quote).length,
      quote,
      prefix: before.slice(-AROUND).join(""),
      suffix: after.slice(0, AROUND).join(""),
      claim_id: this.active,
    };
  }

  // ---- marked spans ---------------------------------------------------------------------

  _clicked(event, field) {
    const mark = event.composedPath().find((node) => node._marks || node._hits);
    const range = this._range();
    if (!mark || (range && !range.collapsed)) return;
    const hits = mark._hits ?? [];
    if (!mark._marks && hits.length === 1) return void announce({ type: "hit", hit_id: hits[0].hit_id });
    const rows = [
      ...(mark._marks ?? []).map((span) => this._row(span, field)),
      ...hits.map((hit) => this._hitRow(hit)),
    ];
    this.menu.replaceChildren(...rows);
    this.menu.hidden = false;
    this._beside(this.menu, mark.getClientRects()[0]);
  }

  _row(span, field) {
    const row = make("div", "row");
    const name = make("span", "name", this._name(span));
    name.style.setProperty("--colour", span.colour);
    row.append(name);
    const { start, end, claim_id } = span;
    if (this.data.beside) row.append(...this._forDesk(span));
    else if (!this.data.readonly) {
      row.append(this._inMenu("Remove", () => this._do("removed", { field, start, end, claim_id })));
    }
    return row;
  }

  // Words of a reader are taken for the ruling or out of it; one's own are taken away.
  _forDesk(span) {
    if (span.own) return [this._inMenu("Take out", () => announce({ type: "own-mark", name: span.own, link: null }))];
    if (!span.piece || span.claim_id !== rulingShown().unit) return [];
    const tick = () => announce({ type: "tick-piece", piece: span.piece });
    return [this._inMenu(isTicked(span) ? "Take out" : "Use", tick)];
  }

  _inMenu(words, act) {
    const button = make("button", "", words);
    button.type = "button";
    button.addEventListener("click", () => {
      act();
      this.menu.hidden = true;
    });
    return button;
  }

  _hitRow(hit) {
    const row = make("div", "row");
    const open = make("button", "", "Decide");
    open.type = "button";
    open.addEventListener("click", () => {
      this.menu.hidden = true;
      announce({ type: "hit", hit_id: hit.hit_id });
    });
    row.append(make("span", "name", hit.label), open);
    return row;
  }

  // Each mark is an act of its own; its target only tells it from the others.
  _do(kind, what) {
    const { field, start, end, claim_id } = what;
    this.acts.do(kind, JSON.stringify([field, start, end, claim_id]), JSON.stringify(what));
  }

  _heard(detail) {
    if (detail.type === "claim") {
      this.active = detail.claim_id ?? null;
      if (!this.pressed) this._render();
    } else if (detail.type === "scroll") {
      this._scrollTo(detail);
    } else if (["hits", "readers", "ruling"].includes(detail.type)) {
      if (!this.pressed) this._render();
      else this.late = true;
    } else if (detail.type === "keys") {
      this.hint.textContent = this._markKey();
    }
  }

  _scrollTo({ field, start, end }) {
    const part = this.parts.get(field);
    if (!part) return;
    part.node.open = true;
    for (const fold of this.folds.values()) fold.open ||= fold.contains(part.node);
    if (this._unfold()) {
      clearTimeout(this.unfolding);
      this.unfolding = setTimeout(() => this._scrollTo({ field, start, end }), UNFOLDS);
      return;
    }
    const a = this._point(part.body, toUnits(part.text, start));
    const b = this._point(part.body, toUnits(part.text, end));
    if (!a || !b) return;
    const range = document.createRange();
    range.setStart(...a);
    range.setEnd(...b);
    // The end lies in the marked piece, the start may be the end of the piece before.
    range.endContainer.parentElement.scrollIntoView({ block: "center" });
    this._flash(range);
  }

  // The captions lie in a fold of the page, which opens slowly; true when it was closed.
  _unfold() {
    const fold = this.shadow.host?.closest("details:not([open])");
    fold?.querySelector("summary")?.click();
    return Boolean(fold);
  }

  // Shows where it is for a moment, without touching the reader's own selection.
  _flash(range) {
    const frame = this.root.getBoundingClientRect();
    for (const rect of range.getClientRects()) {
      const glow = make("div", "glow");
      glow.style.left = `${rect.left - frame.left}px`;
      glow.style.top = `${rect.top - frame.top}px`;
      glow.style.width = `${rect.width}px`;
      glow.style.height = `${rect.height}px`;
      this.root.append(glow);
      setTimeout(() => glow.remove(), 1600);
    }
  }

  _say(words) {
    this.status.textContent = words;
    clearTimeout(this.silence);
    this.silence = setTimeout(() => { this.status.textContent = ""; }, 4000);
  }
}

export default function ({ parentElement, data, setStateValue }) {
  parentElement._case ??= new CaseText(parentElement, data);
  parentElement._case.update(data, setStateValue);
  return () => {
    parentElement._case?.stop();
    delete parentElement._case;
  };
}
