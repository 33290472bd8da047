// What a reader has said on the images, on its way to the server: boxes, images chosen as
// evidence, images viewed. The server's word never replaces what it has not answered for.

function samePlace(a, b) {
  return (
    a.sha256 === b.sha256 && a.claim_id === b.claim_id && a.benchmark === b.benchmark &&
    a.x === b.x && a.y === b.y && a.width === b.width && a.height === b.height
  );
}

const TURNS = 1500; // milliseconds after the last image looked at until the server hears of it

class Reading {
  constructor(room, data) {
    this.room = room;
    this.rev = data.rev;
    this.boxes = data.boxes;
    this.answered = data.boxes; // as the server last had them
    this.unseen = new Map(); // box id -> box or null, changed since the server last answered
    this.chosen = {}; // claim -> its images, where the reader touched them
    this.touched = new Map(); // "claim sha256" -> chosen or not, since the server last answered
    this.viewed = new Set(data.viewed);
    this.sender = new Sender("reading", () => this._settled());
    this.sender.onLate = () => this._late();
  }

  stop() {
    clearTimeout(this.telling);
    this.tellViewed();
    this.sender.stop();
  }

  // Called with each run's data; true when the server's boxes were taken over.
  heard(data, set) {
    this.sender.set = set;
    for (const sha256 of data.viewed) this.viewed.add(sha256);
    this.sender.heard(data.seen);
    if (data.rev <= this.rev) return false;
    this._adopt(data);
    return true;
  }

  // The server names boxes by their place: one that stands here already keeps its own name.
  _adopt(data) {
    this.rev = data.rev;
    const known = data.boxes.map((box) => {
      const old = this.answered.find((one) => samePlace(one, box));
      return old ? { ...box, box_id: old.box_id } : box;
    });
    this.answered = known;
    const mine = [...this.unseen.values()].filter(Boolean);
    this.boxes = [...known.filter((box) => !this.unseen.has(box.box_id)), ...mine];
    this._adoptLinks(data.links);
    if (!this.sender.settled) this._send();
  }

  _adoptLinks(links) {
    this.chosen = {};
    for (const { claim, sha256, on } of this.touched.values()) {
      const others = (this.chosen[claim] ?? links[claim] ?? []).filter((one) => one !== sha256);
      this.chosen[claim] = on ? [...others, sha256] : others;
    }
  }

  _settled() {
    this.unseen.clear();
    this.touched.clear();
    this.answered = this.boxes;
    if (this.late) this.room.say("Stored.");
    this.late = false;
  }

  // That one has looked at an image is nothing anybody waits for.
  _late() {
    if (!this.unseen.size && !this.touched.size) return;
    this.late = true;
    this.room.say("Waiting for the server. Your boxes are kept.");
  }

  _send() {
    const fields = ({ colour, ...box }) => box;
    this.untold = false;
    const said = this.room.data.readonly ? {} : { boxes: this.boxes.map(fields), chosen: this.chosen };
    this.sender.send({ rev: this.rev, ...said, viewed: [...this.viewed] });
  }

  // ---- boxes ----------------------------------------------------------------------------

  find(id) {
    return this.boxes.find((box) => box.box_id === id);
  }

  at(sha256, { x, y, width, height }) {
    const here = (box) => box.x === x && box.y === y && box.width === width && box.height === height;
    return this.boxes.find((box) => box.sha256 === sha256 && here(box));
  }

  // Keeps a new or changed box. One of the benchmark's becomes the reader's by that.
  keep(box) {
    const mine = { ...box, benchmark: false };
    this.unseen.set(mine.box_id, mine);
    this.boxes = this.find(mine.box_id)
      ? this.boxes.map((other) => (other.box_id === mine.box_id ? mine : other))
      : [...this.boxes, mine];
    this._send();
  }

  remove(id) {
    this.unseen.set(id, null);
    this.boxes = this.boxes.filter((box) => box.box_id !== id);
    this._send();
  }

  // ---- whole images ---------------------------------------------------------------------

  linksOf(claim) {
    return this.chosen[claim] ?? this.room.data.links[claim] ?? [];
  }

  isEvidence(image) {
    return this.linksOf(this.room.active).includes(image.sha256);
  }

  // Named for the active claim by the benchmark, and not confirmed yet.
  isGiven(image) {
    const given = this.room.data.given[this.room.active] ?? [];
    return given.includes(image.sha256) && !this.isEvidence(image);
  }

  // Chooses an image as evidence for a claim, or takes it back; true when it is chosen now.
  toggle(claim, sha256) {
    const links = this.linksOf(claim);
    const has = links.includes(sha256);
    const now = has ? links.filter((other) => other !== sha256) : [...links, sha256];
    this.chosen = { ...this.chosen, [claim]: now };
    this.touched.set(`${claim} ${sha256}`, { claim, sha256, on: !has });
    this._send();
    return !has;
  }

  // ---- looking --------------------------------------------------------------------------

  saw(sha256) {
    if (this.viewed.has(sha256)) return;
    this.viewed.add(sha256);
    this.untold = true;
    clearTimeout(this.telling);
    this.telling = setTimeout(() => this.tellViewed(), TURNS);
    this.room.render();
    announce({ type: "viewed", sha256 });
  }

  // The ticks travel together, when the reader lingers or turns to something else. Where nothing
  // is read they are told only to who asks for them.
  tellViewed() {
    const { readonly, ticks } = this.room.data;
    if (this.untold && this.sender.set && (!readonly || ticks === true)) this._send();
  }
}
