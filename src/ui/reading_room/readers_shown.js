// Whose evidence is shown: readers can be switched off, and all but the open unit's be hidden.
// Kept on the document, because images, text and the line of readers are components of their own.
function readersShown() {
  return document.rareReviewReaders ?? { off: [], only: null };
}

function isReaderShown({ reader, claim_id: unit }) {
  const { off, only } = readersShown();
  return !reader || (!off.includes(reader) && (only === null || unit === only));
}
