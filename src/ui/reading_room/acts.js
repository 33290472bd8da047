// Sending acts: what somebody does in a component, each with a number, until the server has
// applied it. Several may be on their way; a newer one of the same kind on the same target
// takes the place of an older one that was not answered yet.
class Acts {
  constructor(data) {
    this.rev = data.rev;
    this.n = 0;
    this.pending = [];
    this.sender = new Sender("acts", () => this._answered());
    this.onSettled = null;
  }

  set onLate(act) {
    this.sender.onLate = act;
  }

  get settled() {
    return this.pending.length === 0;
  }

  // Sends one act: { kind, target, value }. Returns its number.
  do(kind, target, value = null) {
    this.n = Math.max(this.n + 1, Date.now());
    const same = (act) => act.kind === kind && act.target === target;
    this.pending = [...this.pending.filter((act) => !same(act)), { n: this.n, kind, target, value }];
    this._post();
    return this.n;
  }

  // The value an act on its way gives, or `stored` when there is none: what the reader sees.
  seen(kind, target, stored) {
    const act = this.pending.find((one) => one.kind === kind && one.target === target);
    return act ? act.value : stored;
  }

  // Called with each run's data: `seen` is the last number applied, `rev` the server's revision.
  heard(data, set) {
    this.sender.set = set;
    this.pending = this.pending.filter((act) => act.n > data.seen);
    if (data.rev > this.rev) {
      this.rev = data.rev;
      if (this.pending.length) this._post();
    }
    this.sender.heard(this.pending.length ? 0 : Infinity);
  }

  whenSettled(act, most) {
    if (this.settled) act();
    else this.sender.whenSettled(act, most);
  }

  stop() {
    this.sender.stop();
  }

  _post() {
    this.sender.send({ rev: this.rev, acts: this.pending });
  }

  _answered() {
    this.onSettled?.();
  }
}
