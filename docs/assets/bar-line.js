// The line of the bars once more, for a report: the lesson's drawing, with the interval of
// a file's accuracy dropped in.

const SVG = "http://www.w3.org/2000/svg"
const ROOM = 18 // that the interval needs above the drawing, in its units

function shape(tag, attributes, ...children) {
  const made = document.createElementNS(SVG, tag)
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value)
  made.append(...children)
  return made
}

/** From percent to the drawing's units, by the numbers below its axis; what is beyond stays at its end. */
function scaleOf(drawing) {
  const ticks = [...drawing.querySelectorAll("text")].filter(({ textContent }) => /^\d\d$/.test(textContent))
  const [first, last] = [ticks[0], ticks.at(-1)].map(tick => [+tick.textContent, +tick.getAttribute("x")])
  const unit = (last[1] - first[1]) / (last[0] - first[0])
  return percent => Math.min(Math.max(first[1] + unit * (percent - first[0]), first[1]), last[1])
}

/** The drawing with `who` and their accuracy on it; null where the page has no drawing. */
export function barLine({ accuracy, low, high }, who) {
  const drawing = document.querySelector("#bars svg")?.cloneNode(true)
  if (!drawing) return null
  const place = scaleOf(drawing)
  const [from, at, to] = [low, accuracy, high].map(place)
  const axis = drawing.querySelector("line:not([stroke-dasharray])").getAttribute("y1")
  const stroke = { stroke: "var(--plum)", "stroke-width": 2 }
  const line = (x1, y1, x2, y2, more) => shape("line", { x1, y1, x2, y2, ...stroke, ...more })
  const left = at > 200
  const label = shape("text", {
    x: left ? from - 8 : to + 8, y: 4, fill: "var(--plum)", "text-anchor": left ? "end" : "start",
    style: "font: 700 12.5px var(--plot-font, sans-serif)",
  }, `${who}: ${accuracy.toFixed(2)}`)
  drawing.append(shape("g", { class: "grader-whisker" },
    line(at, 8, at, axis, { "stroke-width": 1, opacity: .5 }), line(from, 0, to, 0),
    line(from, -5, from, 5), line(to, -5, to, 5),
    shape("circle", { cx: at, cy: 0, r: 4.5, fill: "var(--plum)" }), label))
  const [, , width, height] = drawing.getAttribute("viewBox").split(" ").map(Number)
  drawing.setAttribute("viewBox", `0 ${-ROOM} ${width} ${height + ROOM}`)
  drawing.setAttribute("height", height + ROOM)
  const interval = `95 % interval ${low.toFixed(2)} to ${high.toFixed(2)}`
  drawing.querySelector("title").append(` On top, ${who}: ${accuracy.toFixed(2)}, ${interval}.`)
  return drawing
}
