// What the ruling on the desk rests on so far. The desk tells it (ruling_pieces.js); images and
// text show it, and say to the desk what is ticked or marked on them: nothing of it is theirs.
const YOURS = "#FFFFFF"; // on the images, where it is nobody's colour

function rulingShown() {
  return document.rareReviewRuling ?? { unit: null, on: [], own: [] };
}

// Is a reader's piece of evidence among what the ruling rests on?
function isTicked({ piece, claim_id: unit }) {
  const ruling = rulingShown();
  return Boolean(piece) && unit === ruling.unit && ruling.on.includes(piece);
}
