// An adjudicator's own reading, before any reader's is shown; see own_reading.py.
class OwnReadingForm {
  constructor(root, data) {
    this.acts = new Acts(data);
    this.acts.onLate = () => this.line.late();
    this.data = data;
    this.root = make("section", "sheet-part desk own");
    this.root.setAttribute("aria-label", "Your own reading");
    root.append(this.root);
    const words = make("p", "", "Before any reading is shown: what do you say of this case? Write one line, or say something of each unit. It is stored for ever, and stands beside the readings afterwards.");
    this.line = new ActField(this.acts, {
      kind: "line", target: "", label: "In one line", name: `own:${data.key}`, rows: 1, max: data.most,
    });
    this.line.begin(data.line);
    this.root.append(words, this.line.node);
    this.choices = new Choices(this.root, this.acts);
    const row = make("div", "row");
    this.button = make("button", "main");
    this.button.type = "button";
    this.button.setAttribute("aria-keyshortcuts", "Control+Enter");
    this.button.addEventListener("click", () => this.commit());
    this.says = make("span", "says");
    this.says.setAttribute("role", "status");
    row.append(this.button, this.says);
    this.root.append(row);
    this.onKey = (event) => this._key(event);
    window.addEventListener("keydown", this.onKey, true);
  }

  stop() {
    window.removeEventListener("keydown", this.onKey, true);
    this.line.stop();
    this.acts.stop();
    this.root.remove();
  }

  update(data, set) {
    const newer = data.rev > this.data.rev;
    this.data = data;
    this.acts.heard(data, set);
    this.choices.update(data.groups, false);
    this.line.update(data.line, newer, false);
    const sent = this.acts.pending.some((act) => act.kind === "commit");
    this.button.replaceChildren(make("span", "", sent ? "Storing" : "Store it and see the readings"), make("kbd", "", "Ctrl Enter"));
    this.button.disabled = sent;
  }

  commit() {
    this.line.typing.flush();
    const { groups } = this.data;
    const said = groups.filter(({ name, value }) => this.acts.seen("choose", name, value));
    if (!this.line.area.value.trim() && (said.length < groups.length || !groups.length)) {
      this.says.textContent = "Write one line, or say something of each unit.";
      return;
    }
    this.says.textContent = "";
    this.acts.do("commit", "");
  }

  // Streamlit would rerun by r, or offer to clear its cache by c.
  _key(event) {
    const at = origin(event);
    if (event.rareReviewHeld || !at.closest) return;
    const held = event.ctrlKey || event.metaKey;
    const commits = held && event.key === "Enter" && (this.root.contains(at) || !isEditable(at));
    if (!commits && (held || event.altKey || isEditable(at) || !["r", "c"].includes(event.key.toLowerCase()))) return;
    if (commits && !event.repeat) this.commit();
    event.preventDefault();
    event.stopImmediatePropagation();
  }
}

export default function ({ parentElement, data, setStateValue }) {
  parentElement._own ??= new OwnReadingForm(parentElement, data);
  parentElement._own.update(data, setStateValue);
  return () => {
    parentElement._own?.stop();
    delete parentElement._own;
  };
}
