// Draws readings as cards. Every text goes in by textContent: never as Markdown or HTML.

const TAGS = { same: "span", added: "ins", removed: "del" };

function make(tag, name, text) {
  const node = document.createElement(tag);
  if (name) node.className = name;
  if (text !== undefined) node.textContent = text;
  return node;
}

function card(reading) {
  const long = reading.parts.length > 0 || reading.note.length > 60;
  const node = make("section", long ? "reading long" : "reading");
  node.style.setProperty("--reader", reading.colour);
  const title = reading.title || `Reader ${reading.reader}`;
  node.setAttribute("aria-label", title);

  const head = make("div", "head");
  head.append(make("span", "letter", reading.reader), make("span", "who", title));
  node.append(head);

  const words = make("p", "words");
  if (reading.sign) {
    const sign = make("span", "sign", reading.sign);
    sign.style.setProperty("--tint", reading.tint);
    sign.setAttribute("aria-hidden", "true");
    words.append(sign);
  }
  words.append(make("span", "", reading.words));
  node.append(words);

  if (reading.parts.length) {
    const text = make("p", "text");
    text.append(...reading.parts.map((part) => make(TAGS[part.kind], "", part.text)));
    node.append(text);
  }
  for (const fact of reading.facts) node.append(make("p", "fact", fact));
  if (reading.note) node.append(make("blockquote", "note", reading.note));
  return node;
}

export default function ({ data, parentElement }) {
  let root = parentElement.querySelector(".readings");
  if (!root) {
    root = make("div", "readings");
    parentElement.append(root);
  }
  const shown = JSON.stringify(data.readings);
  if (root.dataset.shown === shown) return;
  root.dataset.shown = shown;
  root.replaceChildren(...data.readings.map(card));
}
