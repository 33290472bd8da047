// One reading as a card: whose, what it says, what it changes word by word, and what it rests on.
// Every text goes in by textContent: never as Markdown or HTML.
const PARTS = { same: "span", added: "ins", removed: "del" };

function readingCard(reading) {
  const long = reading.parts.length > 0 || reading.note.length > 60;
  const node = make("section", long ? "reading long" : "reading");
  node.style.setProperty("--reader", reading.colour);
  const title = reading.title || `Reader ${reading.reader}`;
  node.setAttribute("aria-label", title);

  node.head = make("div", "reading-head");
  node.head.append(make("span", "letter", reading.reader), make("span", "who", title));
  node.append(node.head, saidWords(reading));
  if (reading.parts.length) node.append(changedText(reading.parts));
  for (const fact of reading.facts) node.append(make("p", "fact", fact));
  if (reading.evidence.length) node.append(evidenceLine(reading.evidence));
  if (reading.note) node.append(make("blockquote", "note", reading.note));
  return node;
}

function saidWords({ sign, tint, words }) {
  const said = make("p", "said");
  if (sign) {
    const mark = make("span", "sign", sign);
    mark.style.setProperty("--tint", tint);
    mark.setAttribute("aria-hidden", "true");
    said.append(mark);
  }
  said.append(make("span", "", words));
  return said;
}

function changedText(parts) {
  const text = make("p", "changed");
  text.append(...parts.map((part) => make(PARTS[part.kind], "", part.text)));
  return text;
}

// Each piece leads to where it is: an image, a box on it, or words of the case.
function evidenceLine(evidence) {
  const line = make("p", "pieces");
  for (const piece of evidence) {
    const button = make("button", piece.refused ? "piece refused" : "piece", piece.words);
    button.type = "button";
    button.addEventListener("click", () => announce(piece.leads));
    line.append(button, " ");
  }
  return line;
}
