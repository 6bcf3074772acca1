// Everything on the page is made here: elements by name, and every word as text, never as markup.

const svg = 'http://www.w3.org/2000/svg';

/** An element with attributes and children; `text` is its text, a function listens to the event of its name. */
export function el(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

/** The same in SVG. */
export function draw(tag, attributes = {}, ...children) {
  return fill(document.createElementNS(svg, tag), attributes, children);
}

/** Without the marks that turn what stands around them: a version that ends in one would show 12% as %21. */
const plain = text => String(text).replace(/[\u202a-\u202e\u2066\u2067]/g, '\ufffd');

function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === 'text') node.textContent = plain(value);
    else if (typeof value === 'function') node.addEventListener(name, value);
    else node.setAttribute(name, value === true ? '' : String(value));
  }
  node.append(...children.flat().filter(child => child !== null && child !== undefined && child !== false));
  return node;
}

/** Writes a text only if it is another one, so that nothing is laid out or read aloud for nothing. */
export function say(node, text) {
  const next = plain(text ?? '');
  if (node.textContent !== next) node.textContent = next;
}

/** Shows or hides. */
export function show(node, shown) {
  if (node.hidden === shown) node.hidden = !shown;
}

/** A part that is made anew only when what it shows is another; and at midnight, when a time of today becomes one of yesterday. */
export class Part {
  #shown = null;

  constructor(node, make) {
    this.node = node;
    this.make = make;
  }

  update(value) {
    const text = `${new Date().toDateString()} ${JSON.stringify(value)}`;
    if (text === this.#shown) return;
    this.#shown = text;
    this.node.replaceChildren(...[this.make(value)].flat().filter(Boolean));
  }
}
