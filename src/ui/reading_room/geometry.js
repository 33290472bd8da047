// Where canonical pixels lie on the screen. A view is {s, cx, cy, turn}: screen pixels per
// canonical pixel, the canonical point in the middle of the pane, quarter turns clockwise;
// `fit` says that it follows the size of its pane until somebody zooms or pans.

function rotated(x, y, turn) {
  if (turn === 1) return [-y, x];
  if (turn === 2) return [-x, -y];
  if (turn === 3) return [y, -x];
  return [x, y];
}

function toScreen(view, pane, x, y) {
  const [dx, dy] = rotated((x - view.cx) * view.s, (y - view.cy) * view.s, view.turn);
  return [pane.w / 2 + dx, pane.h / 2 + dy];
}

function toImage(view, pane, x, y) {
  const back = (4 - view.turn) % 4;
  const [dx, dy] = rotated((x - pane.w / 2) / view.s, (y - pane.h / 2) / view.s, back);
  return [view.cx + dx, view.cy + dy];
}

function fitScale(image, pane, turn) {
  const [w, h] = turn % 2 ? [image.height, image.width] : [image.width, image.height];
  return Math.min(pane.w / w, pane.h / h) || 1;
}

function fitted(image, pane, turn) {
  const middle = { cx: image.width / 2, cy: image.height / 2 };
  return { ...middle, s: fitScale(image, pane, turn), turn, fit: true };
}

// Zooms so that the point under (x, y) stays where it is.
function zoomedAt(view, pane, x, y, s) {
  const [px, py] = toImage(view, pane, x, y);
  const back = (4 - view.turn) % 4;
  const [dx, dy] = rotated((x - pane.w / 2) / s, (y - pane.h / 2) / s, back);
  return { ...view, fit: false, s, cx: px - dx, cy: py - dy };
}

function panned(view, dx, dy) {
  const [ix, iy] = rotated(dx / view.s, dy / view.s, (4 - view.turn) % 4);
  return { ...view, fit: false, cx: view.cx - ix, cy: view.cy - iy };
}

// Some of the image always stays in sight.
function kept(view, image) {
  const clamp = (v, top) => Math.min(top, Math.max(0, v));
  return { ...view, cx: clamp(view.cx, image.width), cy: clamp(view.cy, image.height) };
}

// A box on the screen, as left, top, width, height: quarter turns keep it upright.
function screenRect(view, pane, box) {
  const [ax, ay] = toScreen(view, pane, box.x, box.y);
  const [bx, by] = toScreen(view, pane, box.x + box.width, box.y + box.height);
  return [Math.min(ax, bx), Math.min(ay, by), Math.abs(bx - ax), Math.abs(by - ay)];
}

// Two canonical corners as a box of whole pixels inside the image, at least one pixel wide.
function boxBetween(image, ax, ay, bx, by) {
  const span = (p, q, top) => {
    const low = Math.min(top - 1, Math.max(0, Math.round(Math.min(p, q))));
    const high = Math.min(top, Math.max(low + 1, Math.round(Math.max(p, q))));
    return [low, high - low];
  };
  const [x, width] = span(ax, bx, image.width);
  const [y, height] = span(ay, by, image.height);
  return { x, y, width, height };
}

// Moves a box by whole pixels without leaving the image or changing its size.
function shifted(image, box, dx, dy) {
  const clamp = (v, top) => Math.min(top, Math.max(0, v));
  return {
    ...box,
    x: clamp(box.x + Math.round(dx), image.width - box.width),
    y: clamp(box.y + Math.round(dy), image.height - box.height),
  };
}

// A step on the screen as a step on the image.
function screenStep(view, dx, dy) {
  return rotated(dx, dy, (4 - view.turn) % 4);
}

// The eight handles of a screen rectangle; sx and sy say which edges each one moves.
function handles([left, top, width, height]) {
  const spots = [];
  for (const sy of [-1, 0, 1]) {
    for (const sx of [-1, 0, 1]) {
      if (sx === 0 && sy === 0) continue;
      spots.push({ sx, sy, x: left + (width * (sx + 1)) / 2, y: top + (height * (sy + 1)) / 2 });
    }
  }
  return spots;
}
