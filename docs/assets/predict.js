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

/** Open the answers' evidence; the result below once all its questions have an answer. */
function reveal(prediction, result, predictions) {
  prediction.dataset.answered = ""
  prediction.querySelector(".predict-shows").open = true
  if (result && predictions.every(other => "answered" in other.dataset)) result.open = true
}

/** The verdict of an answer as a sentence, and where the rest is to be seen. */
function verdict(answer, result) {
  const right = answer.dataset.answer === "right"
  const said = right ? "Your answer agrees with the run. " : "Your answer differs from the run; the right one is marked. "
  if (!result) return [said]
  if (!result.open) return [`${said}The whole output opens when its other question has an answer too.`]
  return [said, element("a", { href: `#${result.id}` }, "The whole output"), " is open below."]
}

/** One prediction: its answers by mouse and by number, its verdict, its memory. */
function setUp(prediction, result, predictions) {
  const answers = [...prediction.querySelectorAll("details.answer")]
  const guessed = answers.find(answer => answer.dataset.id === firstGuess(prediction.id)?.answer)
  // A live region has to exist before its text changes, or nobody hears it
  const status = element("p", { class: "predict-status", role: "status" })
  prediction.querySelector(".predict-shows").before(status)
  let quiet = Boolean(guessed) // what is only brought back is not said aloud
  for (const answer of answers)
    answer.addEventListener("toggle", () => {
      if (!answer.open) return
      if (!("answered" in prediction.dataset)) answer.dataset.mine = ""
      reveal(prediction, result, predictions)
      if (answer !== guessed) noteGuess(prediction.id, answer.dataset.id, answer.dataset.answer === "right")
      if (!quiet) status.replaceChildren(...verdict(answer, result))
      quiet = false
    })
  prediction.addEventListener("keydown", event => {
    const answer = answers[Number(event.key) - 1]
    if (!answer || event.altKey || event.ctrlKey || event.metaKey) return
    answer.open = true
    answer.querySelector("summary").focus()
  })
  if (guessed) guessed.open = true
}

let number = 0
for (const [result, predictions] of asked) {
  if (result) result.id ||= `result-${++number}`
  for (const prediction of predictions) setUp(prediction, result, predictions)
}
