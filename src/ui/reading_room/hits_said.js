// What is said of the hits of the scan, for those who mark them in the text and on the images and
// for the keys. The leaks keep it in `document.rareReviewHits` and announce {type: "hits"} when it
// changes; see hits.js.

// "" while nothing is said, "leak" when it is confirmed, "none" when it is dismissed.
function hitState(id) {
  return document.rareReviewHits?.states[id] ?? "";
}

// The hit that lies open, or null.
function openHit() {
  return document.rareReviewHits?.open ?? null;
}
