// What an edit does to scores and ranks, in words and one line a model; see effect.py. It sends
// nothing: after an edit elsewhere it is told what to show.
class Effect {
  constructor(root) {
    this.root = make("section", "sheet-part effect");
    this.root.setAttribute("aria-label", "What it does to the scores");
    this.words = make("p");
    this.words.setAttribute("role", "status");
    this.models = make("div");
    this.root.append(this.words, this.models);
    root.append(this.root);
  }

  update({ words, lines, most }) {
    const print = JSON.stringify([words, lines]);
    if (print === this.print) return;
    this.print = print;
    if (this.words.textContent !== words) this.words.textContent = words;
    const first = lines.length > most + 1 ? lines.slice(0, most) : lines;
    const rest = lines.slice(first.length);
    const shown = first.length ? [this._table(first)] : [];
    if (rest.length) shown.push(this._more(rest));
    this.models.replaceChildren(...shown);
  }

  _more(lines) {
    const more = make("details");
    more.open = Boolean(this.unfolded);
    more.addEventListener("toggle", () => { this.unfolded = more.open; });
    more.append(make("summary", "", `${lines.length} more models`), this._table(lines));
    return more;
  }

  _table(lines) {
    const table = make("table");
    const head = make("tr");
    for (const name of ["Model", "Score", "Rank", "Items"]) {
      const cell = make("th", "", name);
      cell.scope = "col";
      head.append(cell);
    }
    const top = make("thead");
    top.append(head);
    const body = make("tbody");
    body.append(...lines.map((line) => this._line(line)));
    table.append(top, body);
    return table;
  }

  _line({ model, score, change, rank, sign, items }) {
    const row = make("tr");
    const name = make("th", "", model);
    name.scope = "row";
    const scored = this._cell("Score", score);
    if (change) scored.append(make("span", "change", change));
    const ranked = this._cell("Rank", sign ? `${rank} ${sign}` : rank, sign ? "moved" : "");
    row.append(name, scored, ranked, this._cell("n", items));
    return row;
  }

  _cell(says, text, kind = "") {
    const cell = make("td", kind, text);
    cell.dataset.says = says;
    return cell;
  }
}

export default function ({ parentElement, data }) {
  parentElement._effect ??= new Effect(parentElement);
  parentElement._effect.update(data);
  return () => {
    parentElement._effect?.root.remove();
    delete parentElement._effect;
  };
}
