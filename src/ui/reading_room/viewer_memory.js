// How a reader's screen is laid out, kept for this tab: a reload brings it back.
const ROOMS = "rareReviewRooms";
const MOST_ROOMS = 20;
const KEPT = ["mode", "current", "pins", "linked", "swipe", "half", "views", "lights"];

function storedRooms() {
  try {
    return JSON.parse(sessionStorage.getItem(ROOMS)) ?? [];
  } catch {
    return []; // No storage in this browser, or somebody else's words in it.
  }
}

function layoutOf(key) {
  const known = storedRooms().find(([name]) => name === key)?.[1];
  const fresh = {
    mode: "grid", current: null, pins: [], tool: "pan", linked: true, swipe: false, half: 50,
    views: {}, lights: {},
  };
  return { ...fresh, ...known };
}

function storeLayout(key, ui) {
  const kept = Object.fromEntries(KEPT.map((name) => [name, ui[name]]));
  const others = storedRooms().filter(([name]) => name !== key);
  const rooms = [...others, [key, kept]].slice(-MOST_ROOMS);
  try {
    sessionStorage.setItem(ROOMS, JSON.stringify(rooms));
  } catch {
    // Full or forbidden: the layout then lasts until the next reload.
  }
}
