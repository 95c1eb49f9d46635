// Drawings that move. Each says in its own data what it shows in which frame; here it gets
// a slider that chooses the frame, a switch, a button that lets it run, and a sentence.
// Until somebody touches one of them it is the still drawing, and so it is in print.

import { button, element } from "./dom.js"

const calm = matchMedia("(prefers-reduced-motion: reduce)")

for (const drawing of document.querySelectorAll("svg[data-moves]")) giveControls(drawing)

/** Put the controls of a drawing below it, into the place that moving.css keeps for them. */
function giveControls(drawing) {
  const moves = JSON.parse(drawing.dataset.moves)
  const parts = [...drawing.querySelectorAll("[data-at]")]
  const slider = element("input", {
    type: "range", min: 0, max: moves.last, value: moves.start, autocomplete: "off",
    "aria-label": moves.slider,
  })
  const name = element("b", { "aria-hidden": "true" })
  const says = element("div", { class: "moving-says", role: "status" }, moves.hint)
  const row = element("div", { class: "moving-row" }, slider)
  let state = 0, runs = 0

  /** What is said of the frame that the slider stands at. */
  const saying = frame => moves.says[state].filter(([from]) => from <= frame).at(-1)

  /** Name the frame, for eyes and ears. */
  function call(called) {
    name.textContent = called
    slider.setAttribute("aria-valuetext", called)
  }

  /** Draw the frame that the slider stands at, and say what it shows. */
  function show() {
    const frame = Number(slider.value)
    drawing.setAttribute("data-moved", "")
    drawing.style.setProperty("--frame", frame)
    for (const part of parts) {
      const [first, last] = part.dataset.at.split(" ").map(Number)
      const itsState = Number(part.dataset.state ?? state) === state
      part.toggleAttribute("data-now", itsState && first <= frame && frame <= last)
    }
    const [, called, sentence] = saying(frame)
    call(called)
    if (says.textContent !== sentence) says.textContent = sentence // or it is said again
  }

  /** Stop what runs, and show a frame. */
  function goTo(frame) {
    clearInterval(runs)
    runs = 0
    slider.value = frame
    show()
    nameRun()
  }

  /** The next frame of which something else is said, or the first after the last. */
  function nextSaid(frame) {
    const next = moves.says[state].find(([from]) => from > frame)
    return next ? next[0] : 0
  }

  /** Run from here, or from the start if it is over; step by step for who wants no motion. */
  function run() {
    const frame = Number(slider.value)
    if (runs) return goTo(frame)
    if (calm.matches) return goTo(drawing.hasAttribute("data-moved") ? nextSaid(frame) : 0)
    goTo(frame < moves.last ? frame : 0)
    runs = setInterval(() => {
      slider.value = Number(slider.value) + 1
      show()
      if (Number(slider.value) === moves.last) goTo(moves.last)
    }, moves.play)
    nameRun()
  }

  const runner = button("", run)
  const nameRun = () => (runner.textContent = runs ? "Pause" : calm.matches ? "Next" : "Play")
  if (moves.play) {
    nameRun()
    calm.addEventListener("change", () => (runs ? goTo(Number(slider.value)) : nameRun()))
    row.append(runner)
  }
  if (moves.switch) {
    const flip = button(moves.switch, () => {
      state = 1 - state
      flip.setAttribute("aria-pressed", state === 1)
      show()
    })
    flip.setAttribute("aria-pressed", "false")
    row.append(flip)
  }
  call(saying(moves.start)[1])
  slider.addEventListener("input", () => goTo(Number(slider.value)))
  const label = element("div", { class: "moving-name" }, `${moves.slider} `, name)
  const controls = element("div", { class: "moving", style: drawing.getAttribute("style") })
  controls.append(label, row, says)
  drawing.after(controls)
}
