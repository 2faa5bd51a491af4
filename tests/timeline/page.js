// Runs the program of a report's page without a browser: what it asks of one is made up here. It
// has to put each thread and each deadlock into the page, draw, and answer every key.
"use strict";
const fs = require("node:fs");
const vm = require("node:vm");

const page = fs.readFileSync(process.argv[2], "utf8");
const parts = [...page.matchAll(/<script(?: id="(\w+)" type="application\/json")?>(.*?)<\/script>/gs)];
const fail = what => { console.error("not so: " + what); process.exit(1); };

const drawn = {};
const pen = new Proxy({}, {
  get: (kept, name) => name in kept ? kept[name] : (...given) => {
    if (given.some(one => typeof one === "number" && Number.isNaN(one))) fail(`${name}(${given})`);
    drawn[name] = (drawn[name] || 0) + 1;
    if (name === "fillText") texts.push(String(given[0]));
  },
  set: (kept, name, value) => { kept[name] = value; return true; },
});
const texts = [];

class Element {
  constructor(tag) {
    Object.assign(this, { tag, children: [], attributes: {}, dataset: {}, text: "", value: "",
                          clientWidth: 800, clientHeight: 300, scrollTop: 0, hidden: false });
    this.style = { getPropertyValue: () => "#000" };
  }
  get textContent() { return this.text + this.children.map(child => child.textContent).join(""); }
  set textContent(text) { this.text = String(text); this.children = []; }
  setAttribute(name, value) { this.attributes[name] = value; }
  getAttribute(name) { return this.attributes[name] ?? null; }
  removeAttribute(name) { delete this.attributes[name]; }
  append(...more) {
    this.children.push(...more.map(one => typeof one === "string"
      ? Object.assign(new Element("#text"), { text: one }) : one));
  }
  replaceChildren(...all) { this.children = all; }
  replaceWith(other) { this.replaced = other; }
  after(other) { this.next = other; }
  remove() { this.removed = true; }
  getContext() { return pen; }
}
const found = {};
for (const [, id] of page.matchAll(/ id="(\w+)"/g)) found[id] = new Element(id);
for (const [, id, text] of parts) if (id) found[id].textContent = text;
const document = {
  title: "", documentElement: new Element("html"), createElement: tag => new Element(tag),
  getElementById: id => found[id] || fail(`the page has a ${id}`),
};
const watched = [];
const world = vm.createContext({
  document, console, devicePixelRatio: 2,
  getComputedStyle: () => ({ getPropertyValue: () => "#123" }),
  matchMedia: () => ({ addEventListener: (_, call) => watched.push(call) }),
  ResizeObserver: class { constructor(call) { watched.push(call); } observe() {} },
});
world.window = world;
vm.runInContext(parts.find(part => !part[1])[2], world);

const dump = JSON.parse(found.dump.textContent);
const events = JSON.parse(found.timeline.textContent).traceEvents;
const table = found.threads.textContent;
for (const thread of dump.threads) if (!table.includes(thread.name)) fail(`${thread.name} is listed`);
const told = found.deadlocks.textContent;
if (!told.includes(`Deadlock (${dump.deadlocks[0].certainty}) of 2 threads`)) fail("it is told");
if (!document.title.includes(String(dump.pid))) fail("the title has the process");
for (const event of events.filter(one => one.ph === "M" && one.name === "thread_name"))
  if (!texts.includes(event.args.name)) fail(`${event.args.name} has a track`);

// Every key, every button, the pointer and the wheel.
const canvas = found.canvas, before = drawn.fillRect;
const keys = ["ArrowDown", "ArrowRight", "ArrowRight", "ArrowLeft", "ArrowUp", "+", "=", "-", "0"];
const said = new Set();
for (const key of keys) {
  let is_used = false;
  canvas.onkeydown({ key, preventDefault: () => { is_used = true; } });
  if (!is_used) fail(`${key} is a key`);
  said.add(found.said.textContent);
}
// Each slice can be reached, and is said.
const press = key => canvas.onkeydown({ key, preventDefault() {} });
const slices = events.filter(one => one.ph === "X");
for (const _ of dump.threads) press("ArrowUp");
for (const _ of events.filter(one => one.ph === "M")) {
  for (const _ of slices) { press("ArrowRight"); said.add(found.said.textContent); }
  press("ArrowDown");
}
for (const slice of slices)
  if (![...said].some(text => text.includes(`: ${slice.name}, for `))) fail(`${slice.name} is said`);
canvas.onkeydown({ key: "Tab", preventDefault: () => fail("Tab leaves the timeline") });
if (said.size < 3) fail("it says what is chosen: " + [...said]);
for (const button of found.keys.children) button.onclick();
canvas.onwheel({ ctrlKey: true, offsetX: 300, deltaY: -100, preventDefault() {} });
canvas.onpointerdown({ offsetX: 300 });
canvas.onpointermove({ offsetX: 320, buttons: 1 });
canvas.onpointerup({ offsetX: 320, offsetY: 40 });
canvas.onpointerdown({ offsetX: 300 });
canvas.onpointerup({ offsetX: 300, offsetY: 40 });
found.tracks.onscroll();
for (const call of watched) call();
if (drawn.fillRect <= before) fail("it is drawn anew");

// The filter, and the order.
found.filter.value = "TELLER-1";
found.filter.oninput();
const body = found.threads.children[0].children[2];
const shown = body.children.filter(line => line.style.display !== "none");
if (!(shown.length >= 1 && shown.length < dump.threads.length)) fail("the filter leaves some out");
for (const cell of found.threads.children[0].children[1].children[0].children) {
  cell.children[0].onclick();
  const first = cell.getAttribute("aria-sort");
  cell.children[0].onclick();
  if (!first || first === cell.getAttribute("aria-sort")) fail("a title sorts, and sorts back");
}
console.log(`${texts.length} texts drawn, ${said.size} sentences said`);
