// Sending acts: what somebody does in a component, each with a number, until the server has
// applied it. Several may be on their way; a newer one of the same kind on the same target
// takes the place of an older one that was not answered yet.
// Acts that would do something else when done again: a reload does not repeat them.
const ONCE = [
  "submit", "commit", "undo", "redo", "skip", "pause", "mine", "next", "round", "track", "key",
  "reset-keys", "settle", "agree", "hand-on", "ask",
];

class Acts {
  constructor(data) {
    this.rev = data.rev;
    this.n = 0;
    this.sender = new Sender("acts", () => this._answered(), data.key);
    this.pending = this._brought();
    this.brought = true;
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
    const old = this.pending.find(same);
    const upon = old ? old.upon : madeUpon();
    const act = { n: this.n, kind, target, value, upon };
    this.pending = [...this.pending.filter((one) => one !== old), act];
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
    // What comes next has a higher number than all that was done, wherever the clock stands.
    this.n = Math.max(this.n, data.seen || 0);
    const again = data.rev > this.rev || this.brought;
    if (this.brought && !this.pending.length) this.sender.forget();
    this.brought = false;
    this.rev = Math.max(this.rev, data.rev);
    if (again && this.pending.length) this._post();
    this.sender.heard(this.pending.length ? 0 : Infinity);
  }

  whenSettled(act, most) {
    if (this.settled) act();
    else this.sender.whenSettled(act, most);
  }

  stop() {
    this.sender.stop();
  }

  // What a reload, or a page that was left, found no answer for.
  _brought() {
    const kept = this.sender.kept?.acts ?? [];
    this.n = kept.reduce((most, act) => Math.max(most, act.n), 0);
    return kept.filter((act) => !ONCE.includes(act.kind));
  }

  _post() {
    this.sender.send({ rev: this.rev, acts: this.pending });
  }

  _answered() {
    this.onSettled?.();
  }
}
