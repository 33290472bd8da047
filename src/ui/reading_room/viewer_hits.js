// Words that the scan read inside images, marked until the reader has said what they are. Broken
// by dots, as nothing else is: evidence is solid, the benchmark's dashed, a leak dotted.
const HIT_COLOUR = "#CC79A7";

class ImageHits {
  constructor(room) {
    this.room = room;
  }

  on(image) {
    return this.room.data.hits.filter((hit) => hit.sha256 === image.sha256);
  }

  // What changes how the hits of an image look.
  print(image) {
    return this.on(image).map((hit) => [hit, hitState(hit.hit_id), openHit() === hit.hit_id]);
  }

  _line(hit) {
    const state = hitState(hit.hit_id);
    if (state === "leak") {
      return { "stroke-dasharray": "0.1 5", "stroke-linecap": "round", "stroke-width": 3 };
    }
    const faint = state === "none" ? { "stroke-opacity": 0.5 } : {};
    return { "stroke-dasharray": "10 3 1.5 3", "stroke-width": 1.5, ...faint };
  }

  onPane(pane) {
    return this.on(pane.image).map((hit) => {
      const [x, y, width, height] = screenRect(pane.view, pane.size, hit);
      const gap = 3; // the outline stands off the words, which are to be read
      const shape = {
        x: x - gap, y: y - gap, width: width + 2 * gap, height: height + 2 * gap, fill: "none",
      };
      const group = svg("g", { class: "hit-box", "data-hit": hit.hit_id });
      const shadow = { stroke: "#000", "stroke-opacity": 0.6, "stroke-width": 3.5 };
      group.append(svg("rect", { ...shape, ...shadow }));
      group.append(svg("rect", { ...shape, ...this._line(hit), stroke: HIT_COLOUR }));
      const words = this._tag(hit);
      if (words) group.append(...this.room.drawing.tag(words, HIT_COLOUR, shape.x, shape.y, pane.size));
      return group;
    });
  }

  _tag(hit) {
    const state = hitState(hit.hit_id);
    if (state === "none") return "";
    return state === "leak" ? `⚑ ${hit.label}` : `Scan: ${hit.label}`;
  }

  onTile(image) {
    return this.on(image).map((hit) => svg("rect", {
      x: hit.x, y: hit.y, width: hit.width, height: hit.height, fill: "none", stroke: HIT_COLOUR,
      "vector-effect": "non-scaling-stroke", ...this._line(hit),
    }));
  }

  // The hit under a pointer that is on no box, or undefined.
  at(pane, x, y) {
    return this.on(pane.image).find((hit) => {
      const [left, top, width, height] = screenRect(pane.view, pane.size, hit);
      return x > left - 5 && y > top - 5 && x < left + width + 5 && y < top + height + 5;
    });
  }
}
