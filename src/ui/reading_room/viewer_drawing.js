// How boxes look: the colour and sign of their claim, drawn over an image.
// The benchmark's are dashed, the boxes of a leak dotted: neither looks like a reader's claim.
const SVG = "http://www.w3.org/2000/svg";
const LEAK = "leak";

function svg(tag, attributes) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  return node;
}

class Drawing {
  constructor(room) {
    this.room = room;
  }

  claim(id) {
    return this.room.data.claims.find((claim) => claim.claim_id === id);
  }

  signOf(claimId) {
    const claim = this.claim(claimId);
    return claim ? claim.sign || String(claim.number) : "";
  }

  colourOf(box) {
    return box.colour ?? this.claim(box.claim_id)?.colour ?? "#8C8C8C";
  }

  wordsOf(box) {
    const whose = this.room.data.beside && !box.reader ? "Yours" : box.reader;
    const words = [
      isTicked(box) && "✓", whose, this.signOf(box.claim_id), box.label, box.benchmark && "benchmark",
    ];
    return words.filter(Boolean).join(" · ");
  }

  line(box) {
    if (box.claim_id === LEAK) return { "stroke-dasharray": "0.1 5", "stroke-linecap": "round" };
    return { "stroke-dasharray": box.benchmark ? "6 4" : "none" };
  }

  // A box on a pane, in its pixels.
  onPane(box, pane, chosen) {
    const [x, y, width, height] = screenRect(pane.view, pane.size, box);
    const group = svg("g", { class: "box", "data-box": box.box_id });
    const shape = { x, y, width, height, fill: "none" };
    const bold = box.claim_id === LEAK ? 1.25 : 0;
    group.append(
      svg("rect", { ...shape, stroke: "#000", "stroke-opacity": 0.75, "stroke-width": chosen ? 5 : 4 }),
      svg("rect", {
        ...shape, ...this.line(box), stroke: this.colourOf(box),
        "stroke-width": (chosen ? 2.5 : 1.75) + bold,
      }),
    );
    const words = this.wordsOf(box);
    if (words) group.append(...this.tag(words, this.colourOf(box), x, y, pane.size));
    return group;
  }

  tag(words, colour, x, y, size) {
    const shown = words.length > 32 ? `${words.slice(0, 31)}…` : words;
    const wide = shown.length * 6.6 + 10;
    const left = within(x, 0, Math.max(0, size.w - wide));
    const top = within(y >= 19 ? y - 19 : y + 1, 0, Math.max(0, size.h - 18));
    const text = svg("text", { x: left + 5, y: top + 13, class: "tag" });
    text.textContent = shown;
    return [svg("rect", { x: left, y: top, width: wide, height: 18, fill: colour }), text];
  }

  handles(box, pane) {
    const group = svg("g", { class: "handles" });
    for (const spot of handles(screenRect(pane.view, pane.size, box))) {
      group.append(svg("rect", { x: spot.x - 4, y: spot.y - 4, width: 8, height: 8 }));
    }
    return group;
  }

  // A box on a tile, whose drawing has the image's own pixels.
  onTile(box) {
    const { x, y, width, height } = box;
    return svg("rect", {
      x, y, width, height, fill: "none", stroke: this.colourOf(box), "stroke-width": 1.5,
      "vector-effect": "non-scaling-stroke", ...this.line(box),
    });
  }
}
