// What can be done on the review screen and under which key. Other components read the keys
// in force from `document.rareReviewKeys`, and hear {type: "keys", keys} when they change.
const GROUPS = ["Images", "Boxes", "Claims", "Leaks", "Whole screen"];

function act(group, key, help, more = {}) {
  return { group, key, help, ...more };
}

const verdict = (key, name, help) =>
  act("Claims", key, help, { announces: { type: "verdict", verdict: name } });

// Does something only while a hit of the scan lies open: its digit opens an image otherwise.
const onHit = (key, name, help) =>
  act("Leaks", key, help, { announces: { type: "hit-says", act: name }, onHit: true });

const ACTS = {
  grid: act("Images", "Escape", "Back to the grid", { label: "Grid" }),
  previous: act("Images", "ArrowLeft", "Previous image", { label: "‹" }),
  next: act("Images", "ArrowRight", "Next image", { label: "›" }),
  pin: act("Images", "k", "Pin this image for comparing", { label: "Pin" }),
  compare: act("Images", "m", "Compare the pinned images, or this one with the next", { label: "Compare" }),
  link: act("Images", "l", "Zoom and pan compared images together", { label: "Linked" }),
  swipe: act("Images", "w", "Swipe between two compared images", { label: "Swipe" }),
  smaller: act("Images", "-", "Zoom out", { label: "−" }),
  larger: act("Images", "+", "Zoom in", { label: "+" }),
  fit: act("Images", "0", "Fit the image into its space", { label: "Fit" }),
  actual: act("Images", "a", "One image pixel on one screen pixel", { label: "1:1" }),
  turn: act("Images", "t", "Rotate by a quarter turn", { label: "Turn" }),
  invert: act("Images", "i", "Invert light and dark", { label: "Invert" }),
  "light-up": act("Images", "]", "Brighter"),
  "light-down": act("Images", "[", "Darker"),
  "contrast-up": act("Images", "}", "More contrast"),
  "contrast-down": act("Images", "{", "Less contrast"),
  reset: act("Images", "o", "Undo zoom, rotation and light", { label: "Reset" }),
  box: act("Boxes", "b", "Draw a box for the active claim", { label: "Box" }),
  nextbox: act("Boxes", "j", "Select the next box", { label: "Next box" }),
  remove: act("Boxes", "Delete", "Remove the selected box", { label: "Remove" }),
  evidence: act("Claims", "e", "Use this image as evidence for the active claim", {
    label: "Evidence", beside: "Use the selected box, or this image, or take it out",
  }),
  nextclaim: act("Claims", "v", "Open the next claim", { announces: { type: "next-claim" } }),
  supported: verdict("s", "supported", "Supported"),
  partly: verdict("p", "partly_supported", "Partly supported"),
  contradicted: verdict("x", "contradicted", "Contradicted"),
  absent: verdict("n", "not_in_evidence", "Not in the evidence"),
  unsure: verdict("u", "cannot_judge", "Cannot judge"),
  nexthit: act("Leaks", "h", "Open the next hit of the scan", { announces: { type: "next-hit" } }),
  lasthit: act("Leaks", "q", "Open the hit before it", { announces: { type: "last-hit" } }),
  "leak-high": onHit("1", "leak-high", "The open hit gives the answer away"),
  "leak-low": onHit("2", "leak-low", "The open hit hints at the answer"),
  "other-meaning": onHit("3", "other-meaning", "No leak: it means something else"),
  "ruled-out": onHit("4", "ruled-out", "No leak: it is ruled out there"),
  "too-general": onHit("5", "too-general", "No leak: too general"),
  needed: onHit("6", "needed", "No leak: the question needs it"),
  markleak: act("Leaks", "d", "Mark a leak of your own, or end marking", { announces: { type: "mark-leak" } }),
  undo: act("Whole screen", "z", "Undo the last change", { label: "Undo", reading: true }),
  redo: act("Whole screen", "y", "Make the undone change again", { label: "Redo", reading: true }),
  full: act("Whole screen", "f", "Full screen", { label: "Full" }),
  help: act("Whole screen", "?", "All keys", { label: "?" }),
};

// Keys and gestures nobody can change.
const FIXED = {
  Images: [
    ["1 to 9", "Enlarge that image; when comparing: add or take away"],
    ["Enter", "Enlarge the chosen image"],
    ["Wheel", "Zoom toward the pointer"],
    ["Drag", "Pan; in box mode hold Space or the middle button"],
    ["Right drag", "Brightness and contrast"],
  ],
  Boxes: [
    ["Enter", "In box mode: place a box, then keep it. On a selected box: write its label"],
    ["Arrows", "Move the box by one pixel, with Shift by ten"],
    ["Alt + arrows", "Resize the box by one pixel, with Shift by ten"],
    ["grid", "Drop the box in hand, then the selection, then box mode"],
  ],
  Leaks: [["grid", "Close the open hit"]],
  Claims: [["Arrows", "In the case text: choose sentences, with Shift more of them"]],
  "Whole screen": [
    ["Ctrl + Enter", "Submit"],
    ["Tab", "To the next field or button"],
  ],
};

const KEY_NAMES = {
  Escape: "Esc", Delete: "Del", Backspace: "⌫", "-": "−", PageUp: "Page ↑", PageDown: "Page ↓",
  ArrowLeft: "←", ArrowRight: "→", ArrowUp: "↑", ArrowDown: "↓",
};

function keyName(key) {
  return KEY_NAMES[key] ?? key;
}

// Beside an adjudicator's desk only evidence is marked.
const BESIDE = ["box", "remove", "evidence"];

function helpOf(name, { beside }) {
  return (beside && ACTS[name].beside) || ACTS[name].help;
}

// Does the act say something about the case, rather than only look at it?
function isReading(name) {
  const { group, announces, reading } = ACTS[name];
  return Boolean(["Boxes", "Claims", "Leaks"].includes(group) || announces || reading) && name !== "nextbox";
}

class KeyMap {
  constructor(changes = {}) {
    this.print = JSON.stringify(changes);
    this.keys = {};
    for (const [name, { key }] of Object.entries(ACTS)) this.keys[name] = changes[name] ?? key;
  }

  actOf(key) {
    const found = Object.keys(ACTS).find((name) => this.keys[name] === key);
    // The same key without Shift, on many keyboards.
    return found ?? (key === "=" ? this.actOf("+") : undefined);
  }

  nameOf(act) {
    return keyName(this.keys[act]);
  }

  publish() {
    document.rareReviewKeys = this.keys;
    announce({ type: "keys", keys: this.keys });
  }
}

// A letter counts the same with Caps Lock.
function pressedKey(event) {
  return event.key.length === 1 ? event.key.toLowerCase() : event.key;
}

// Pressed without a modifier. Shift, AltGr, and Alt on a Mac are how one reaches ? [ ] { }.
function isBare(event) {
  const sign = event.key.length === 1 && !/[\p{L}\p{N} ]/u.test(event.key);
  if (sign && (event.getModifierState?.("AltGraph") || !(event.ctrlKey || event.metaKey))) return true;
  return !event.ctrlKey && !event.metaKey && !event.altKey && !event.shiftKey;
}
