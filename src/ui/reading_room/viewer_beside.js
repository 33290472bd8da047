// What is marked on images beside an adjudicator's desk. The readers' evidence is only ticked, the
// adjudicator's own is drawn: the desk keeps both, and nothing is sent from here.
class BesideReading extends Reading {
  set boxes(given) {
    this.theirs = given;
  }

  get boxes() {
    return [...this.theirs, ...this._own()];
  }

  _own() {
    const { unit, own } = rulingShown();
    return own.filter(({ link }) => link.type === "box").map(({ name, link }) => ({
      ...link, box_id: name, claim_id: unit, reader: null, benchmark: false, colour: YOURS,
    }));
  }

  keep({ box_id: name, sha256, x, y, width, height, label }) {
    this._mark(name, { type: "box", sha256, x, y, width, height, label });
  }

  remove(name) {
    this._mark(name, null);
  }

  _mark(name, link) {
    announce({ type: "own-mark", name, link });
  }

  _whole(sha256) {
    return rulingShown().own.find(({ link }) => link.type === "image" && link.sha256 === sha256);
  }

  // The readers' naming of the image as a whole; the same piece, whoever named it.
  _given(sha256) {
    const { unit } = rulingShown();
    return this.room.data.marks.find((mark) => mark.sha256 === sha256 && mark.claim_id === unit);
  }

  isEvidence({ sha256 }) {
    const given = this._given(sha256);
    return Boolean(this._whole(sha256) || (given && isTicked(given)));
  }

  toggle(_, sha256) {
    const [given, whole] = [this._given(sha256), this._whole(sha256)];
    const now = !this.isEvidence({ sha256 });
    if (whole) this._mark(whole.name, null);
    else if (given) announce({ type: "tick-piece", piece: given.piece });
    else this._mark(`image-${sha256.slice(0, 16)}`, { type: "image", sha256 });
    return now;
  }
}
