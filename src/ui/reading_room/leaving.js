// How one page is left for another; mounted on every page, see leaving.py.

// ---- nothing is overtaken ----------------------------------------------------------------

// Two runs that come at once are one run to Streamlit, and that is the new page's. So a link
// waits until all of this page is stored.
const PARTING = 2000; // milliseconds after which one leaves all the same

function goByLink(event) {
  const link = event.composedPath().find((node) => node.tagName === "A" && node.href);
  if (event.rareReviewHeld || !link || link.target) return;
  if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  const ofMenu = MENU.includes(link.dataset.testid);
  announce({ type: "flush" });
  if (everythingStored() && !ofMenu) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  const from = origin(event);
  whenStored(() => (ofMenu ? openPage(link.href) : clickAgain(from)), Date.now() + PARTING);
}

function whenStored(act, until) {
  if (everythingStored() || Date.now() > until) act();
  else setTimeout(() => whenStored(act, until), 20);
}

function clickAgain(from) {
  const again = new MouseEvent("click", { bubbles: true, composed: true, cancelable: true });
  again.rareReviewHeld = true;
  from.dispatchEvent(again);
}

// The browser's own buttons cannot wait: Streamlit asks for the page of the address at once, and
// what was on its way then is stored when one comes back. But Streamlit holds back for a moment
// what a component has to say. Coming after the new page was asked for, it would draw a part of
// the old page upon it, which empties it. So it is asked for once more, as the last word.
const HELD_BACK = 30; // milliseconds, more than Streamlit takes
let asking = 0;
let at = location.pathname;

function goByBrowser(event) {
  stepped = true;
  const stays = at === location.pathname && !asking;
  at = location.pathname;
  if (stays || event.rareReviewHeld) return;
  document.rareReviewLeft = Date.now();
  clearTimeout(asking);
  asking = 0;
  if (everythingStored()) return;
  const there = location.href; // what comes late may write the old page's address over it
  asking = setTimeout(() => {
    asking = 0;
    if (location.href !== there) history.replaceState(history.state, "", there);
    askForPage();
  }, HELD_BACK);
}

function askForPage() {
  const asked = new PopStateEvent("popstate", { state: history.state });
  asked.rareReviewHeld = true;
  window.dispatchEvent(asked);
}

// ---- the address names who is at work ----------------------------------------------------

// Streamlit's own way from the menu asks for a page without an address, which names nobody: the
// server can only remember who was at work, and one that was restarted does not.
const MENU = ["stTopNavLink", "stTopNavDropdownLink", "stSidebarNavLink"];
let kept = ""; // the part of the address that goes along

function openPage(address) {
  if (!document.querySelector('[data-test-connection-state="CONNECTED"]')) return;
  const to = new URL(address);
  const person = new URLSearchParams(location.search).get(kept);
  if (person) to.searchParams.set(kept, person);
  if (to.pathname !== at) document.rareReviewLeft = Date.now();
  closeMenu();
  stepped = false;
  if (to.href !== location.href) history.pushState({}, "", to);
  askForPage();
}

// A list of pages that lies over the page closes, as by a click beside it.
function closeMenu() {
  const beside = document.querySelector('[data-testid="stMain"]');
  for (const kind of ["pointerdown", "mousedown"]) {
    beside?.dispatchEvent(new MouseEvent(kind, { bubbles: true }));
  }
}

// ---- one act is one step -----------------------------------------------------------------

// Streamlit makes a step of the browser's history of each change of the address, and one act can
// bring three: another page, who is at work, the case that is shown. Going back then ends on a
// half address, which is completed by a step forward, and one never comes away. Here what
// follows the first step completes it; arriving, and going back, are steps themselves.
let stepped = true;

function keepSteps() {
  const push = history.pushState;
  history.pushState = (...step) => {
    if (stepped) history.replaceState(...step);
    else push.apply(history, step);
    stepped = true;
    at = location.pathname;
  };
  const acted = () => { stepped = false; };
  for (const act of ["pointerdown", "keydown", "click"]) window.addEventListener(act, acted, true);
}

// ---- no page stays empty -----------------------------------------------------------------

// Whatever emptied it, a page on which nothing stands is asked for again, once.
const LOOK = 250; // milliseconds
let empty = 0;

function look() {
  const running = !document.querySelector('[data-test-script-state="notRunning"]');
  if (document.querySelector('.st-key-page [data-testid="stElementContainer"]')) empty = 0;
  else if (!running) empty += 1;
  if (empty === 2) askForPage();
}

// ---- a server that was restarted draws the whole page --------------------------------------

// It knows no part of the page, and what a part asks of it is heard by nobody: not before somebody
// asks for the page. Streamlit does so only if it was drawing when the server went. This component
// stands in no part, so what it asks for is the page; what waits is sent once that is drawn.
const STATE = "data-test-connection-state";
let ask = null;
let gone = false;

function watchConnection() {
  const connected = document.querySelector(`[${STATE}="CONNECTED"]`) !== null;
  if (connected && gone) ask?.("back", Date.now());
  gone = !connected;
}

if (!document.rareReviewLeaves) {
  document.rareReviewLeaves = true;
  keepSteps();
  window.addEventListener("click", goByLink, true);
  window.addEventListener("popstate", goByBrowser);
  new MutationObserver(watchConnection).observe(document.body, {
    subtree: true, attributes: true, attributeFilter: [STATE],
  });
  setInterval(look, LOOK);
}

export default function ({ data, setTriggerValue }) {
  kept = data.kept;
  ask = setTriggerValue;
}
