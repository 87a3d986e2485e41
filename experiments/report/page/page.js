"use strict";
// Draws the figures of a report from the numbers in #data, in place of their static
// pictures, which print and readers without scripts keep. Text goes in as text, never as
// markup, and nothing is asked of any network.
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const space = document.querySelector(".static svg")?.namespaceURI;
  const Style = { solid: 0, dashed: 1, dotted: 2, points: 3, openPoints: 4, faint: 5, shade: 6, vertical: 7, overlay: 8 };
  const hidden = new Set(); // names, on the whole page
  let overlaid = false; // whether what others published lies over the figures
  let scale = "score"; // of axes that are scores
  let mark = null; // the score at which the page stands

  const textWidth = (text, size) => { // in pixels
    const c = (textWidth.canvas ??= document.createElement("canvas").getContext("2d"));
    c.font = `${size}px system-ui, sans-serif`;
    return c.measureText(text).width;
  };
  const make = (name, attributes, ...inside) => put(document.createElement(name), attributes, inside);
  const draw = (name, attributes, ...inside) => put(document.createElementNS(space, name), attributes, inside);
  function put(e, attributes, inside) {
    for (const key in attributes) if (attributes[key] != null) e.setAttribute(key, attributes[key]);
    e.append(...inside.filter((i) => i != null));
    return e;
  }

  // Numbers as the report writes them.
  function write(v) {
    if (v == null || !isFinite(v)) return "–";
    const size = Math.abs(v);
    if (size >= 1e6 || (size > 0 && size < 1e-3)) return short(+v.toPrecision(2));
    if (size >= 100) return String(Math.round(v)).replace("-", "−");
    if (size > 0 && size < 0.01) return v.toPrecision(2).replace("-", "−");
    let digits = 2;
    while (1 - v > 0.5e-5 && digits < 5 && v < 1 && 1 - v < 0.5 * 10 ** -digits) digits++;
    return v.toFixed(digits).replace("-", "−");
  }

  // Axes. A place on an axis is what is drawn in equal steps: a value, its exponent of ten,
  // or a score on another scale.
  const angle = (s) => 1 - (2 / Math.PI) * Math.acos(Math.min(1, Math.max(-1, s)));
  const nearest = 1 - 1e-6; // to 1 that −log(1 − s) has a place for
  function place(axis, v) {
    if (v == null) return NaN;
    if (axis.log) return v > 0 ? Math.log10(v) : NaN;
    if (axis.score && scale === "log") return -Math.log10(1 - Math.min(v, nearest));
    if (axis.score === 1 && scale === "angle") return angle(v);
    return v;
  }
  function value(axis, at) {
    if (axis.log) return 10 ** at;
    if (axis.score && scale === "log") return 1 - 10 ** -at;
    if (axis.score === 1 && scale === "angle") return Math.cos((Math.PI / 2) * (1 - at));
    return at;
  }
  const stretched = (axis) => axis.score && (scale === "log" || (axis.score === 1 && scale === "angle"));

  // Round places, four to seven, as draw.go chooses them.
  function ticks(low, high) {
    const span = high - low, marks = [];
    let step = 10 ** Math.floor(Math.log10(span / 2.5));
    for (const m of [1, 2, 5, 10]) if (span / (step * m) <= 6) { step *= m; break; }
    for (let i = Math.ceil(low / step - 1e-9); i * step <= high + 1e-9 * span; i++) marks.push({ at: i * step + 0, label: short(i * step + 0) });
    return marks;
  }
  // Six digits that count, without needless ones; from 10⁶ and below 0.001 as 2.3·10⁻⁷.
  function short(v) {
    let [number, e] = v.toExponential(5).split("e");
    if (v === 0 || (+e >= -3 && +e < 6)) number = String(+v.toPrecision(6)), e = 0;
    else number = String(+number);
    number = number.replace("-", "−");
    return +e === 0 ? number : (/^−?1$/.test(number) ? number.slice(0, -1) : number + "·") + power(+e);
  }
  const power = (e) => "10" + String(e).replace(/./g, (c) => (c === "-" ? "⁻" : "⁰¹²³⁴⁵⁶⁷⁸⁹"[c]));
  // Powers of ten, at most five of them labelled, with the nines between; labels are decimals
  // or powers, as draw.go has them.
  function logTicks(low, high) {
    const marks = [], labelled = [], inside = Math.floor(Math.log10(high) + 1e-9) - Math.ceil(Math.log10(low) - 1e-9) + 1;
    const stride = Math.max(1, Math.ceil(inside / 5));
    for (let e = Math.floor(Math.log10(low)); e <= Math.ceil(Math.log10(high)); e++) {
      for (let m = 1; m < 10; m++) {
        const v = m * 10 ** e;
        if (v < low * (1 - 1e-9) || v > high * (1 + 1e-9)) continue;
        const t = { at: v, label: "", m, e };
        marks.push(t);
        if ((m === 1 && e % stride === 0) || (inside < 2 && (m === 2 || m === 5))) labelled.push(t);
      }
    }
    const decimals = labelled.length && labelled[0].at > 0.999e-3 && labelled.at(-1).at < 1.001e4;
    for (const t of labelled) t.label = decimals ? short(t.at) : (t.m === 1 ? "" : t.m + "·") + power(t.e);
    return marks;
  }
  const scores = [-1, -0.5, 0, 0.2, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.97, 0.98, 0.99, 0.995, 0.999, 0.9999, 0.99999];
  function ticksOf(axis, [low, high], room, zoomed) {
    if (stretched(axis)) {
      let last = -Infinity;
      return scores.filter((s) => {
        const at = place(axis, s), far = ((at - last) / (high - low)) * room > 34;
        if (at < low - 1e-9 || at > high + 1e-9 || !far) return false;
        last = at;
        return true;
      }).map((s) => ({ at: s, label: short(s) }));
    }
    if (axis.ticks && !(zoomed && !axis.ticks.some((t) => t.label.includes("\n") || isNaN(parseFloat(t.label))))) return axis.ticks;
    return axis.log ? logTicks(10 ** low, 10 ** high) : ticks(low, high);
  }

  // rangeOf is what an axis shows, in places.
  function rangeOf(panel, axis, zoom) {
    if (zoom) return [place(axis, zoom[0]), place(axis, zoom[1])];
    let [low, high] = axis.range;
    if (axis.score && scale === "log") { // as far as curves go
      let most = -Infinity;
      for (const l of panel.lines || []) if (l.style !== Style.vertical && l.style !== Style.dashed) for (const v of data.columns[l.x]) if (v != null && v <= nearest) most = Math.max(most, v);
      if (most > low) high = Math.min(high, most + (1 - most) * 0.1);
    }
    return [place(axis, low), place(axis, high)];
  }

  const ink = (m) => (m.colour === "#000000" ? "var(--ink)" : `color-mix(in srgb, ${m.colour}, white var(--lift))`);
  const dash = { 1: "5 4", 2: "1.5 3", 7: "7 3 1.5 3" };
  const pale = (m) => m.style === Style.faint || m.style === Style.overlay;
  function stroke(m) {
    return { fill: "none", stroke: ink(m), "stroke-width": pale(m) ? 5 : m.style === Style.solid ? 2 : 1.4, "stroke-dasharray": dash[m.style], "stroke-opacity": pale(m) ? 0.35 : null, "stroke-linejoin": "round" };
  }
  function sample(m) {
    const s = draw("svg", { width: 22, height: 12, "aria-hidden": "true" });
    if (m.style === Style.shade) s.append(draw("rect", { width: 22, height: 12, fill: ink(m), "fill-opacity": 0.22 }));
    else if (m.style === Style.points || m.style === Style.openPoints) s.append(dot(m, 11, 6));
    else s.append(draw("path", { d: "M0,6H22", ...stroke(m) }));
    return s;
  }
  const dot = (m, x, y) => m.style === Style.openPoints ? draw("circle", { cx: x, cy: y, r: 3.2, fill: "none", stroke: ink(m), "stroke-width": 1.3 }) : draw("circle", { cx: x, cy: y, r: 3, fill: ink(m) });

  // A column that never falls can be read at any x.
  const rising = new Map();
  function rises(i) {
    if (!rising.has(i)) {
      const c = data.columns[i];
      rising.set(i, c.length > 1 && c.every((v, k) => v != null && (k === 0 || v >= c[k - 1])));
    }
    return rising.get(i);
  }
  // read is y of a line at x, between its points as they are drawn; null beyond its ends.
  function read(panel, line, y, x) {
    const xs = data.columns[line.x], ys = data.columns[y];
    if (x < xs[0] || x > xs[xs.length - 1]) return null;
    let k = 1;
    while (k < xs.length - 1 && xs[k] < x) k++;
    const a = place(panel.x, xs[k - 1]), b = place(panel.x, xs[k]), at = place(panel.x, x);
    const f = b > a ? (at - a) / (b - a) : 1, low = place(panel.y, ys[k - 1]), high = place(panel.y, ys[k]);
    const v = value(panel.y, low + f * (high - low));
    return isFinite(v) ? v : null;
  }
  // reading is what all curves that show say at x: a row each, for two of one name may be
  // the two sides of a region.
  function reading(figure, panel, x) {
    const rows = [], beside = [];
    for (const l of panel.lines || []) {
      if (!l.name || hidden.has(l.name) || l.style === Style.vertical || !rises(l.x) || (l.style === Style.overlay && !overlaid)) continue;
      if (l.style === Style.points || l.style === Style.openPoints) continue;
      const v = read(panel, l, l.y, x), label = figure.legend.find((k) => k.style === l.style && !k.name)?.label;
      if (v == null) continue;
      if (l.style !== Style.solid && label) beside.push([l, label, v]);
      else rows.push({ name: l.name, of: l, value: v });
    }
    for (const [l, label, v] of beside) { // what a dashed line says, beside the curve of its name
      let row = rows.find((r) => r.name === l.name);
      if (!row) rows.push((row = { name: l.name, of: l, value: null }));
      (row.beside ??= []).push([label, v]);
    }
    for (const b of panel.bands || []) {
      if (!rises(b.x)) continue;
      const low = read(panel, b, b.y, x), high = read(panel, b, b.high, x);
      const row = rows.find((r) => r.name === b.name && !r.range && low <= r.value && r.value <= high);
      if (row && low != null && high > low) row.range = [low, high];
    }
    return rows;
  }

  // pointsAt is what all points say that stand about a place, a name of an axis, with their
  // ranges, which are drawn as upright lines.
  function pointsAt(panel, at) {
    const rows = [], about = (x) => Math.abs(x - at) < 0.5;
    for (const l of panel.lines || []) {
      const xs = data.columns[l.x], ys = data.columns[l.y];
      if (hidden.has(l.name) || l.style === Style.vertical) continue;
      if (l.style === Style.points || l.style === Style.openPoints) xs.forEach((x, k) => about(x) && rows.push({ name: l.name, of: l, x, value: ys[k] }));
    }
    for (const l of panel.lines || []) {
      const xs = data.columns[l.x], ys = data.columns[l.y];
      if (l.style !== Style.solid || xs.length !== 2 || xs[0] !== xs[1] || !about(xs[0])) continue;
      const r = rows.find((r) => r.name === l.name && r.x === xs[0]);
      if (r && ys[1] > ys[0]) r.range = ys;
    }
    return rows;
  }

  const tip = make("div", { id: "tip", class: "live", role: "status", hidden: "" });
  document.body.append(tip);
  const keys = "← → read, + − zoom, 0 shows all again";
  document.body.append(make("p", { id: "keys", hidden: "" }, "Arrow keys read along the curves, plus and minus zoom, 0 or Escape shows all again."));
  function say(event, head, rows, more) {
    const table = make("table", {});
    for (const r of rows) {
      table.append(make("tr", {}, make("td", {}, sample(r.of)), make("th", {}, r.name), make("td", { class: "n" }, r.value === undefined ? r.text : r.value === null ? "" : write(r.value)),
        make("td", {}, r.range ? `${write(r.range[0])}–${write(r.range[1])}` : ""), make("td", {}, (r.beside || []).map(([label, v]) => `${label || ""} ${write(v)}`).join(", "))));
    }
    tip.replaceChildren(make("b", {}, head), table, more ? make("small", { class: "soft" }, more) : "");
    tip.hidden = false;
    const box = tip.getBoundingClientRect();
    tip.style.left = Math.max(4, event.clientX + 14 + box.width > innerWidth ? event.clientX - box.width - 14 : event.clientX + 14) + "px";
    tip.style.top = Math.max(4, Math.min(event.clientY + 14, innerHeight - box.height - 4)) + "px";
  }

  // A View draws one figure.
  const views = [];
  class View {
    constructor(figure) {
      this.figure = figure;
      this.at = document.getElementById(figure.id);
      this.zoom = { x: null, y: new Map() };
      this.names = make("div", { class: "names live" });
      this.panels = make("div", { class: "panels live" });
      this.at.querySelector(".static").before(this.names, this.panels);
    }
    draw() {
      if (this.at.classList.contains("other")) return; // until its dataset is chosen
      this.legend();
      const width = this.panels.clientWidth, n = this.figure.panels.length;
      if (!width) return; // it will be drawn when there is room
      const across = Math.max(1, Math.min(this.figure.across, n, Math.floor(width / (n > 1 ? 250 : 1))));
      const each = Math.floor((width - 10 * (across - 1)) / across), w = n === 1 ? Math.min(each, 760) : each;
      this.panels.style.gridTemplateColumns = `repeat(${across}, ${w}px)`;
      this.low = Infinity; // the first figure ends where the first screen does, if its panels stay legible
      if (this.at === document.querySelector("figure:not(.other)") && across > 1) {
        const rows = Math.ceil(n / across), below = this.at.querySelector("figcaption").offsetHeight + 24;
        this.low = Math.max(150, Math.floor((Math.max(800, innerHeight) - this.panels.getBoundingClientRect().top - scrollY - below) / rows) - 10);
      }
      this.drawn = this.figure.panels.map((p, i) => this.panel(p, i, w));
      this.panels.replaceChildren(...this.drawn.map((d) => d.svg));
    }
    legend() {
      const parts = [], graded = this.figure.legend.filter((k) => k.graded && k.name);
      const bar = graded.length > 3;
      if (bar) {
        const chips = graded.map((k) => {
          const c = this.chip(k, []);
          c.style.background = ink(k);
          return c;
        });
        parts.push(make("span", { class: "bar" }, graded[0].label, "\u00a0", ...chips, "\u00a0", graded[graded.length - 1].label));
      }
      for (const k of this.figure.legend) {
        if (k.name && bar && k.graded) continue;
        parts.push(k.name ? this.chip(k, [sample(k), k.label]) : k.style === Style.overlay ? this.overlay(k) : make("span", { class: "key" }, sample(k), k.label));
      }
      if (this.zoom.x || this.zoom.y.size) {
        const b = make("button", { class: "reset", type: "button", "aria-label": "reset zoom" }, "reset zoom");
        b.onclick = () => this.reset();
        parts.push(b);
      }
      const focus = this.names.contains(document.activeElement) ? document.activeElement : null;
      this.names.replaceChildren(...parts);
      if (focus) // stays on the name that a key has hidden; after a zoom is taken back, on the first
        [...this.names.querySelectorAll("button")].sort((a, b) => (b.ariaLabel === focus.ariaLabel) - (a.ariaLabel === focus.ariaLabel))[0]?.focus();
    }
    chip(k, inside) {
      const b = make("button", { class: "chip", type: "button", "aria-pressed": String(!hidden.has(k.name)), "data-name": k.name, title: inside.length ? "hide or show it everywhere" : k.label, "aria-label": k.label }, ...inside);
      b.onclick = () => {
        if (!hidden.delete(k.name)) hidden.add(k.name);
        drawAll();
      };
      return b;
    }
    overlay(k) {
      const b = make("button", { class: "chip overlay", type: "button", "aria-pressed": String(overlaid), title: "show or hide it everywhere", "aria-label": k.label }, sample(k), (overlaid ? "" : "show ") + k.label);
      b.onclick = () => {
        overlaid = !overlaid;
        drawAll();
      };
      return b;
    }
    reset() {
      this.zoom = { x: null, y: new Map() };
      this.draw();
    }
    panel(p, i, w) {
      const bare = p.bare, xr = rangeOf(p, p.x, this.zoom.x), yr = rangeOf(p, p.y, this.zoom.y.get(i));
      const h = Math.round(Math.min(this.low, Math.max(190, Math.min(420, w * this.figure.aspect))));
      const yTicks = bare ? [] : ticksOf(p.y, yr, h, this.zoom.y.has(i));
      const widest = Math.max(0, ...yTicks.map((t) => t.label.length));
      const box = { left: bare ? 4 : 12 + 7 * widest + (p.y.label ? 18 : 0), right: w - 10, top: p.title ? 27 : 10, bottom: h - (bare ? 4 : 24 + (p.x.label ? 18 : 0)) };
      const xTicks = bare ? [] : ticksOf(p.x, xr, box.right - box.left, this.zoom.x);
      const lines = xTicks.map((t) => t.label.split("\n"));
      const deep = Math.max(1, ...lines.map((l) => l.length));
      const longest = Math.max(0, ...lines.flat().map((l) => l.length));
      const ends = this.ends(p, xr, yr, box);
      if (ends.length) box.right -= 6 + Math.max(...ends.map((e) => textWidth(e.name, 12)));
      const turned = deep * longest > 5 && longest * 6.3 > (box.right - box.left) / Math.max(1, xTicks.length);
      box.bottom -= turned ? Math.min(95, 4.6 * Math.max(...xTicks.map((t) => t.label.length))) : 14 * (deep - 1);
      const d = { panel: p, index: i, box, xr, yr, ink: [] };
      d.X = (v) => box.left + ((place(p.x, v) - xr[0]) / (xr[1] - xr[0])) * (box.right - box.left);
      d.Y = (v) => box.bottom - ((place(p.y, v) - yr[0]) / (yr[1] - yr[0])) * (box.bottom - box.top);
      d.atX = (px) => value(p.x, xr[0] + ((px - box.left) / (box.right - box.left)) * (xr[1] - xr[0]));
      d.atY = (px) => value(p.y, yr[0] + ((box.bottom - px) / (box.bottom - box.top)) * (yr[1] - yr[0]));
      const svg = d.svg = draw("svg", { viewBox: `0 0 ${w} ${h}`, width: w, height: h, role: bare ? "img" : "application", tabindex: bare ? null : 0, "aria-describedby": bare ? null : "keys", "aria-label": [p.title, p.y.label, p.x.label].filter(Boolean).join(", ") || "panel " + (i + 1), "data-panel": i });
      const text = (x, y, what, more) => svg.append(draw("text", { x, y, ...more }, what));
      if (p.title) { // over its plot, as far as the panel has room
        const half = textWidth(p.title, 13.5) / 2;
        text(Math.max(Math.min((box.left + box.right) / 2, w - half), half), 14, p.title, { class: "title", "text-anchor": "middle" });
      }
      if (!bare) {
        for (const t of yTicks) {
          const y = d.Y(t.at);
          if (!(y >= box.top - 0.5 && y <= box.bottom + 0.5)) continue;
          svg.append(draw("path", { d: t.label ? `M${box.left},${y}H${box.right}` : `M${box.left},${y}h4`, stroke: "var(--line)" }));
          if (t.label) text(box.left - 6, y + 4, t.label, { "text-anchor": "end" });
        }
        xTicks.forEach((t, k) => {
          const x = d.X(t.at);
          if (!(x >= box.left - 0.5 && x <= box.right + 0.5)) return;
          svg.append(draw("path", { d: `M${x},${box.bottom}v${t.label ? 5 : 3}`, stroke: "var(--soft)" }));
          if (turned) return text(x + 4, box.bottom + 16, t.label.replace("\n", " "), { "text-anchor": "end", transform: `rotate(-35 ${x + 4} ${box.bottom + 16})` });
          lines[k].forEach((l, j) => text(x, box.bottom + 18 + 14 * j, l, { "text-anchor": "middle" }));
        });
        svg.append(draw("path", { d: `M${box.left},${box.top}V${box.bottom}H${box.right}`, fill: "none", stroke: "var(--soft)" }));
        if (p.x.label) text((box.left + box.right) / 2, h - 4, p.x.label + (stretched(p.x) ? (scale === "log" ? " (as −log(1 − s))" : " (by its angle)") : ""), { class: "label", "text-anchor": "middle" });
        if (p.y.label) text(12, (box.top + box.bottom) / 2, p.y.label, { class: "label", "text-anchor": "middle", transform: `rotate(-90 12 ${(box.top + box.bottom) / 2})` });
      }
      const clip = `clip-${this.figure.id}-${i}`;
      svg.append(draw("clipPath", { id: clip }, draw("rect", { x: box.left, y: box.top - 3, width: box.right - box.left + 1, height: box.bottom - box.top + 6 })));
      const inside = draw("g", { "clip-path": `url(#${CSS.escape(clip)})` });
      svg.append(inside);
      for (const b of p.bands || []) {
        if (hidden.has(b.name)) continue;
        const xs = data.columns[b.x], corner = (y) => (x, k) => [d.X(x), d.Y(data.columns[y][k])];
        const outline = [...xs.map(corner(b.high)), ...xs.map(corner(b.y)).reverse()].filter(([x, y]) => isFinite(x) && isFinite(y));
        if (outline.length > 2) inside.append(draw("path", { d: "M" + outline.map((c) => c.map(fixed)).join("L") + "Z", ...(b.style === Style.solid ? { fill: b.colour } : { fill: ink(b), "fill-opacity": 0.2 }) }));
      }
      (p.lines || []).forEach((l, k) => {
        if (!hidden.has(l.name) && (overlaid || l.style !== Style.overlay)) this.line(inside, d, l, k);
      });
      for (const e of this.ends(p, xr, yr, box, ends)) text(box.right + 5, e.y + 4, e.name, { class: "end" });
      d.cursor = draw("g", {});
      d.marker = draw("g", { class: "marker" });
      inside.append(d.cursor);
      svg.append(d.marker);
      this.marker(d);
      if (!bare) this.listen(d, w);
      return d;
    }
    // ends are the curves whose names stand where they end, at the right of their panel: those
    // that end there, where all of them are apart, and nothing where the names would take a
    // third of it. Of the names given, once the plot's height is known.
    ends(p, xr, yr, box, given) {
      const found = [];
      for (const l of p.lines || []) {
        if (!l.name || l.style !== Style.solid || hidden.has(l.name)) continue;
        const xs = data.columns[l.x], ys = data.columns[l.y];
        if (!rises(l.x) || xs.length < 3) continue;
        let k = xs.length - 1;
        while (k > 0 && !(isFinite(place(p.x, xs[k])) && isFinite(place(p.y, ys[k])) && place(p.x, xs[k]) <= xr[1] + 1e-9)) k--;
        const across = (place(p.x, xs[k]) - xr[0]) / (xr[1] - xr[0]), up = (place(p.y, ys[k]) - yr[0]) / (yr[1] - yr[0]);
        if (across < 0.95 || !(up >= 0 && up <= 1)) return [];
        found.push({ name: l.name, of: l, y: box.bottom - up * (box.bottom - box.top) });
      }
      found.sort((a, b) => a.y - b.y);
      if (found.length < 2 || new Set(found.map((e) => e.name)).size < found.length) return [];
      if (!given && Math.max(...found.map((e) => textWidth(e.name, 12))) > (box.right - box.left) / 3) return [];
      return (given && !given.length) || found.some((e, i) => i && e.y - found[i - 1].y < 14) ? [] : found;
    }
    // line draws a line within the axes, and points whole where they stand on them.
    line(g, d, l, k) {
      const xs = data.columns[l.x], ys = data.columns[l.y];
      if (l.style === Style.vertical) {
        for (const x of xs) if (isFinite(d.X(x))) g.append(draw("path", { d: `M${fixed(d.X(x))},${d.box.top}V${d.box.bottom}`, ...stroke(l), "data-line": k }));
        return;
      }
      const at = xs.map((x, j) => [d.X(x), d.Y(ys[j])]), drawn = ([x, y]) => isFinite(x) && isFinite(y);
      const joined = l.style !== Style.points && l.style !== Style.openPoints;
      at.forEach((to, j) => { // what labels keep off: points, and curves every four pixels
        const from = joined && j ? at[j - 1] : to;
        if (!drawn(from) || !drawn(to)) return;
        const n = joined ? Math.min(400, Math.ceil(Math.hypot(to[0] - from[0], to[1] - from[1]) / 4)) : 0;
        for (let k = 0; k <= n; k++) d.ink.push(n ? [from[0] + ((to[0] - from[0]) * k) / n, from[1] + ((to[1] - from[1]) * k) / n] : to);
        if (!joined) for (let k = 0; k < 5; k++) d.ink.push(to);
      });
      if (l.style === Style.points || l.style === Style.openPoints) {
        const within = ([x, y]) => x > d.box.left - 0.5 && x < d.box.right + 0.5 && y > d.box.top - 0.5 && y < d.box.bottom + 0.5;
        for (const c of at) if (within(c)) g.parentNode.append(put(dot(l, fixed(c[0]), fixed(c[1])), { "data-line": k }, []));
        return;
      }
      let path = "", pen = "M";
      for (const c of at) {
        path += drawn(c) ? pen + fixed(c[0]) + "," + fixed(c[1]) : "";
        pen = drawn(c) ? "L" : "M";
      }
      if (path) g.append(draw("path", { d: path, ...stroke(l), "data-line": k }));
    }
    // marker shows where the page stands, and what curves are there.
    marker(d) {
      const x = mark == null || !d.panel.x.score ? NaN : d.X(mark), g = d.marker;
      if (!(x >= d.box.left && x <= d.box.right)) return g.replaceChildren();
      g.replaceChildren(draw("path", { d: `M${fixed(x)},${d.box.top}V${d.box.bottom}`, stroke: "var(--ink)", "stroke-width": 1.5 }));
      const rows = reading(this.figure, d.panel, mark).filter((r) => r.value != null);
      const taken = [];
      let last = -Infinity;
      for (const r of rows.sort((a, b) => d.Y(a.value) - d.Y(b.value))) {
        const y = d.Y(r.value);
        g.append(dot({ ...r.of, style: Style.points }, x, y));
        if (y - last < 13) continue;
        last = y;
        const text = write(r.value), w = textWidth(text, 12), places = []; // beside the curve, where least is covered
        for (const left of [x + 6, x - 6 - w]) for (const base of [y - 4, y + 14, y + 4.5]) places.push({ left, base, cost: 0 });
        for (const at of places) {
          if (at.left < d.box.left + 2 || at.left + w > d.box.right - 2 || at.base - 10 < d.box.top || at.base > d.box.bottom) at.cost += 1000;
          const within = ([a, b]) => a > at.left - 3 && a < at.left + w + 3 && b > at.base - 12 && b < at.base + 3;
          at.cost += d.ink.filter(within).length + 50 * taken.filter((o) => Math.abs(o.base - at.base) < 13 && o.left < at.left + w && at.left < o.left + 30).length;
        }
        const best = places.reduce((a, b) => (b.cost < a.cost ? b : a));
        taken.push(best);
        g.append(draw("text", { class: "read", x: best.left, y: best.base }, text));
      }
    }
    listen(d, w) {
      const { svg, box, panel: p } = d;
      let from = null, frame = null;
      const over = draw("rect", { class: "over", x: box.left, y: box.top, width: box.right - box.left, height: box.bottom - box.top, fill: "transparent", style: "cursor:crosshair" });
      svg.append(over);
      const at = (e) => {
        const r = svg.getBoundingClientRect();
        return [Math.max(box.left, Math.min(box.right, ((e.clientX - r.left) * w) / r.width)), Math.max(box.top, Math.min(box.bottom, ((e.clientY - r.top) * w) / r.width))];
      };
      over.onpointermove = (e) => {
        const [x, y] = at(e);
        if (from) {
          const tall = Math.abs(y - from[1]) > 24;
          frame.setAttribute("x", Math.min(x, from[0]));
          frame.setAttribute("width", Math.abs(x - from[0]));
          frame.setAttribute("y", tall ? Math.min(y, from[1]) : box.top);
          frame.setAttribute("height", tall ? Math.abs(y - from[1]) : box.bottom - box.top);
          return;
        }
        this.tell(d, e, x, y);
      };
      over.onpointerleave = () => {
        tip.hidden = true;
        d.cursor.replaceChildren();
      };
      over.onpointerdown = (e) => {
        if (e.pointerType !== "mouse") return over.onpointermove(e);
        from = at(e);
        tip.hidden = true;
        frame = draw("rect", { fill: "var(--mark)", "fill-opacity": 0.2 });
        svg.append(frame);
        over.setPointerCapture(e.pointerId);
        e.preventDefault();
      };
      over.onpointerup = (e) => {
        if (!from) return;
        const [x, y] = at(e), [x0, y0] = from;
        from = null;
        frame.remove();
        if (Math.abs(x - x0) < 8) return;
        this.zoom.x = [d.atX(Math.min(x, x0)), d.atX(Math.max(x, x0))];
        if (Math.abs(y - y0) > 24) this.zoom.y.set(d.index, [d.atY(Math.max(y, y0)), d.atY(Math.min(y, y0))]);
        this.draw();
      };
      over.ondblclick = () => this.reset();
      svg.onfocus = () => { if (svg.matches(":focus-visible")) this.stand(d, 0); };
      svg.onblur = over.onpointerleave;
      svg.onkeydown = (e) => {
        if (e.ctrlKey || e.altKey || e.metaKey) return;
        const does = { ArrowLeft: () => this.stand(d, -1), ArrowRight: () => this.stand(d, 1), "+": () => this.closer(d, 0.5), "=": () => this.closer(d, 0.5), "-": () => this.closer(d, 2), "−": () => this.closer(d, 2), 0: () => this.closer(d, Infinity), Escape: () => this.closer(d, Infinity) }[e.key];
        if (!does) return;
        e.preventDefault();
        does();
      };
    }
    // tell shows what a panel says at a place of it in pixels, beside e.
    tell(d, e, x, y, keys) {
      const p = d.panel, near = this.nearest(d, x, y), v = d.atX(x), named = this.named(d, v);
      d.cursor.replaceChildren(draw("path", { d: `M${x},${d.box.top}V${d.box.bottom}`, stroke: "var(--soft)", "stroke-dasharray": "2 2" }));
      if (named) return say(e, named.label.replace("\n", " "), pointsAt(p, named.at), keys);
      const rows = reading(this.figure, p, v);
      if (near) rows.push(near);
      say(e, `${p.x.label || "x"} ${write(v)}`, rows, keys);
    }
    // stops are the places where keys stand, in pixels: names of an axis, fifty along curves, or
    // else the points themselves.
    stops(d) {
      const { panel: p, box } = d, middle = (box.top + box.bottom) / 2, seen = (p.lines || []).filter((l) => !hidden.has(l.name));
      const within = ([x, y]) => x >= box.left - 1 && x <= box.right + 1 && y >= box.top - 1 && y <= box.bottom + 1;
      if (p.x.ticks?.length && this.named(d, p.x.ticks[0].at)) return p.x.ticks.map((t) => [d.X(t.at), middle]).filter(within);
      if (seen.some((l) => l.name && l.style !== Style.points && l.style !== Style.openPoints && l.style !== Style.vertical && rises(l.x))) return Array.from({ length: 51 }, (_, k) => [box.left + (k / 50) * (box.right - box.left), middle]);
      const points = seen.filter((l) => l.style !== Style.vertical).flatMap((l) => data.columns[l.x].map((x, k) => [d.X(x), d.Y(data.columns[l.y][k])]));
      return points.filter(within).sort(([a, b], [u, v]) => a - u || v - b);
    }
    // stand moves so many stops on, from the slider's score at first, and reads there.
    stand(d, by) {
      const stops = this.stops(d), r = d.svg.getBoundingClientRect();
      if (!stops.length) return;
      const from = this.stood ?? (d.panel.x.score && mark != null ? mark : d.atX((d.box.left + d.box.right) / 2));
      if (d.stop == null) d.stop = stops.reduce((best, c, k) => (Math.abs(c[0] - d.X(from)) < Math.abs(stops[best][0] - d.X(from)) ? k : best), 0);
      d.stop = Math.max(0, Math.min(stops.length - 1, d.stop + by));
      const [x, y] = stops[d.stop], scale = r.width / d.svg.viewBox.baseVal.width;
      this.stood = d.atX(x);
      this.tell(d, { clientX: r.left + x * scale, clientY: r.top + y * scale }, x, y, keys);
    }
    // closer zooms about where the keys stand; by 2 it takes half of that back, and by ∞ all.
    closer(d, by) {
      const full = rangeOf(d.panel, d.panel.x, null), size = (d.xr[1] - d.xr[0]) * by;
      if (size >= (full[1] - full[0]) * 0.999) this.zoom = { x: null, y: new Map() };
      else {
        const low = Math.max(full[0], Math.min(full[1] - size, place(d.panel.x, this.stood ?? d.atX((d.box.left + d.box.right) / 2)) - size / 2));
        this.zoom.x = [value(d.panel.x, low), value(d.panel.x, low + size)];
      }
      this.draw();
      this.drawn[d.index].svg.focus();
      this.stand(this.drawn[d.index], 0);
    }
    // named is the place at v of an axis of names, if it is one.
    named(d, v) {
      const places = d.panel.x.ticks || [];
      if (!places.length || places.some((t) => !isNaN(parseFloat(t.label)))) return null;
      return places.reduce((a, b) => (Math.abs(b.at - v) < Math.abs(a.at - v) ? b : a));
    }
    // nearest is the point or vertical line at the pointer, if there is one.
    nearest(d, x, y) {
      let best = null, least = 9;
      for (const l of d.panel.lines || []) {
        if (hidden.has(l.name)) continue;
        const vertical = l.style === Style.vertical;
        if (!vertical && rises(l.x) && l.style !== Style.points && l.style !== Style.openPoints) continue;
        data.columns[l.x].forEach((v, k) => {
          const w = vertical ? null : data.columns[l.y][k], off = vertical ? Math.abs(d.X(v) - x) * 2 : Math.hypot(d.X(v) - x, d.Y(w) - y);
          if (!(off < least)) return;
          least = off;
          const label = this.figure.legend.find((q) => q.style === l.style && !q.name)?.label;
          best = { name: [l.name, vertical || !l.name ? label : ""].filter(Boolean).join(": "), of: l, text: vertical ? write(v) : `${write(v)}, ${write(w)}` };
        });
      }
      return best;
    }
  }
  const fixed = (v) => Math.round(v * 100) / 100;

  function drawAll() {
    for (const v of views) v.draw();
  }

  // Where datasets are more than a page shows at once, one is chosen: its figures stand where
  // the first does, and findings, tables and rows of long ones are those of it.
  const sets = [...new Set(data.figures.map((f) => f.dataset).filter(Boolean))];
  function choose(name) {
    for (const v of views) if (v.figure.dataset) v.at.classList.toggle("other", v.figure.dataset !== name);
    for (const e of document.querySelectorAll("[data-dataset]")) e.classList.toggle("other", e.dataset.dataset !== name);
  }
  function datasetChoice(controls) {
    if (sets.length < 4) return;
    const select = make("select", { id: "dataset" }), first = document.querySelector("figure");
    for (const name of sets) {
      select.append(make("option", { value: name }, name));
      const leading = views.find((v) => v.figure.dataset === name).at;
      if (leading !== first) first.before(leading);
    }
    select.onchange = () => {
      choose(select.value);
      drawAll();
      show();
    };
    controls.prepend(make("label", {}, "dataset", select));
    choose(sets[0]);
  }

  function axisChoice(controls) {
    if (!data.figures.some((f) => f.panels.some((p) => p.x.score))) return;
    const select = make("select", { id: "scale" });
    for (const [value, label] of [["score", "score"], ["angle", "angle"], ["log", "−log(1 − s)"]]) select.append(make("option", { value }, label));
    select.onchange = () => {
      scale = select.value;
      for (const v of views) v.zoom.x = null;
      drawAll();
      show();
    };
    controls.append(make("label", {}, "score axis", select));
  }

  // One slider moves the score at which the page stands: data as they form, and a marker in
  // every figure of scores with what its curves say there.
  const most = 3; // of −log₁₀(1 − s) on the slider
  const along = { score: [(u) => u, (s) => s], angle: [(u) => Math.cos((Math.PI / 2) * (1 - u)), angle], log: [(u) => 1 - 10 ** (-most * u), (s) => -Math.log10(1 - Math.min(s, 0.999)) / most] };
  let show = () => {};
  function slider(controls) {
    const read = (p) => p.x.score && (p.lines || []).some((l) => l.style === Style.solid && data.columns[l.x].length > 2 && rises(l.x));
    if (!data.forming?.length && !data.figures.some((f) => f.panels.some(read))) return;
    const input = make("input", { id: "mark", type: "range", min: 0, max: 1, step: 0.002 }), out = make("output", {}), play = make("button", { id: "play", type: "button" }, "play");
    const canvases = forming();
    show = (moved) => {
      if (moved) mark = along[scale][0](+input.value);
      else input.value = along[scale][1](mark);
      input.setAttribute("aria-valuetext", (out.textContent = write(mark)));
      for (const v of views) for (const d of v.drawn || []) v.marker(d);
      for (const c of canvases) c();
    };
    input.oninput = () => show(true);
    let running = null;
    play.onclick = () => {
      if (running != null) {
        cancelAnimationFrame(running);
        running = null;
        play.textContent = "play";
        return;
      }
      play.textContent = "stop";
      const start = performance.now() - (+input.value >= 0.99 ? 0 : +input.value * 6000);
      const step = (now) => {
        input.value = Math.min(1, (now - start) / 6000);
        show(true);
        running = requestAnimationFrame(step);
        if (+input.value >= 1) play.onclick();
      };
      running = requestAnimationFrame(step);
    };
    mark = 0.9;
    controls.append(make("label", {}, "at score", input, out), play);
  }
  // forming makes a canvas for each of the data as they form, and one for the dataset, and
  // returns what draws each.
  function forming() {
    const all = [], section = document.getElementById("forming");
    for (const name of new Set((data.forming || []).map((f) => f.dataset))) {
      const of = data.forming.filter((f) => f.dataset === name), row = make("div", { "data-dataset": name });
      section.append(make("h3", { "data-dataset": name }, name), row);
      for (const f of [...of, { ...of[0], measure: "the dataset", scores: [1], planes: [of[0].reference] }]) {
        const canvas = make("canvas", { width: 360, height: 300, role: "img", "aria-label": `${name} by ${f.measure}` }), label = make("span", {});
        row.append(make("span", {}, canvas, label));
        all.push(() => {
          let k = f.scores.findIndex((s) => s >= mark - 1e-9);
          if (k < 0) k = f.scores.length - 1;
          label.textContent = f.scores[0] === 1 ? f.measure : `${f.measure} ${write(f.scores[k])}`;
          picture(canvas, f.planes[k], f.times);
        });
      }
    }
    return all;
  }
  const hues = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#882255", "#999933"];
  function picture(canvas, places, times) {
    const c = canvas.getContext("2d"), { width, height } = canvas, at = (i) => [width / 2 + (places[i] / 350) * (width / 2), height / 2 - (places[i + 1] / 350) * (width / 2)];
    c.clearRect(0, 0, width, height);
    c.lineWidth = 3;
    c.lineJoin = "round";
    for (let i = 0, k = 0; i < places.length; i += 2 * times, k++) {
      c.strokeStyle = c.fillStyle = hues[k % hues.length];
      c.beginPath();
      if (times === 1) {
        c.arc(...at(i), 5, 0, 7);
        c.fill();
        continue;
      }
      for (let t = 0; t < times; t++) c.lineTo(...at(i + 2 * t));
      c.stroke();
    }
  }

  // Tables: a click on a header sorts, and a button copies.
  function table(t) {
    const heads = [...t.tHead.rows[0].cells], body = t.tBodies[0], first = [...body.rows];
    const key = (row, i) => row.cells[i]?.textContent ?? "";
    const number = (text) => parseFloat(text.replace("−", "-").replace(/^(-?)\./, "$10."));
    heads.forEach((h, i) => {
      h.replaceChildren(make("button", { class: "sort", type: "button", title: "sort" }, ...h.childNodes));
      h.onclick = () => {
        const down = h.classList.contains("up"), back = h.classList.contains("down");
        for (const o of heads) {
          o.classList.remove("up", "down");
          o.ariaSort = null;
        }
        for (const c of t.querySelectorAll("td.same")) c.classList.remove("same");
        if (back) return body.append(...first);
        h.classList.add(down ? "down" : "up");
        h.ariaSort = down ? "descending" : "ascending";
        const sign = down ? -1 : 1, numbers = h.classList.contains("n");
        body.append(...[...first].sort((a, b) => {
          const v = key(a, i), w = key(b, i);
          if (!numbers) return sign * v.localeCompare(w);
          const [x, y] = [number(v), number(w)];
          return isNaN(x) || isNaN(y) ? isNaN(x) - isNaN(y) : sign * (x - y);
        }));
      };
    });
    const quoted = (text) => (/[",\n]|^[=+@\s]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
    const b = make("button", { class: "copy live", type: "button", "aria-live": "polite" }, "copy as CSV");
    b.onclick = () => {
      const rows = [...t.querySelectorAll("tr")].map((r) => [...r.cells].map((c) => quoted(c.textContent + (c.title ? ` [${c.title}]` : ""))).join(","));
      copy(rows.join("\n") + "\n").then((ok) => { b.textContent = ok ? "copied" : "could not copy"; });
    };
    t.caption.append(b);
  }
  async function copy(text) {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch { // pages from files have no clipboard everywhere
      const area = make("textarea", {});
      area.value = text;
      document.body.append(area);
      area.select();
      const ok = document.execCommand("copy");
      area.remove();
      return ok;
    }
  }

  const opened = [];
  addEventListener("beforeprint", () => {
    for (const d of document.querySelectorAll("details:not([open])")) {
      opened.push(d);
      d.open = true;
    }
  });
  addEventListener("afterprint", () => { for (const d of opened.splice(0)) d.open = false; });
  function follow(hash = location.hash) { // a link to what is folded opens it
    const at = hash && document.getElementById(decodeURIComponent(hash.slice(1)));
    if (at && at.tagName === "DETAILS") at.open = true;
    return at;
  }
  addEventListener("hashchange", () => follow());

  document.documentElement.classList.add("js");
  if (location.protocol === "about:") { // in a notebook's cell, whose links are from the notebook, and beside which no files lie
    for (const files of document.querySelectorAll(".files")) files.remove();
    for (const a of document.querySelectorAll("nav a")) {
      a.onclick = (e) => {
        e.preventDefault();
        follow(a.hash)?.scrollIntoView();
      };
    }
  }
  axisChoice(document.getElementById("controls"));
  slider(document.getElementById("controls"));
  for (const t of document.querySelectorAll("table.numbers")) table(t);
  if (space) {
    for (const f of data.figures) views.push(new View(f));
    datasetChoice(document.getElementById("controls"));
  }
  drawAll();
  show();
  follow();
  let width = document.body.clientWidth; // none, in a notebook's cell that is not shown yet
  new ResizeObserver(() => {
    const now = document.body.clientWidth;
    if (now && now !== width) {
      width = now;
      drawAll();
    }
  }).observe(document.body);
})();
