// After an answer, show what the run showed. Without this file every answer, what the run
// showed, and every result is a disclosure that the reader opens by hand; nothing is hidden.

import { element } from "./dom.js"
import { firstGuess, noteGuess } from "./progress.js"

/** The first result after a prediction, beside it. */
function resultOf(prediction) {
  let next = prediction.nextElementSibling
  while (next && !next.matches("details.captured")) next = next.nextElementSibling
  return next
}

/** Predictions by their result: questions in a row may share one. On the front page there is none. */
const asked = new Map()
for (const prediction of document.querySelectorAll(".predict")) {
  const result = resultOf(prediction)
  asked.set(result, [...(asked.get(result) ?? []), prediction])
}

/** The verdict of an answer as a sentence, and where the rest is to be seen. */
function verdict(answer, result) {
  const said = answer.dataset.answer === "right"
    ? "Your answer agrees with the run. "
    : "Your answer differs from the run; the right one is marked. "
  if (!result) return [said]
  if (!result.open) return [`${said}The whole output opens when its other question has an answer too.`]
  return [said, element("a", { href: `#${result.id}` }, "The whole output"), " is open below."]
}

/** One card: answers by mouse and by number, what the run showed, the first answer. */
class Card {
  constructor(prediction, group) {
    this.box = prediction
    this.group = group // the result, and the cards that share it
    this.answers = [...prediction.querySelectorAll("details.answer")]
    this.status = prediction.querySelector(".predict-status")
    // What opens by itself, as by a search in the page, is no answer
    for (const answer of this.answers) {
      answer.querySelector("summary").addEventListener("click", () => (this.pressed = answer))
      answer.addEventListener("toggle", () => answer.open && answer === this.pressed && this.take(answer))
    }
    prediction.addEventListener("keydown", event => this.press(event))
    // Printing opens every box, and of the answers one at a time can be open: this one again, afterwards
    addEventListener("beforeprint", () => (this.printed = this.answers.find(answer => answer.open)))
    addEventListener("afterprint", () => setTimeout(() => this.printed && (this.printed.open = true)))
    this.bringBack()
  }

  press(event) {
    const answer = this.answers[Number(event.key) - 1]
    if (!answer || event.altKey || event.ctrlKey || event.metaKey) return
    this.pressed = answer
    answer.open = true
    answer.querySelector("summary").focus()
  }

  /** The reader's first answer as it was kept, if it is still one of these. */
  kept() {
    const first = firstGuess(this.box.id)?.answer
    return this.answers.find(answer => answer.dataset.id === first)
  }

  bringBack() {
    const answer = this.kept()
    if (!answer) return
    answer.open = true // nothing is said aloud
    this.mark(answer)
    this.reveal()
  }

  take(answer) {
    noteGuess(this.box.id, answer.dataset.id, answer.dataset.answer === "right", Boolean(this.kept()))
    this.mark(this.kept() ?? this.answers.find(other => "mine" in other.dataset) ?? answer)
    this.taken = answer
    this.reveal()
    for (const card of this.group.cards) card.say()
  }

  mark(first) {
    for (const answer of this.answers) answer.toggleAttribute("data-mine", answer === first)
  }

  reveal() {
    this.box.dataset.answered = ""
    this.box.querySelector(".predict-shows").open = true
    const { result, boxes } = this.group
    if (result && boxes.every(box => "answered" in box.dataset)) result.open = true
  }

  say() {
    if (this.taken) this.status.replaceChildren(...verdict(this.taken, this.group.result))
  }
}

let number = 0
for (const [result, boxes] of asked) {
  if (result) result.id ||= `result-${++number}`
  const group = { result, boxes, cards: [] }
  for (const box of boxes) group.cards.push(new Card(box, group))
}
