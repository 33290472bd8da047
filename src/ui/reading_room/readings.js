// Readings beside each other, where nothing is done with them; see readings.py.
export default function ({ data, parentElement }) {
  let root = parentElement.querySelector(".readings");
  if (!root) {
    root = make("div", "readings");
    parentElement.append(root);
  }
  const shown = JSON.stringify(data.readings);
  if (root.dataset.shown !== shown) {
    root.dataset.shown = shown;
    root.replaceChildren(...data.readings.map(readingCard));
  }
  return undefined;
}
