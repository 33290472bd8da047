// The evidence of a claim; see evidence_chips.py for the contract with the server.

function lead(chip) {
  if (chip.field) {
    announce({ type: "scroll", field: chip.field, start: chip.start, end: chip.end });
  } else if (chip.sha256) {
    const [x, y, width, height] = chip.box ?? [];
    announce({ type: "show", sha256: chip.sha256, box: chip.box ? { x, y, width, height } : undefined });
  }
}

function chipNode(chip, data, trigger) {
  const node = make("span", chip.benchmark ? "chip benchmark" : "chip");
  const go = make("button", "go", chip.text);
  go.type = "button";
  go.title = chip.benchmark ? `${chip.text} (the benchmark's)` : chip.text;
  go.addEventListener("click", () => lead(chip));
  node.append(go);
  if (data.readonly) return node;
  const remove = make("button", "remove", "×");
  remove.type = "button";
  remove.setAttribute("aria-label", `Remove ${chip.text}`);
  remove.addEventListener("click", () => trigger("removed", { chip_id: chip.chip_id }));
  node.append(remove);
  return node;
}

export default function ({ parentElement, data, setTriggerValue }) {
  const old = parentElement.querySelector(".chips");
  const row = make("div", "chips");
  row.style.setProperty("--colour", data.colour);
  row.append(...data.chips.map((chip) => chipNode(chip, data, setTriggerValue)));
  if (old) old.replaceWith(row);
  else parentElement.append(row);
  return () => row.remove();
}
