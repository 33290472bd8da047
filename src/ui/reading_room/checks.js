// The questions asked of every item; see choices.py for the contract with the server.
class Checks {
  constructor(root, data) {
    this.root = make("section", "sheet-part");
    this.root.setAttribute("aria-label", data.label);
    root.append(this.root);
    this.acts = new Acts(data);
    this.choices = new Choices(this.root, this.acts);
  }

  update(data, set) {
    this.acts.heard(data, set);
    this.choices.update(data.groups, data.readonly);
  }

  stop() {
    this.acts.stop();
    this.root.remove();
  }
}

export default function ({ parentElement, data, setStateValue }) {
  parentElement._checks ??= new Checks(parentElement, data);
  parentElement._checks.update(data, setStateValue);
  return () => {
    parentElement._checks?.stop();
    delete parentElement._checks;
  };
}
