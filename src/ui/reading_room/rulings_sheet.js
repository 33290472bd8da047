// The sheet of the desk's keys, over the page until it is closed.
const SHEET = [
  ["Settling", [
    ["j, ↓", "The next unit"],
    ["k, ↑", "The unit before it"],
    ["1 to 9", "Choose the reading of reader A, B, C"],
    ["m", "Merge what several readers say"],
    ["n", "Write a value of your own; where all is settled: open the next item"],
    ["x", "Remove the unit, or leave it as it was"],
    ["y", "Agree with another adjudicator's ruling"],
    ["d", "Discuss: ask the readers, who answer unnamed"],
    ["e", "Hand the unit on to another adjudicator, with a note"],
    ["Enter", "On to why the readers differ, how sure you are, and the button"],
    ["1 to 7", "While that is asked: choose the answer; on the button: how sure you are"],
    ["Ctrl + Enter", "Settle the open unit"],
    ["Esc", "Out of a field, back to the unit"],
  ]],
  ["Evidence", [
    ["h", "Show one reader's evidence after the other, then everybody's"],
    ["u", "Evidence of the open unit only, or of all"],
    [",", "On a large image: select the next box"],
    ["v", "Use the selected box, the image or the selected words, or take it out"],
    ["b", "Draw a box of your own; Enter places it and keeps it, arrows move it"],
    ["Del", "Take out the selected box of your own"],
  ]],
  ["Whole screen", [
    ["?", "This sheet"],
    ["Tab", "To the next field or button"],
  ]],
];

class DeskSheet {
  constructor() {
    this.node = make("dialog", "desk-sheet");
    this.node.setAttribute("aria-labelledby", "desk-keys");
    this.node.addEventListener("click", (event) => event.target === this.node && this.close());
    const title = make("h2", "", "Keys");
    title.id = "desk-keys";
    this.shut = this._button("Close", () => this.close());
    this.images = this._button("Keys of the images", () => {
      this.close();
      announce({ type: "help" });
    });
    const head = make("div", "row");
    head.append(title, this.images, this.shut);
    this.node.append(head, ...SHEET.map(([name, keys]) => this._group(name, keys)));
  }

  get open() {
    return this.node.open;
  }

  _button(words, act) {
    const button = make("button", "", words);
    button.type = "button";
    button.addEventListener("click", act);
    return button;
  }

  _group(name, keys) {
    const part = make("section");
    const list = make("dl");
    for (const [key, help] of keys) {
      const row = make("div");
      const term = make("dt");
      term.append(make("kbd", "", key));
      row.append(term, make("dd", "", help));
      list.append(row);
    }
    part.append(make("h3", "", name), list);
    return part;
  }

  toggle() {
    if (this.open) return this.close();
    this.before = deepest();
    document.rareReviewDialog = this.node;
    this.images.hidden = !document.rareReviewKeys;
    this.node.showModal();
    return this.shut.focus();
  }

  close() {
    this.node.close();
    if (this.before?.isConnected) this.before.focus({ preventScroll: true });
  }
}
