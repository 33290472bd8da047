// What a reader can see of a page, shadow roots included; evaluated by test_any_eyes.py.

const SIGNS = /^\s*[●◐✕○⚑]/;

function everything(root = document) {
  const found = [];
  for (const node of root.querySelectorAll("*")) {
    found.push(node);
    if (node.shadowRoot) found.push(...everything(node.shadowRoot));
  }
  return found;
}

function above(node) {
  return node.assignedSlot ?? node.parentElement ?? node.getRootNode().host ?? null;
}

const brush = Object.assign(document.createElement("canvas"), { width: 1, height: 1 })
  .getContext("2d", { willReadFrequently: true });

// Whatever way a colour is written, as red, green, blue and how much of it there is.
function colour(text) {
  brush.clearRect(0, 0, 1, 1);
  brush.fillStyle = text;
  brush.fillRect(0, 0, 1, 1);
  const [red, green, blue, share] = brush.getImageData(0, 0, 1, 1).data;
  return [red, green, blue, share / 255];
}

function over(front, back) {
  const share = front[3];
  return [0, 1, 2].map((n) => front[n] * share + back[n] * (1 - share));
}

function ground(node) {
  const layers = [];
  for (let at = node; at; at = above(at)) layers.push(colour(getComputedStyle(at).backgroundColor));
  return layers.reverse().reduce((back, layer) => over(layer, back), [255, 255, 255]);
}

// Relative luminance and contrast as WCAG 2.2 defines them.
function luminance(rgb) {
  const [red, green, blue] = rgb.map((value) => {
    const part = value / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one, other) {
  const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
}

function shown(node) {
  if (!node.checkVisibility({ opacityProperty: true, visibilityProperty: true })) return false;
  const frame = node.getBoundingClientRect();
  return frame.width > 1 && frame.height > 1;
}

function opacity(node) {
  let share = 1;
  for (let at = node; at; at = above(at)) share *= Number(getComputedStyle(at).opacity);
  return share;
}

function inactive(node) {
  for (let at = node; at; at = above(at)) {
    if (at.disabled || at.getAttribute("aria-disabled") === "true") return true;
  }
  return false;
}

// Every piece of text that can be read, with its contrast; what is disabled is exempt.
function written() {
  const found = [];
  for (const node of everything()) {
    const text = [...node.childNodes]
      .filter((child) => child.nodeType === Node.TEXT_NODE)
      .map((child) => child.textContent.trim())
      .join(" ")
      .trim();
    if (!text || ["STYLE", "SCRIPT", "NOSCRIPT", "OPTION"].includes(node.tagName)) continue;
    if (!shown(node) || inactive(node)) continue;
    const style = getComputedStyle(node);
    const back = ground(node);
    const ink = colour(node instanceof SVGElement ? style.fill : style.color);
    ink[3] *= opacity(node);
    const size = parseFloat(style.fontSize);
    found.push({
      text: text.slice(0, 60),
      sign: SIGNS.test(text),
      large: size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700),
      contrast: Math.round(contrast(over(ink, back), back) * 100) / 100,
    });
  }
  return found;
}

function scrollsSideways(node) {
  for (let at = above(node); at; at = above(at)) {
    const style = getComputedStyle(at);
    if (["auto", "scroll"].includes(style.overflowX) && at.scrollWidth > at.clientWidth + 1) return true;
  }
  return false;
}

// What one could press or type into that reaches out of the window and cannot be scrolled to.
function cutOff() {
  return everything()
    .filter((node) => node.matches("button, input, textarea, select, summary, a[href], [role=radio], p, h1, h2"))
    .filter((node) => onOurPage(node) && shown(node) && !scrollsSideways(node) && !node.closest(".st-key-page-name"))
    .filter((node) => {
      const frame = node.getBoundingClientRect();
      return frame.left < -1 || frame.right > innerWidth + 1;
    })
    .map((node) => (node.ariaLabel || node.textContent || node.tagName).trim().slice(0, 60));
}

function deepest() {
  let node = document.activeElement;
  while (node?.shadowRoot?.activeElement) node = node.shadowRoot.activeElement;
  return node && node !== document.body ? node : null;
}

// What a radio button, a field or a button is called, and the group it answers.
function called(node) {
  const label = node.ariaLabel || node.labels?.[0]?.textContent || node.textContent || node.id;
  return label.trim();
}

// Everything of our components that can be pressed or filled in, by the name it says.
function named() {
  return everything()
    .filter((node) => node.matches("button, input, textarea, select, summary, [role=radiogroup], [role=group], dialog[open]"))
    .filter((node) => node.getRootNode() instanceof ShadowRoot && onOurPage(node))
    .map((node) => {
      const by = node.getRootNode().getElementById(node.getAttribute("aria-labelledby") ?? "");
      const name = node.ariaLabel || by?.textContent || node.labels?.[0]?.textContent;
      const own = node.matches("button, summary") ? node.textContent : "";
      return { tag: node.outerHTML.slice(0, 120), name: (name || own || "").trim() };
    });
}

function focused() {
  const node = deepest();
  if (!node) return null;
  const own = [node, node.matches("input") ? above(node) : null].filter(Boolean);
  const lined = own.map((one) => [one, getComputedStyle(one)])
    .filter(([, style]) => style.outlineStyle !== "none")
    .map(([one, style]) => {
      const inside = parseFloat(style.outlineOffset) < 0;
      const back = ground(inside ? one : (above(one) ?? one));
      return {
        wide: parseFloat(style.outlineWidth),
        contrast: contrast(over(colour(style.outlineColor), back), back),
      };
    });
  const framed = [];
  for (let at = above(node); at && framed.length < 4; at = above(at)) framed.push(at);
  const edged = framed.some((one) => {
    const style = getComputedStyle(one);
    const back = ground(above(one) ?? one);
    const edge = parseFloat(style.borderTopWidth) > 0 ? over(colour(style.borderTopColor), back) : back;
    return contrast(edge, back) >= 3;
  });
  return {
    what: `${node.tagName} ${called(node)}`.slice(0, 80),
    group: node.closest("[role=radiogroup]")?.ariaLabel ?? "",
    checked: Boolean(node.checked) || node.ariaChecked === "true",
    ours: onOurPage(node),
    inComponent: node.getRootNode() instanceof ShadowRoot,
    outlined: lined.some((line) => line.wide >= 2 && line.contrast >= 3),
    shown: lined.length > 0 || edged || getComputedStyle(node).boxShadow !== "none",
  };
}

function onOurPage(node) {
  for (let at = node; at; at = above(at)) if (at.matches(".st-key-page, .st-key-banner")) return true;
  return false;
}

function moving() {
  return everything()
    .filter(onOurPage)
    .filter((node) => {
      const style = getComputedStyle(node);
      const lasts = style.transitionDuration.split(",").some((time) => parseFloat(time) > 0);
      return lasts || style.animationName !== "none" || style.scrollBehavior === "smooth";
    })
    .map((node) => `${node.tagName}.${node.className}`.slice(0, 80));
}
